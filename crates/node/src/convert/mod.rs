//! Values across the border, and the guard that every export stands behind.

pub(crate) mod failure;
pub mod given;
pub mod guard;
pub(crate) mod napi_error;
pub mod values;
