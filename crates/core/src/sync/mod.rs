//! Synchronizing: revisions as bytes, and taking them in.

pub mod frame;
mod intake;

pub use intake::Intake;
