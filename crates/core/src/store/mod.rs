//! The embedded store: an LMDB environment in a folder of its own, or `memory`.
//!
//! From below: `format` is the bytes (`docs/format.md`). `files` makes, claims and removes files. `raw` reads
//! pages without LMDB. `tables` names the tables, of which a file may lack some (`table`), and `leaf_checks` checks
//! pages before LMDB reads them. `disk` runs transactions. `deltas` and `tail` cache what was written, and
//! `chain` makes a text from records. `downward` reads the records of a history.
//!
//! Above them: `texts` reads texts and chooses bases, `bases` changes bases, `rebasing` does so for a new file.
//! `append`, `heads`, `log_rows`, `deletions` and `delete` write, `load` fills the graph index. `open` opens,
//! `open_to_read` does so for reading only, and `reading` then watches for writers. `name_range` says which
//! heads to list. `transaction` is the interface for the engine; `disk_txn` and `memory` implement it, `medium`
//! is either.

mod append;
mod bases;
mod chain;
mod checked_leaves;
mod delete;
mod deletions;
mod deltas;
mod disk;
mod disk_txn;
mod downward;
mod files;
pub(crate) mod format;
mod heads;
mod leaf_checks;
mod load;
pub(crate) mod log;
mod log_rows;
mod medium;
mod memory;
mod memory_log;
mod name_range;
mod open;
mod open_to_read;
mod payloads;
pub(crate) mod raw;
mod reading;
mod rebasing;
mod shorts;
mod table;
mod tables;
mod tail;
mod texts;
mod transaction;
mod wholes;

pub use crate::delta::SMALLEST_DELTA;
pub(crate) use chain::{Remaker, made};
pub(crate) use delete::Planted;
pub use disk::Disk;
pub(crate) use files::backup::FileCopy;
pub use files::compact::Compaction;
pub(crate) use files::fault::Fault;
pub(crate) use files::place::Place;
pub use format::FORMAT_VERSION;
pub(crate) use format::chunk::CHUNK;
pub(crate) use format::gc_marks::Marks;
pub(crate) use format::record::decode;
pub(crate) use format::tombstone::{MetaRemains, Remains};
pub(crate) use medium::Medium;
pub(crate) use memory::Memory;
pub use name_range::NameRange;
pub use open::DiskOptions;
pub use payloads::MemoryOptions;
pub use raw::rescue::{Rescue, Rescued};
pub(crate) use transaction::{Dead, Doomed, ShowMeta, StoredChange, Txn, View};
