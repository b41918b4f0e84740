//! The engine of histo-revisions.
//!
//! Holds refs, canonical JSON, the revision's form, the graph index with its algorithms, the LMDB
//! store and the frames of synchronizing. Knows no Node-API, starts no thread and reads no clock.

mod delta;
mod engine;
mod error;
pub mod failpoint;
pub mod graph;
#[cfg(feature = "internals")]
pub mod internals;
pub mod json;
pub mod lazy_walk;
mod postorder;
mod refs;
pub mod revision;
mod room;
mod store;
pub mod sync;
mod varint;
pub mod write;

pub use engine::{
    Abbreviated, Backup, Changed, Engine, Findings, Holding, LogEntry, LogId, LogPage, LoggedPlace,
    Move, Packed, Stats, Verification,
};
pub use error::{Error, Result};
pub use refs::Ref;
pub use room::{grow, room};
pub use store::{
    Compaction, Disk, DiskOptions, FORMAT_VERSION, MemoryOptions, NameRange, Rescue, Rescued,
    SMALLEST_DELTA,
};
