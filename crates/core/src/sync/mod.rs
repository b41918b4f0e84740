//! Synchronizing: revisions as bytes, and taking them in.

pub mod frame;
mod intake;
mod taking;
pub mod wire;

pub use intake::Intake;
pub use taking::Taking;
