//! The values of the table `log`: moves of heads.
//!
//! Byte by byte: `docs/format.md`, "Table `log`".

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use crate::graph::Pos;
use crate::store::format::unseal;
use crate::varint;
use crate::write::{Cause, Step};

/// A record takes no more entries once it has this many bytes: four of at most 1,004 fit on a page of LMDB.
const RECORD_BYTES: usize = 1004 - ENTRY_BYTES;
/// At most this many bytes in an entry.
const ENTRY_BYTES: usize = 26;
/// Bytes of a short entry.
const USUAL_ENTRY: usize = 8;
/// A record takes entries of a later commit for this many ms after its first.
const RECORD_SPAN: u64 = 25;
/// Bits of the first byte of an entry.
const CAUSE: u8 = 0x0f;
const SAME_CALL: u8 = 1 << 4;
const REMOTE: u8 = 1 << 5;
const LATER: u8 = 1 << 6;
/// Bytes of the checksum and the time.
const HEADER: usize = 10;

/// An entry: a move of a head, with its branch and remote by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    /// In ms since 1970.
    pub(crate) time: u64,
    pub(crate) branch: u32,
    pub(crate) remote: Option<u32>,
    pub(crate) is_same_call: bool,
    pub(crate) step: Step,
}

/// A record, decoded.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Record {
    /// The time of the first entry, or that of the record if it has none.
    pub(crate) first: u64,
    /// The time of the last entry, or `first`.
    pub(crate) last: u64,
    pub(crate) entries: Vec<Entry>,
}

/// A record that is being written. Its checksum grows with it, so that an entry costs the same in a long record.
#[derive(Debug)]
pub(crate) struct Writer {
    number: u64,
    /// The value, except its checksum.
    bytes: Vec<u8>,
    /// The checksum over the key and the first `summed` bytes of the value.
    sum: u32,
    summed: usize,
    first: u64,
    last: u64,
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

impl Writer {
    /// Begins a record without entries.
    pub(crate) fn new(number: u64, time: u64) -> Self {
        let mut writer =
            Self { number: 0, bytes: Vec::new(), sum: 0, summed: 0, first: 0, last: 0 };
        writer.begin(number, time);
        writer
    }

    /// Continues a record. One that is damaged counts as empty, from the beginning of time.
    pub(crate) fn of(number: u64, value: &[u8]) -> Self {
        let mut writer = Self::new(number, 0);
        if let Some(record) = decode(number, value) {
            (writer.first, writer.last) = (record.first, record.last);
            writer.bytes.clear();
            writer.bytes.extend_from_slice(value);
        }
        writer
    }

    /// Begins another record.
    pub(crate) fn begin(&mut self, number: u64, time: u64) {
        self.bytes.clear();
        self.bytes.extend_from_slice(&[0; 4]);
        self.bytes.extend_from_slice(time.to_le_bytes().first_chunk::<6>().unwrap_or(&[0; 6]));
        (self.sum, self.summed) = (crc32c::crc32c(&key(number)), 4);
        (self.number, self.first, self.last) = (number, time, time);
    }

    /// Begins the next record unless this one takes the entries of a later commit.
    pub(crate) fn begin_unless_continued(&mut self, time: u64) {
        let is_empty = self.bytes.len() <= HEADER;
        if is_empty || self.is_full() || time.saturating_sub(self.first) > RECORD_SPAN {
            self.begin(self.number.saturating_add(1), time);
        }
    }

    pub(crate) const fn number(&self) -> u64 {
        self.number
    }

    /// The time of the last entry, or of the record.
    pub(crate) const fn last(&self) -> u64 {
        self.last
    }

    /// Whether it takes no more entries.
    pub(crate) const fn is_full(&self) -> bool {
        self.bytes.len() > RECORD_BYTES
    }

    /// Adds an entry, which must be no older than the last one.
    pub(crate) fn add(&mut self, entry: &Entry) {
        let later = entry.time.saturating_sub(self.last);
        put(entry, u32::try_from(later).unwrap_or(u32::MAX), &mut self.bytes);
        self.last = entry.time;
    }

