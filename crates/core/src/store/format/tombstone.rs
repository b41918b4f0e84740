//! The value of the `dead` table: what is left of a deleted revision that has kept its place.
//!
//! Byte by byte: `docs/format.md`, "Table `dead`".
//!
//! With the refs of its parents a tombstone is verified by itself: its ref hashes them and the data's hash.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use crate::Ref;
use crate::graph::{Loss, Pos, Tombstone};
use crate::revision::{Kind, ref_of};
use crate::store::format::{key, seal, unseal};
use crate::varint;

/// A tombstone as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Remains {
    pub(crate) reference: Ref,
    /// BLAKE3-256 of the data.
    pub(crate) digest: [u8; 32],
    pub(crate) kind: Kind,
    pub(crate) loss: Loss,
    pub(crate) generation: u32,
    /// Where the parents stand or stood, and their refs, in order.
    pub(crate) parents: Vec<(Pos, Ref)>,
}

impl Remains {
    /// Whether the ref is that of these parents and this hash of the data.
    pub(crate) fn is_true(&self) -> bool {
        ref_of(&self.parent_refs(), self.kind, &self.digest) == self.reference
    }

    /// As the graph knows it.
    pub(crate) fn tombstone(&self) -> Tombstone {
        Tombstone { loss: self.loss, parents: self.parent_refs().into() }
    }

    /// The refs of the parents, in order.
    pub(crate) fn parent_refs(&self) -> Vec<Ref> {
        self.parents.iter().map(|(_, reference)| *reference).collect()
    }

    /// The value to be stored at `pos`.
    pub(crate) fn encode(&self, pos: Pos) -> Vec<u8> {
        let mut out = vec![0; 4];
        out.extend_from_slice(self.reference.as_bytes());
        out.extend_from_slice(&self.digest);
        out.push(u8::from(self.kind == Kind::Bytes));
        out.push(match self.loss {
            Loss::Erased => 0,
            Loss::Cut => 1,
            Loss::Filled => 2,
            Loss::Elsewhere => 3,
            Loss::ErasedAndCut => 4,
        });
        varint::put(self.generation, &mut out);
        varint::put(u32::try_from(self.parents.len()).unwrap_or(u32::MAX), &mut out);
        for (parent, reference) in &self.parents {
            varint::put(parent.get(), &mut out);
            out.extend_from_slice(reference.as_bytes());
        }
        seal(&key(pos), &mut out);
        out
    }
}

/// Reads the tombstone at `pos`; `None` where it is damaged.
pub(crate) fn decode(pos: Pos, value: &[u8]) -> Option<Remains> {
    let mut rest = unseal(&key(pos), value)?;
    let reference = take_hash(&mut rest)?;
    let digest = take_hash(&mut rest)?;
    let (&[kind, loss], after) = rest.split_first_chunk::<2>()?;
    rest = after;
    let generation = varint::take(&mut rest)?;
    let count = varint::take(&mut rest)?;
    let mut parents = Vec::new();
    for _ in 0..count {
        let parent = varint::take(&mut rest).filter(|&parent| parent < pos.get())?;
        parents.push((Pos::new(parent), Ref::from_bytes(take_hash(&mut rest)?)));
    }
    Some(Remains {
        reference: Ref::from_bytes(reference),
        digest,
        kind: match kind {
            0 => Kind::Json,
            1 => Kind::Bytes,
            _ => return None,
        },
        loss: match loss {
            0 => Loss::Erased,
            1 => Loss::Cut,
            2 => Loss::Filled,
            3 => Loss::Elsewhere,
            4 => Loss::ErasedAndCut,
            _ => return None,
        },
        generation,
        parents,
    })
}

fn take_hash(bytes: &mut &[u8]) -> Option<[u8; 32]> {
    let (hash, rest) = bytes.split_first_chunk::<32>()?;
    *bytes = rest;
    Some(*hash)
}

#[cfg(test)]
#[expect(clippy::indexing_slicing, reason = "a test may panic")]
mod tests {
    use super::*;

    fn sample() -> Remains {
        let parents =
            vec![(Pos::new(3), Ref::from_bytes([1; 32])), (Pos::new(0), Ref::from_bytes([2; 32]))];
        let refs: Vec<_> = parents.iter().map(|(_, reference)| *reference).collect();
        let reference = ref_of(&refs, Kind::Bytes, &[7; 32]);
        let (kind, loss) = (Kind::Bytes, Loss::Cut);
        Remains { reference, digest: [7; 32], kind, loss, generation: 300, parents }
    }

    #[test]
    fn a_tombstone_reads_back_as_it_was_written_and_proves_its_ref() {
        let value = sample().encode(Pos::new(4));
        let read = decode(Pos::new(4), &value);
        assert_eq!(read, Some(sample()));
        assert!(read.is_some_and(|remains| remains.is_true()));
    }

    #[test]
    fn another_position_a_flipped_bit_and_a_truncation_are_noticed() {
        let value = sample().encode(Pos::new(4));
        assert_eq!(decode(Pos::new(5), &value), None);
        for bit in 0..value.len() * 8 {
            let mut damaged = value.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(decode(Pos::new(4), &damaged), None, "bit {bit}");
        }
        for len in 0..value.len() {
            assert_eq!(decode(Pos::new(4), &value[..len]), None);
        }
    }
}
