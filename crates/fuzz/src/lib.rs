//! The fuzz targets are the tests in `tests/it`; this crate has nothing else.
