//! Target `stored`: the decoders of what stands in the file, over what was encoded, over the same with
//! bytes of it changed, and over any bytes: nothing panics, and nothing that was changed is believed.
#![cfg(test)]

use bolero::TypeGenerator;
use histo_core::Ref;
use histo_core::internals::{self, Stored};
use histo_core::revision::Kind;
use histo_fuzz::inputs;

/// Some 2 s each where the code is not optimized.
const SHORT: usize = 30_000;
/// A chunk has 4,096 revisions.
const SHORT_CHUNKS: usize = 600;

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
        }
    }
}

/// Changes a byte of a value; `None` where it stays what it was.
fn changed(value: &[u8], (at, by): (u16, u8)) -> Option<Vec<u8>> {
    let mut changed = value.to_vec();
    let length = changed.len();
    *changed.get_mut(usize::from(at) % length)? ^= by;
    (by != 0).then_some(changed)
}

#[test]
fn a_record_reads_back_and_a_changed_one_does_not() {
    bolero::check!().with_type::<Case>().with_iterations(inputs(SHORT)).for_each(|case| {
        let pos = case.pos % (u32::MAX - 1);
        let case = Case { pos, ..case.clone() };
        let value = internals::encode_record(pos, &case.stored());
        assert_eq!(internals::decode_record(pos, &value), Some(case.stored()));
        if let Some(changed) = changed(&value, case.change) {
            assert_eq!(internals::decode_record(pos, &changed), None);
        }
        let cut = usize::from(case.cut) % value.len();
        assert_eq!(internals::decode_record(pos, &value[..cut]), None);
        assert_eq!(internals::decode_record(pos ^ 1, &value), None);
    });
}

#[test]
fn any_bytes_are_no_record_chunk_or_head_by_accident() {
    bolero::check!().with_iterations(inputs(SHORT)).for_each(|bytes: &[u8]| {
        assert_eq!(internals::decode_record(1, bytes), None);
        assert_eq!(internals::decode_chunk(0, bytes), None);
        assert_eq!(internals::decode_head("heads/main", bytes), None);
    });
}

#[test]
fn a_chunk_reads_back_and_a_changed_one_does_not() {
    bolero::check!().with_type::<Case>().with_iterations(inputs(SHORT_CHUNKS)).for_each(|case| {
        let first = case.pos / 4096 % 1000 * 4096;
        let revisions: Vec<(Ref, Vec<u32>)> = (0..4096_u32)
            .map(|n| {
                let parents = case.parents.iter().map(|p| p.wrapping_add(n) % (first + n).max(1));
                let parents = parents.filter(|&p| p < first + n).take(3).collect();
                (Ref::from_bytes(case.reference), parents)
            })
            .collect();
        let value = internals::encode_chunk(first, &revisions);
        assert_eq!(internals::decode_chunk(first, &value).as_ref(), Some(&revisions));
        if let Some(changed) = changed(&value, case.change) {
            assert_eq!(internals::decode_chunk(first, &changed), None);
        }
        let cut = usize::from(case.cut) % value.len();
        assert_eq!(internals::decode_chunk(first, &value[..cut]), None);
        assert_eq!(internals::decode_chunk(first + 4096, &value), None);
    });
}
