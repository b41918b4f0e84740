//! Synchronizing: revisions as bytes, and accepting them.

mod discovery;
mod reorder_buffer;
mod taking;
pub mod wire;

pub use discovery::{Discovery, Turn};
pub use reorder_buffer::ReorderBuffer;
pub use taking::{Batch, MAX_BATCHES_IN_FLIGHT, Taking};
