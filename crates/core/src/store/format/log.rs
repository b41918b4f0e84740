//! The values of the tables `log` and `names`: moves of heads, and the names of branches and remotes.
//!
//! Byte by byte: `docs/format.md`, "Table `log`" and "Table `names`".

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use crate::graph::Pos;
use crate::store::format::{seal, unseal};
use crate::varint;
use crate::write::{Cause, Step};

/// A record takes no more entries once it has this many bytes, so none needs overflow pages.
pub(crate) const RECORD_BYTES: usize = 1024 - ENTRY_BYTES;
/// At most this many bytes in an entry.
const ENTRY_BYTES: usize = 24;
/// Bits of the first byte of an entry.
const CAUSE: u8 = 0x0f;
const SAME_CALL: u8 = 1 << 4;
const REMOTE: u8 = 1 << 5;
/// Bytes of the checksum and the time.
const HEADER: usize = 10;

const MS_PER_DAY: u64 = 86_400_000;

/// An entry: a move of a head, with its branch and remote by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) branch: u32,
    pub(crate) remote: Option<u32>,
    pub(crate) is_same_call: bool,
    pub(crate) step: Step,
}

/// The key of a record.
#[expect(clippy::big_endian_bytes, reason = "keys sort bytewise")]
pub(crate) fn key(number: u64) -> [u8; 6] {
    number.to_be_bytes().last_chunk::<6>().copied().unwrap_or_default()
}

/// Returns the number of the record with a key; `None` if the key has another length.
#[expect(clippy::big_endian_bytes, reason = "keys sort bytewise")]
pub(crate) fn number(key: &[u8]) -> Option<u64> {
    let key: &[u8; 6] = key.try_into().ok()?;
    let mut wide = [0; 8];
    if let Some(low) = wide.last_chunk_mut::<6>() {
        *low = *key;
    }
    Some(u64::from_be_bytes(wide))
}

/// The key of a name.
#[expect(clippy::big_endian_bytes, reason = "keys sort bytewise")]
pub(crate) const fn name_key(number: u32) -> [u8; 4] {
    number.to_be_bytes()
}

/// Returns the number of the name with a key; `None` if the key has another length.
pub(crate) fn name_number(key: &[u8]) -> Option<u32> {
    key.try_into().ok().map(u32::from_be_bytes)
}

/// Starts a record; `finish` ends it.
pub(crate) fn begin(time: u64) -> Vec<u8> {
    let mut out = Vec::with_capacity(HEADER.saturating_add(ENTRY_BYTES));
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(time.to_le_bytes().first_chunk::<6>().unwrap_or(&[0; 6]));
    out
}

/// Adds an entry to a record.
pub(crate) fn add(entry: &Entry, out: &mut Vec<u8>) {
    let Entry { branch, remote, is_same_call, step } = entry;
    let cause = Cause::ALL.iter().position(|cause| *cause == step.cause).unwrap_or_default();
    let same = if *is_same_call { SAME_CALL } else { 0 };
    out.push(
        (u8::try_from(cause).unwrap_or_default() & CAUSE)
            | same
            | if remote.is_some() { REMOTE } else { 0 },
    );
    out.extend_from_slice(&branch.to_le_bytes());
    if let Some(remote) = remote {
        out.extend_from_slice(&remote.to_le_bytes());
    }
    if step.cause.is_travel() {
        varint::put(step.steps, out);
    }
    let to = step.to.map_or(0, |pos| pos.get().saturating_add(1));
    varint::put(to, out);
    match step.from {
        None => out.push(0),
        Some(from) => {
            let moved = i64::from(from.get()).saturating_sub(i64::from(to));
            varint::put_wide(zigzag(moved).saturating_add(1), out);
        }
    }
}

/// Ends the record with number `at`.
pub(crate) fn finish(at: u64, mut out: Vec<u8>) -> Vec<u8> {
    seal(&key(at), &mut out);
    out
}

/// Returns the time of a record and its entries, in order; `None` if it is damaged.
pub(crate) fn decode(at: u64, value: &[u8]) -> Option<(u64, Vec<Entry>)> {
    let (time, mut rest) = unseal(&key(at), value)?.split_first_chunk::<6>()?;
    let mut wide = [0; 8];
    if let Some(low) = wide.first_chunk_mut::<6>() {
        *low = *time;
    }
    let mut entries = Vec::new();
    while !rest.is_empty() {
        entries.push(entry(&mut rest)?);
    }
    Some((u64::from_le_bytes(wide), entries))
}

