//! Synchronizing: revisions as bytes, and taking them in.

mod discovery;
mod intake;
mod taking;
pub mod wire;

pub use discovery::{Discovery, Turn};
pub use intake::Intake;
pub use taking::{Batch, Taking};
