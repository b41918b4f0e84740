//! The embedded store: an LMDB environment in a folder of its own.
//!
//! `disk` opens it and runs transactions, by `environment`, which has `lock_file` and `exec` see to LMDB's
//! own files, and `tables`; `regular` opens no others than files; `append` writes revisions, `create` makes a
//! new one, `record`,
//! `chunk`, `heads`, `stub`, `gone`, `marks` and `varint` are the format (specified in `docs/format.md`),
//! `deletions` reads and writes what is dead, `burial` makes it so, `load` fills the graph index,
//! `inspect` looks at a file before LMDB may touch it, `sole` claims it for this process, `folder` for all
//! that have it open, `compact` makes a smaller one, `fault` names what went wrong. `snapshot` holds a
//! state of the file for `audit`, which reads all of it without LMDB's trust, and `backup`, which copies
//! it; `rescue` reads one that does not open, `deaths` what such a one says was deleted; `leftovers` removes
//! what was being made by processes that were killed; `stamp` numbers the states of the file;
//! `vouch` looks at what was not looked at when it was opened.

mod append;
mod burial;
pub(crate) mod deletions;
mod disk;
mod files;
pub(crate) mod format;
pub(crate) mod heads;
mod load;
pub(crate) mod raw;
mod stamp;
mod tables;
mod vouch;

pub(crate) use burial::{Burial, Planted};
pub(crate) use deletions::{first_of, print};
pub(crate) use disk::Fault;
pub use disk::{Disk, DiskOptions};
pub(crate) use files::backup::{FileCopy, Place};
pub use files::compact::Compaction;
pub(crate) use format::chunk::CHUNK;
pub(crate) use format::gc_marks::Marks;
pub(crate) use format::record::{Record, decode};
pub(crate) use format::tombstone::Remains;
pub(crate) use heads::TxnStored;
pub use raw::rescue::{Rescue, Rescued};

use crate::graph::Pos;

/// The newest version of the format that this code reads: from the first stub on that says of data that it was
/// erased elsewhere, or erased and then cut away.
pub const FORMAT_VERSION: u32 = 3;

/// The version from the first deletion on.
pub(crate) const DELETIONS_VERSION: u32 = 2;

/// The version of a database in which nothing was deleted yet.
pub(crate) const FIRST_VERSION: u32 = 1;

/// Key of the format in the `meta` table; its value is the version as decimal text.
pub(crate) const FORMAT_KEY: &str = "histo-revisions/format";

/// Name of the file inside the folder.
pub(crate) const DATA_FILE: &str = "data.mdb";

/// Name of the file by which LMDB keeps its processes apart.
pub(crate) const LOCK_FILE: &str = "lock.mdb";

/// The key of a position in the `revisions` and `graph` tables.
#[expect(clippy::big_endian_bytes, reason = "keys sort bytewise")]
pub(crate) const fn key(pos: Pos) -> [u8; 4] {
    pos.get().to_be_bytes()
}

/// Writes the sum over `key` and all behind the first 4 bytes of a value into these.
pub(crate) fn seal(key: &[u8], value: &mut [u8]) {
    let sum = sum(key, value.get(4..).unwrap_or_default());
    if let Some(field) = value.first_chunk_mut::<4>() {
        *field = sum.to_le_bytes();
    }
}

/// What stands behind the sum of a value; `None` where the sum is wrong.
pub(crate) fn unseal<'v>(key: &[u8], value: &'v [u8]) -> Option<&'v [u8]> {
    let (expected, rest) = value.split_first_chunk::<4>()?;
    (sum(key, rest).to_le_bytes() == *expected).then_some(rest)
}

fn sum(key: &[u8], rest: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(key), rest)
}