    /// Returns the value.
    pub(crate) fn value(&mut self) -> &[u8] {
        let fresh = self.bytes.get(self.summed..).unwrap_or_default();
        self.sum = crc32c::crc32c_append(self.sum, fresh);
        self.summed = self.bytes.len();
        if let Some(field) = self.bytes.first_chunk_mut::<4>() {
            *field = self.sum.to_le_bytes();
        }
        &self.bytes
    }
}

fn put(entry: &Entry, later: u32, out: &mut Vec<u8>) {
    let Entry { branch, remote, is_same_call, step, .. } = entry;
    let flag = |is_set, bit| if is_set { bit } else { 0 };
    out.reserve(ENTRY_BYTES);
    out.push(
        (step.cause.number() & CAUSE)
            | flag(*is_same_call, SAME_CALL)
            | flag(remote.is_some(), REMOTE)
            | flag(later > 0, LATER),
    );
    if later > 0 {
        varint::put(later, out);
    }
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

/// Returns a record; `None` if it is damaged.
pub(crate) fn decode(at: u64, value: &[u8]) -> Option<Record> {
    let (time, mut rest) = unseal(&key(at), value)?.split_first_chunk::<6>()?;
    let mut wide = [0; 8];
    if let Some(low) = wide.first_chunk_mut::<6>() {
        *low = *time;
    }
    let first = u64::from_le_bytes(wide);
    let entries = Vec::with_capacity(rest.len() / USUAL_ENTRY);
    let mut record = Record { first, last: first, entries };
    while !rest.is_empty() {
        let entry = entry(&mut rest, record.last)?;
        if record.entries.is_empty() && entry.time != first {
            return None;
        }
        record.last = entry.time;
        record.entries.push(entry);
    }
    Some(record)
}

/// Takes an entry; `time` is that of the one before.
fn entry(rest: &mut &[u8], time: u64) -> Option<Entry> {
    let (&head, behind) = rest.split_first()?;
    *rest = behind;
    if head & !(CAUSE | SAME_CALL | REMOTE | LATER) != 0 {
        return None;
    }
    let cause = *Cause::ALL.get(usize::from(head & CAUSE))?;
    let later = if head & LATER == 0 { 0 } else { varint::take(rest)? };
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
    let time = time.checked_add(later.into())?;
    Some(Entry { time, branch, remote, is_same_call: head & SAME_CALL != 0, step })
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

    fn later() -> impl Strategy<Value = u32> {
        prop_oneof![Just(0), 1..1000_u32, any::<u32>()]
    }

    prop_compose! {
        /// Entries with their times, ascending from 0 or later.
        fn entries()(
            all in proptest::collection::vec(
                ((any::<u32>(), any::<Option<u32>>(), any::<bool>(), place(), place(), 0..8_usize, 1..9_u32), later()),
                0..9,
            )
        ) -> Vec<Entry> {
            let mut time = 0;
            let entry = |((branch, remote, is_same_call, from, to, cause, steps), later)| {
                time += u64::from(later);
                let cause: Cause = Cause::ALL[cause];
                let steps = if cause.is_travel() { steps } else { 1 };
                Entry { time, branch, remote, is_same_call, step: Step { from, to, cause, steps } }
            };
            all.into_iter().map(entry).collect()
        }
    }

    proptest! {
        #[test]
        fn records_read_back_and_changed_ones_do_not(
            mut entries in entries(), time in 0..1_u64 << 47, at in 1..1_u64 << 48, bit in any::<prop::sample::Index>()
        ) {
            let mut writer = Writer::new(at, time);
            let first = entries.first().map_or(0, |first| first.time);
            for entry in &mut entries {
                entry.time = entry.time - first + time;
            }
            let mut value = writer.value().to_vec();
            for entry in &entries {
                writer.add(entry);
                value = writer.value().to_vec();
                // As another process continues it.
                let mut other = Writer::of(at, &value);
                prop_assert_eq!(other.value(), value.as_slice());
            }
            let last = entries.last().map_or(time, |entry| entry.time);
            prop_assert_eq!(decode(at, &value), Some(Record { first: time, last, entries }));
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
            put(&Entry { time: 0, branch: 1, remote, is_same_call: false, step }, 0, &mut out);
            assert!(out.len() <= 16, "{cause:?}: {}", out.len());
        }
    }

    fn move_at(time: u64) -> Entry {
        let step = Step { from: None, to: Some(Pos::new(9)), cause: Cause::Put, steps: 1 };
        Entry { time, branch: 1, remote: None, is_same_call: false, step }
    }

    #[test]
    fn a_record_is_continued_for_25_ms_after_its_first_entry_and_without_entries_never() {
        let mut writer = Writer::new(1, 50);
        writer.begin_unless_continued(50);
        assert_eq!(writer.number(), 2);
        writer.add(&move_at(50));
        for (time, number) in [(50, 2), (60, 2), (75, 2), (76, 3), (77, 3), (101, 3)] {
            writer.begin_unless_continued(time);
            assert_eq!(writer.number(), number, "{time}");
            writer.add(&move_at(time));
        }
        let record = decode(3, writer.value()).unwrap();
        let times: Vec<_> = record.entries.iter().map(|entry| entry.time).collect();
        assert_eq!((record.first, times, record.last), (76, vec![76, 77, 101], 101));
    }

    #[test]
    fn a_record_has_at_most_1004_bytes() {
        let last = Pos::MAX.get();
        let step = Step {
            from: Some(Pos::new(0)),
            to: Some(Pos::new(last)),
            cause: Cause::Undo,
            steps: u32::MAX,
        };
        let largest = Entry { time: 0, branch: 1, remote: Some(1), is_same_call: true, step };
        let mut writer = Writer::new(1, 0);
        for time in 0.. {
            writer.begin_unless_continued(0);
            if writer.number() > 1 {
                break;
            }
            assert!(!writer.is_full());
            writer.add(&Entry { time: time * 128, ..largest });
            assert!(writer.value().len() <= 1004);
        }
    }

    #[test]
    fn a_first_entry_that_is_later_than_its_record_is_damage() {
        let mut writer = Writer::new(1, 50);
        writer.add(&move_at(51));
        assert_eq!(decode(1, writer.value()), None);
    }

    #[test]
    fn a_damaged_record_is_not_continued() {
        let mut writer = Writer::new(7, 50);
        writer.add(&move_at(50));
        let mut value = writer.value().to_vec();
        value[12] ^= 1;
        let mut continued = Writer::of(7, &value);
        continued.begin_unless_continued(50);
        assert_eq!((continued.number(), continued.last()), (8, 50));
    }
}
