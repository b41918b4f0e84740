//! Values of the `meta` table: heads and the name, each with a checksum.
//!
//! Byte by byte: `docs/format.md`, "Table `meta`".
//!
//! No key but `name` may otherwise have a value of 36 bytes: one that does is taken for a head with a damaged
//! key.

use crate::Ref;

pub(in crate::store) const NAME: &str = "name";
pub(in crate::store) const NAME_SUM: &str = "name/sum";
/// Bytes of a head's value.
pub(in crate::store) const HEAD_LEN: usize = 36;

/// Returns the ref of a head's value, if it is undamaged.
pub(crate) fn whole_head(key: &str, value: &[u8]) -> Option<Ref> {
    let reference = value.first_chunk::<32>().map(|bytes| Ref::from_bytes(*bytes))?;
    (checked(key, reference) == value).then_some(reference)
}

/// Returns the value of a head: the ref, then CRC-32C over key and ref.
pub(crate) fn checked(key: &str, reference: Ref) -> [u8; HEAD_LEN] {
    let mut value = [0; HEAD_LEN];
    let sum = crc32c::crc32c_append(crc32c::crc32c(key.as_bytes()), reference.as_bytes());
    value[..32].copy_from_slice(reference.as_bytes());
    value[32..].copy_from_slice(&sum.to_le_bytes());
    value
}

/// Returns the value of `name/sum`: CRC-32C over the key `name` and the name.
pub(in crate::store) fn name_sum(name: &str) -> [u8; 4] {
    crc32c::crc32c_append(crc32c::crc32c(NAME.as_bytes()), name.as_bytes()).to_le_bytes()
}
