//! The fuzz targets, a module each, and what they share. The scripts know them by the name of this module.

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
