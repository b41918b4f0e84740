//! The one test binary of the fuzz targets: a module for each.

mod graph;
mod shapes;
mod store;
