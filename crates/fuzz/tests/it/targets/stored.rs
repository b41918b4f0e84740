//! Targets `stored`: the decoders of stored values, over encoded values, over the same with changed bytes, and
//! over any bytes. Nothing panics, no changed value is accepted, and whatever is accepted is what the plain
//! reading of the format says.
#![cfg(test)]

use std::collections::BTreeMap;

use bolero::TypeGenerator;
use histo_core::Ref;
use histo_core::internals::{self, Loss, Remnant, Stored};
use histo_core::revision::Kind;

use super::plain;

/// Some 2 s each without optimization.
const SHORT: usize = 30_000;
/// A chunk has 4,096 revisions.
const SHORT_CHUNKS: usize = 600;
/// Writing a block of marks visits each of its 4,096 positions.
const SHORT_BLOCKS: usize = 2_000;

const LOSSES: [Loss; 5] =
    [Loss::Erased, Loss::Cut, Loss::Filled, Loss::Elsewhere, Loss::ErasedAndCut];

#[derive(Debug, Clone, TypeGenerator)]
struct Case {
    pos: u32,
    reference: [u8; 32],
    generation: u32,
    parents: Vec<u32>,
    bytes: bool,
    payload: Vec<u8>,
    change: (u16, u8),
    cut: u16,
    loss: u8,
    times: Vec<(u16, u64)>,
}

impl Case {
    fn stored(&self) -> Stored {
        let below = |parent: &u32| self.pos.checked_sub(1).map(|most| parent % (most.max(1)));
        Stored {
            reference: Ref::from_bytes(self.reference),
            generation: self.generation,
            parents: self.parents.iter().filter_map(below).filter(|&p| p < self.pos).collect(),
            kind: if self.bytes { Kind::Bytes } else { Kind::Json },
            payload: self.payload.clone(),
            base: None,
        }
    }
}

/// Changes a byte of a value; `None` if that leaves it the same.
fn changed(value: &[u8], (at, by): (u16, u8)) -> Option<Vec<u8>> {
    let mut changed = value.to_vec();
    let length = changed.len();
    *changed.get_mut(usize::from(at) % length)? ^= by;
    (by != 0).then_some(changed)
}

/// Checks that `value`, changed or cut short, is not accepted, except as the plain reading does.
fn check_damage<T: std::fmt::Debug + PartialEq>(
    case: &Case,
    value: &[u8],
    read: impl Fn(&[u8]) -> Option<T>,
    plain: impl Fn(&[u8]) -> Option<T>,
) {
    if let Some(changed) = changed(value, case.change) {
        assert_eq!(read(&changed), None);
    }
    // One cut in 2^32 has a right sum.
    let cut = &value[..usize::from(case.cut) % value.len()];
    assert_eq!(read(cut), plain(cut));
}

#[test]
fn a_record_reads_back_and_a_changed_one_does_not() {
    bolero::check!().with_type::<Case>().with_iterations(SHORT).for_each(|case| {
        let pos = case.pos % (u32::MAX - 1);
        let case = Case { pos, ..case.clone() };
        let value = internals::encode_record(pos, &case.stored());
        assert_eq!(internals::decode_record(pos, &value), Some(case.stored()));
        assert_eq!(internals::decode_record(pos ^ 1, &value), None);
        let read = |value: &[u8]| internals::decode_record(pos, value);
        check_damage(&case, &value, read, |value| plain::record(pos, value));
    });
}

#[test]
fn any_bytes_are_what_the_plain_reading_says() {
    bolero::check!().with_iterations(SHORT).for_each(|bytes: &[u8]| {
        assert_eq!(internals::decode_record(1, bytes), plain::record(1, bytes));
        assert_eq!(internals::decode_chunk(0, bytes), plain::chunk(0, bytes));
        assert_eq!(internals::decode_tombstone(1, bytes), plain::tombstone(1, bytes));
        assert_eq!(internals::decode_deleted(0, bytes), plain::deleted(0, bytes));
        assert_eq!(internals::decode_marks(0, bytes), plain::marks(0, bytes));
        assert_eq!(internals::decode_deletions(bytes), plain::deletions(bytes));
        let key = "heads/main";
        assert_eq!(internals::decode_head(key, bytes), plain::head(key, bytes));
    });
}

#[test]
fn bases_read_back_and_changed_ones_do_not() {
    bolero::check!().with_type::<Case>().with_iterations(SHORT_BLOCKS).for_each(|case| {
        let first = case.pos / 4096 % 1_048_575 * 4096;
        let back = |n: u32| case.parents.get(n as usize % 7).map_or(0, |b| b % (first + n + 1));
        let back: Vec<u32> = (0..4096).map(back).collect();
        let value = internals::encode_bases(first, &back);
        let read = |value: &[u8]| internals::decode_bases(first, value);
        assert_eq!(read(&value), Some(back));
        check_damage(case, &value, read, |value| plain::bases(first, value));
    });
}

