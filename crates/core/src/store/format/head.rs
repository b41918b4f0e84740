//! The values of the `meta` table that are heads or the name, each with its sum.
//!
//! Byte by byte: `docs/format.md`, "Table `meta`".
//!
//! No other key but `name` has a value of 36 bytes: one that has is taken for a head whose key is damaged.

use crate::Ref;

pub(in crate::store) const NAME: &str = "name";
pub(in crate::store) const NAME_SUM: &str = "name/sum";
/// Bytes of a head's value.
pub(in crate::store) const HEAD_LEN: usize = 36;

/// The ref that a value is, if it is undamaged.
pub(crate) fn whole_head(key: &str, value: &[u8]) -> Option<Ref> {
    let reference = value.first_chunk::<32>().map(|bytes| Ref::from_bytes(*bytes))?;
    (checked(key, reference) == value).then_some(reference)
}

/// A ref with its CRC-32C over key and ref behind it: the value of a head.
pub(crate) fn checked(key: &str, reference: Ref) -> [u8; HEAD_LEN] {
    let mut value = [0; HEAD_LEN];
    let sum = crc32c::crc32c_append(crc32c::crc32c(key.as_bytes()), reference.as_bytes());
    value[..32].copy_from_slice(reference.as_bytes());
    value[32..].copy_from_slice(&sum.to_le_bytes());
    value
}

/// The value of `name/sum`: CRC-32C over the key `name` and the name.
pub(in crate::store) fn name_sum(name: &str) -> [u8; 4] {
    crc32c::crc32c_append(crc32c::crc32c(NAME.as_bytes()), name.as_bytes()).to_le_bytes()
}
