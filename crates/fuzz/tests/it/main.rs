//! The one test binary of the fuzz targets.

mod targets;
