//! The value of the `gone` table: the positions, of 4,096, of which nothing is left.
//!
//! Byte by byte: `docs/format.md`, "Table `gone`".
//!
//! A process that missed deletions reads those blocks again whose number is higher than the last one that it
//! knows.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use crate::graph::{DeadBlock, Pos};
use crate::store::format::chunk::CHUNK;
use crate::store::format::{key, seal, unseal};
use crate::varint;

/// Returns the value to store under `first`.
pub(crate) fn encode(first: Pos, block: &DeadBlock) -> Vec<u8> {
    let mut out = vec![0; 4];
    out.extend_from_slice(&block.generation.to_le_bytes());
    let mut deleted = false;
    let mut length = 0_u32;
    for slot in 0..CHUNK {
        if block.is_deleted(slot) != deleted {
            varint::put(length, &mut out);
            deleted = !deleted;
            length = 0;
        }
        length = length.saturating_add(1);
    }
    if deleted {
        varint::put(length, &mut out);
    }
    seal(&key(first), &mut out);
    out
}

/// Reads the block that starts at `first`, without its tombstones; `None` if it is damaged.
pub(crate) fn decode(first: Pos, value: &[u8]) -> Option<DeadBlock> {
    let rest = unseal(&key(first), value)?;
    let (generation, mut runs) = rest.split_first_chunk::<8>()?;
    let generation = u64::from_le_bytes(*generation);
    let mut block = DeadBlock::new(generation);
    let mut slot = 0_u32;
    let mut deleted = false;
    while !runs.is_empty() {
        let end = slot.checked_add(varint::take(&mut runs)?).filter(|&end| end <= CHUNK)?;
        if deleted {
            (slot..end).for_each(|slot| block.delete(slot));
        }
        slot = end;
        deleted = !deleted;
    }
    Some(block)
}

/// Returns the number of the last deletion that changed the block, from an undamaged value.
pub(crate) fn generation(value: &[u8]) -> Option<u64> {
    value.get(4..)?.first_chunk::<8>().map(|field| u64::from_le_bytes(*field))
}

#[cfg(test)]
#[expect(clippy::indexing_slicing, reason = "a test may panic")]
mod tests {
    use proptest::collection::btree_set;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_block_reads_back_as_it_was_written(
            slots in btree_set(0_u32..CHUNK, 0..200),
            all in any::<bool>(),
            generation in any::<u64>(),
        ) {
            let mut block = DeadBlock::new(generation);
            for &slot in &slots {
                block.delete(slot);
            }
            if all {
                (0..CHUNK).for_each(|slot| block.delete(slot));
            }
            let first = Pos::new(CHUNK * 3);
            let value = encode(first, &block);
            let read = decode(first, &value).unwrap();
            prop_assert_eq!(read.deleted().collect::<Vec<_>>(), block.deleted().collect::<Vec<_>>());
            prop_assert_eq!((read.generation, super::generation(&value)), (generation, Some(generation)));
            for at in 0..value.len() {
                let mut damaged = value.clone();
                damaged[at] ^= 1 << (at % 8);
                prop_assert_eq!(decode(first, &damaged), None);
            }
        }
    }
}
