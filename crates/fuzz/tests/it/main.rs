//! The one test binary of the fuzz targets: a module for each.

mod canonical;
mod delta;
mod files;
mod graph;
mod merges;
mod plain;
mod received;
mod sealed;
mod shapes;
mod store;
mod stored;
mod wire;
mod wire_changes;
mod wire_forged;