fn entry(rest: &mut &[u8]) -> Option<Entry> {
    let (&head, behind) = rest.split_first()?;
    *rest = behind;
    if head & !(CAUSE | SAME_CALL | REMOTE) != 0 {
        return None;
    }
    let cause = *Cause::ALL.get(usize::from(head & CAUSE))?;
    let branch = word(rest)?;
    let remote = if head & REMOTE == 0 { None } else { Some(word(rest)?) };
    let steps = if cause.is_travel() { varint::take(rest)? } else { 1 };
    let to = varint::take(rest)?;
    let from = match varint::take_wide(rest)? {
        0 => None,
        moved => {
            let from = i64::from(to).checked_add(unzigzag(moved.checked_sub(1)?))?;
            Some(Pos::new(u32::try_from(from).ok()?))
        }
    };
    let step = Step { from, to: to.checked_sub(1).map(Pos::new), cause, steps };
    Some(Entry { branch, remote, is_same_call: head & SAME_CALL != 0, step })
}

fn word(rest: &mut &[u8]) -> Option<u32> {
    let (word, behind) = rest.split_first_chunk::<4>()?;
    *rest = behind;
    Some(u32::from_le_bytes(*word))
}

fn zigzag(number: i64) -> u64 {
    (number.wrapping_shl(1) ^ number.wrapping_shr(63)).cast_unsigned()
}

fn unzigzag(number: u64) -> i64 {
    let half = (number >> 1).cast_signed();
    if number & 1 == 0 { half } else { half.wrapping_neg().wrapping_sub(1) }
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
pub(crate) fn encode_name(number: u32, day: u32, name: &str) -> Vec<u8> {
    let mut out = vec![0; 4];
    out.extend_from_slice(&day.to_le_bytes());
    out.extend_from_slice(name.as_bytes());
    seal(&name_key(number), &mut out);
    out
}

/// Returns the day and the text of a name; `None` if it is damaged.
pub(crate) fn decode_name(number: u32, value: &[u8]) -> Option<(u32, &str)> {
    let (day, name) = unseal(&name_key(number), value)?.split_first_chunk::<4>()?;
    Some((u32::from_le_bytes(*day), std::str::from_utf8(name).ok()?))
}

#[cfg(test)]
#[expect(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "a test may panic")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn place() -> impl Strategy<Value = Option<Pos>> {
        let most = Pos::MAX.get();
        proptest::option::of(prop_oneof![0..300_u32, most - 3..=most])
            .prop_map(|it| it.map(Pos::new))
    }

    prop_compose! {
        fn entries()(
            all in proptest::collection::vec(
                (any::<u32>(), any::<Option<u32>>(), any::<bool>(), place(), place(), 0..8_usize, 1..9_u32),
                0..9,
            )
        ) -> Vec<Entry> {
            let entry = |(branch, remote, is_same_call, from, to, cause, steps)| {
                let cause: Cause = Cause::ALL[cause];
                let steps = if cause.is_travel() { steps } else { 1 };
                Entry { branch, remote, is_same_call, step: Step { from, to, cause, steps } }
            };
            all.into_iter().map(entry).collect()
        }
    }

    proptest! {
        #[test]
        fn records_read_back_and_changed_ones_do_not(
            entries in entries(), time in 0..1_u64 << 48, at in 1..1_u64 << 48, bit in any::<prop::sample::Index>()
        ) {
            let mut value = begin(time);
            for entry in &entries {
                add(entry, &mut value);
            }
            let mut value = finish(at, value);
            prop_assert_eq!(decode(at, &value), Some((time, entries)));
            prop_assert_eq!(number(&key(at)), Some(at));
            prop_assert_eq!(decode(at ^ 1, &value), None);
            let bit = bit.index(value.len() * 8);
            value[bit / 8] ^= 1 << (bit % 8);
            prop_assert_eq!(decode(at, &value), None);
        }
    }

    #[test]
    fn an_entry_has_at_most_16_bytes_below_268_million_revisions() {
        let to = Some(Pos::new((1 << 28) - 2));
        let from = Some(Pos::new((1 << 28) - 2 - 1_000_000));
        for cause in Cause::ALL {
            let steps = if cause.is_travel() { 100 } else { 1 };
            let remote = (!cause.is_travel()).then_some(1);
            let step = Step { from, to, cause, steps };
            let mut out = Vec::new();
            add(&Entry { branch: 1, remote, is_same_call: false, step }, &mut out);
            assert!(out.len() <= 16, "{cause:?}: {}", out.len());
        }
    }

    #[test]
    fn a_name_reads_back_and_under_another_number_it_does_not() {
        let value = encode_name(7, 20_000, "heads/main");
        assert_eq!(decode_name(7, &value), Some((20_000, "heads/main")));
        assert_eq!(decode_name(8, &value), None);
    }
}