#[test]
fn a_chunk_reads_back_and_a_changed_one_does_not() {
    bolero::check!().with_type::<Case>().with_iterations(SHORT_CHUNKS).for_each(|case| {
        let first = case.pos / 4096 % 1000 * 4096;
        let revisions: Vec<(Ref, Vec<u32>)> = (0..4096_u32)
            .map(|n| {
                let parents = case.parents.iter();
                let parents = parents.map(|p| p.wrapping_add(n) % (first + n).max(1));
                let parents = parents.filter(|&p| p < first + n).take(3).collect();
                (Ref::from_bytes(case.reference), parents)
            })
            .collect();
        let value = internals::encode_chunk(first, &revisions);
        assert_eq!(internals::decode_chunk(first, &value).as_ref(), Some(&revisions));
        assert_eq!(internals::decode_chunk(first + 4096, &value), None);
        let read = |value: &[u8]| internals::decode_chunk(first, value);
        check_damage(case, &value, read, |value| plain::chunk(first, value));
    });
}

#[test]
fn a_tombstone_reads_back_and_a_changed_one_does_not() {
    bolero::check!().with_type::<Case>().with_iterations(SHORT).for_each(|case| {
        let stored = case.stored();
        let parents = stored.parents.iter().map(|&parent| (parent, stored.reference));
        let kept = || case.parents.first().map(|first| format!("{{\"n\":{first}}}").into_bytes());
        let remnant = Remnant {
            reference: stored.reference,
            digest: case.reference,
            meta: (case.loss % 3 > 0).then(|| (case.reference, kept())),
            kind: stored.kind,
            loss: LOSSES[usize::from(case.loss) % LOSSES.len()],
            generation: case.generation,
            parents: parents.collect(),
        };
        let pos = case.pos;
        let value = internals::encode_tombstone(pos, &remnant);
        assert_eq!(internals::decode_tombstone(pos, &value), Some(remnant));
        assert_eq!(internals::decode_tombstone(pos ^ 1, &value), None);
        let read = |value: &[u8]| internals::decode_tombstone(pos, value);
        check_damage(case, &value, read, |value| plain::tombstone(pos, value));
    });
}

#[test]
fn what_tells_of_deletions_reads_back_and_what_was_changed_does_not() {
    bolero::check!().with_type::<Case>().with_iterations(SHORT_BLOCKS).for_each(|case| {
        let first = case.pos / 4096 % 1_048_575 * 4096;
        let mut slots: Vec<u32> = case.parents.iter().map(|slot| slot % 4096).collect();
        slots.sort_unstable();
        slots.dedup();
        let value = internals::encode_deleted(first, case.times.len() as u64, &slots);
        let read = |value: &[u8]| internals::decode_deleted(first, value);
        assert_eq!(read(&value), Some((case.times.len() as u64, slots)));
        check_damage(case, &value, read, |value| plain::deleted(first, value));
        let times = case.times.iter().map(|&(at, time)| (first + u32::from(at % 4096), time));
        let times: BTreeMap<u32, u64> = times.filter(|&(_, time)| time != 0).collect();
        let value = internals::encode_marks(first, &times);
        assert_eq!(value.is_none(), times.is_empty());
        if let Some(value) = value {
            let read = |value: &[u8]| internals::decode_marks(first, value);
            assert_eq!(read(&value), times);
            let some = |times: BTreeMap<u32, u64>| (!times.is_empty()).then_some(times);
            let plain = |value: &[u8]| some(plain::marks(first, value));
            check_damage(case, &value, |value| some(read(value)), plain);
        }
        let counts = [case.pos, case.generation, u32::from(case.cut)];
        let value = internals::encode_deletions(u64::MAX - u64::from(case.pos), counts);
        let read = internals::decode_deletions(&value);
        assert_eq!(read, Some((u64::MAX - u64::from(case.pos), counts)));
        check_damage(case, &value, internals::decode_deletions, plain::deletions);
    });
}

#[test]
fn a_head_reads_back_and_a_changed_one_does_not() {
    bolero::check!().with_type::<Case>().with_iterations(SHORT).for_each(|case| {
        let key = format!("remotes/{}", String::from_utf8_lossy(&case.payload));
        let reference = Ref::from_bytes(case.reference);
        let value = internals::encode_head(&key, reference);
        assert_eq!(internals::decode_head(&key, &value), Some(reference));
        assert_eq!(internals::decode_head(&format!("{key}x"), &value), None);
        let read = |value: &[u8]| internals::decode_head(&key, value);
        check_damage(case, &value, read, |value| plain::head(&key, value));
    });
}
