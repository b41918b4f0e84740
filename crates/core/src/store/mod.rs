//! The embedded store: an LMDB environment in a folder of its own.
//!
//! `disk` opens it and runs transactions, `create` makes a new one, `record`, `chunk`, `heads` and `varint` are
//! the format (specified in `docs/design.md`), `load` fills the graph index, `inspect` looks at a file
//! before LMDB may touch it, `sole` claims it for this process, `fault` names what went wrong. `snapshot`
//! holds a state of the file for `audit`, which reads all of it without LMDB's trust, and `backup`,
//! which copies it.

mod audit;
mod backup;
pub(crate) mod chunk;
mod create;
mod disk;
mod fault;
pub(crate) mod heads;
pub(crate) mod inspect;
mod load;
pub(crate) mod record;
mod snapshot;
mod sole;
pub(crate) mod varint;

pub(crate) use backup::{FileCopy, Place};
pub(crate) use chunk::CHUNK;
pub(crate) use disk::Fault;
pub use disk::{Disk, DiskOptions};
pub(crate) use heads::TxnStored;
pub(crate) use record::decode;

use crate::graph::Pos;

/// The one version of the format that this code reads and writes.
pub const FORMAT_VERSION: u32 = 1;

/// Key of the format in the `meta` table; its value is the version as decimal text.
pub(crate) const FORMAT_KEY: &str = "histo-revisions/format";

/// Name of the file inside the folder.
pub(crate) const DATA_FILE: &str = "data.mdb";

/// The key of a position in the `revisions` and `graph` tables.
#[expect(clippy::big_endian_bytes, reason = "keys sort bytewise")]
pub(crate) const fn key(pos: Pos) -> [u8; 4] {
    pos.get().to_be_bytes()
}
