//! The values of the table `names`: the branches and remotes of the log, and the days on which it last named them.
//!
//! Byte by byte: `docs/format.md`, "Table `names`".

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use crate::store::format::{seal, unseal};

const MS_PER_DAY: u64 = 86_400_000;

/// The key of a name.
#[expect(clippy::big_endian_bytes, reason = "keys sort bytewise")]
pub(crate) const fn key(number: u32) -> [u8; 4] {
    number.to_be_bytes()
}

/// Returns the number of the name with a key; `None` if the key has another length.
pub(crate) fn number(key: &[u8]) -> Option<u32> {
    key.try_into().ok().map(u32::from_be_bytes)
}

/// Returns the day of a time.
pub(crate) fn day(time: u64) -> u32 {
    u32::try_from(time / MS_PER_DAY).unwrap_or(u32::MAX)
}

/// Returns the time `days` days before another.
pub(crate) fn days_before(time: u64, days: u32) -> u64 {
    time.saturating_sub(u64::from(days).saturating_mul(MS_PER_DAY))
}

/// Returns the value of a name.
pub(crate) fn encode(number: u32, day: u32, name: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(name.len().saturating_add(8)); // kept as it is in memory
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(&day.to_le_bytes());
    out.extend_from_slice(name.as_bytes());
    seal(&key(number), &mut out);
    out
}

/// Returns the day and the text of a name; `None` if it is damaged.
pub(crate) fn decode(number: u32, value: &[u8]) -> Option<(u32, &str)> {
    let (day, name) = unseal(&key(number), value)?.split_first_chunk::<4>()?;
    Some((u32::from_le_bytes(*day), std::str::from_utf8(name).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_reads_back_and_under_another_number_it_does_not() {
        let value = encode(7, 20_000, "heads/main");
        assert_eq!(decode(7, &value), Some((20_000, "heads/main")));
        assert_eq!(decode(8, &value), None);
    }
}
