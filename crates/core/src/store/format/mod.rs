//! The bytes of stored values, as `docs/format.md` specifies them: one file for each kind of value.

pub(crate) mod bases;
pub(crate) mod chunk;
pub(crate) mod deleted;
pub(crate) mod deletions;
pub(crate) mod gc_marks;
pub(crate) mod head;
pub(crate) mod log;
pub(crate) mod log_names;
pub(crate) mod record;
pub(crate) mod stamp;
pub(crate) mod tombstone;

use crate::Ref;
use crate::graph::Pos;

/// The newest version of the format that this code reads, and the one that it writes.
pub const FORMAT_VERSION: u32 = 3;

/// The oldest version that this code reads.
pub(crate) const FIRST_VERSION: u32 = 1;

/// Key of the format in the `meta` table; its value is the version as decimal text.
pub(crate) const FORMAT_KEY: &str = "histo-revisions/format";

/// The key of a position in the `revisions` and `graph` tables.
#[expect(clippy::big_endian_bytes, reason = "keys sort bytewise")]
pub(crate) const fn key(pos: Pos) -> [u8; 4] {
    pos.get().to_be_bytes()
}

/// Writes, into the first 4 bytes of a value, the checksum over `key` and the rest of the value.
pub(crate) fn seal(key: &[u8], value: &mut [u8]) {
    let sum = sum(key, value.get(4..).unwrap_or_default());
    if let Some(field) = value.first_chunk_mut::<4>() {
        *field = sum.to_le_bytes();
    }
}

/// Returns the bytes after the checksum of a value; `None` if the checksum is wrong.
pub(crate) fn unseal<'v>(key: &[u8], value: &'v [u8]) -> Option<&'v [u8]> {
    let (expected, rest) = value.split_first_chunk::<4>()?;
    (sum(key, rest).to_le_bytes() == *expected).then_some(rest)
}

fn sum(key: &[u8], rest: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(key), rest)
}

/// Returns the position of a key; `None` if the key has another length.
#[expect(clippy::big_endian_bytes, reason = "keys sort bytewise")]
pub(crate) fn position(key: &[u8]) -> Option<Pos> {
    key.try_into().ok().map(|key| Pos::new(u32::from_be_bytes(key)))
}

/// Returns the key of a revision in the `cut` table: the first 8 bytes of its ref.
pub(crate) fn print(reference: &Ref) -> [u8; 8] {
    reference.as_bytes().first_chunk::<8>().copied().unwrap_or_default()
}
