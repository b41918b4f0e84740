//! Values crossing the boundary, and the guard around every export.

pub(crate) mod failure;
pub mod given;
pub mod guard;
pub(crate) mod napi_error;
pub mod values;
