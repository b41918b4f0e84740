//! The value of the `marks` table: when 4,096 revisions were first found unreachable.
//!
//! Byte by byte: `docs/format.md`, "Table `marks`".
//!
//! After the last run there are no marks. A damaged value counts as none: the next prune marks the revisions
//! again, with a later time.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::collections::BTreeMap;

use crate::graph::Pos;
use crate::store::format::chunk::CHUNK;
use crate::store::format::{key, seal, unseal};
use crate::varint;

/// Times by position.
pub(crate) type Marks = BTreeMap<u32, u64>;

/// Returns the value for the marks of the block that starts at `first`; `None` if there are none.
pub(crate) fn encode(first: Pos, marks: &Marks) -> Option<Vec<u8>> {
    let mut out = vec![0; 4];
    let mut run = (0_u32, 0_u64);
    let mut some = false;
    for pos in first.get()..first.get().saturating_add(CHUNK) {
        let time = marks.get(&pos).copied().unwrap_or_default();
        some |= time != 0;
        if time != run.1 {
            put(run, &mut out);
            run = (0, time);
        }
        run.0 = run.0.saturating_add(1);
    }
    if run.1 != 0 {
        put(run, &mut out);
    }
    seal(&key(first), &mut out);
    some.then_some(out)
}

fn put((length, time): (u32, u64), out: &mut Vec<u8>) {
    if length > 0 {
        varint::put(length, out);
        out.extend_from_slice(&time.to_le_bytes());
    }
}

/// Adds the marks of the block that starts at `first` to `marks`; none if the value is damaged.
pub(crate) fn decode(first: Pos, value: &[u8], marks: &mut Marks) {
    let Some(mut rest) = unseal(&key(first), value) else {
        return;
    };
    let end = first.get().saturating_add(CHUNK);
    let mut pos = first.get();
    while let Some(length) = varint::take(&mut rest) {
        let Some((time, after)) = rest.split_first_chunk::<8>() else {
            return;
        };
        rest = after;
        let time = u64::from_le_bytes(*time);
        for _ in 0..length.min(end.saturating_sub(pos)) {
            if time != 0 {
                marks.insert(pos, time);
            }
            pos = pos.saturating_add(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::btree_map;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn marks_read_back_as_they_were_written(
            marks in btree_map(CHUNK..2 * CHUNK, 1_u64..4, 0..300)
        ) {
            let first = Pos::new(CHUNK);
            let mut read = Marks::new();
            if let Some(value) = encode(first, &marks) {
                decode(first, &value, &mut read);
                decode(Pos::new(0), &value, &mut read);
            }
            prop_assert_eq!(read, marks);
        }
    }
}
