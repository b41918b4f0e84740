//! The value of the `dead` table: the tombstone of a deleted revision that has kept its place.
//!
//! Byte by byte: `docs/format.md`, "Table `dead`".
//!
//! With the refs of its parents a tombstone proves itself: its ref hashes them, the data's hash and the meta's
//! hash. A meta that was kept follows, with a checksum of its own.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use crate::Ref;
use crate::graph::{Loss, Pos, Tombstone};
use crate::revision::{Damaged, Kind, MAX_META_BYTES, digest, ref_with_meta};
use crate::store::format::{key, seal, unseal};
use crate::varint;

const BINARY: u8 = 1;
/// The revision has a meta.
const META: u8 = 2;
/// The meta was kept.
const KEPT: u8 = 4;

/// A stored tombstone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Remains {
    pub(crate) reference: Ref,
    /// BLAKE3-256 of the data.
    pub(crate) digest: [u8; 32],
    /// Present if the revision has a meta.
    pub(crate) meta: Option<MetaRemains>,
    pub(crate) kind: Kind,
    pub(crate) loss: Loss,
    pub(crate) generation: u32,
    /// Present or former positions of the parents, and their refs, in order.
    pub(crate) parents: Vec<(Pos, Ref)>,
}

/// The remains of a meta.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MetaRemains {
    /// BLAKE3-256 of its canonical JSON.
    pub(crate) digest: [u8; 32],
    /// Its canonical JSON, if it was kept.
    pub(crate) kept: Result<Option<Box<[u8]>>, Damaged>,
}

impl Remains {
    /// Whether the parents and hashes hash to the ref, and a kept meta to its hash.
    pub(crate) fn is_true(&self) -> bool {
        let meta = self.meta.as_ref();
        let is_kept_right = meta.is_none_or(|MetaRemains { digest: hash, kept }| match kept {
            Ok(kept) => kept.as_ref().is_none_or(|json| digest(json) == *hash),
            Err(Damaged) => false,
        });
        is_kept_right && self.proves_itself()
    }

    /// Whether the parents and hashes hash to the ref.
    pub(crate) fn proves_itself(&self) -> bool {
        let meta = self.meta.as_ref().map(|meta| &meta.digest);
        ref_with_meta(&self.parent_refs(), self.kind, &self.digest, meta) == self.reference
    }

    /// Returns this without the meta itself.
    pub(crate) fn without_meta(mut self) -> Self {
        if let Some(meta) = &mut self.meta {
            meta.kept = Ok(None);
        }
        self
    }

    /// Returns the meta, if it was kept.
    pub(crate) fn kept_meta(&self) -> Result<Option<&[u8]>, Damaged> {
        match self.meta.as_ref().map(|meta| &meta.kept) {
            None => Ok(None),
            Some(Ok(kept)) => Ok(kept.as_deref()),
            Some(Err(Damaged)) => Err(Damaged),
        }
    }

    /// Returns the graph's form of it.
    pub(crate) fn tombstone(&self) -> Tombstone {
        Tombstone { loss: self.loss, parents: self.parent_refs().into() }
    }

    /// Returns the refs of the parents, in order.
    pub(crate) fn parent_refs(&self) -> Vec<Ref> {
        self.parents.iter().map(|(_, reference)| *reference).collect()
    }

    /// Returns the value to store at `pos`.
    pub(crate) fn encode(&self, pos: Pos) -> Vec<u8> {
        let mut out = vec![0; 4];
        out.extend_from_slice(self.reference.as_bytes());
        out.extend_from_slice(&self.digest);
        // A damaged meta is not worth keeping.
        let kept = self.kept_meta().unwrap_or_default();
        let binary = if self.kind == Kind::Bytes { BINARY } else { 0 };
        let with_meta = if self.meta.is_some() { META } else { 0 };
        out.push(binary | with_meta | if kept.is_some() { KEPT } else { 0 });
        out.push(match self.loss {
            Loss::Erased => 0,
            Loss::Cut => 1,
            Loss::Filled => 2,
            Loss::Elsewhere => 3,
            Loss::ErasedAndCut => 4,
        });
        if let Some(meta) = &self.meta {
            out.extend_from_slice(&meta.digest);
        }
        varint::put(self.generation, &mut out);
        varint::put(u32::try_from(self.parents.len()).unwrap_or(u32::MAX), &mut out);
        for (parent, reference) in &self.parents {
            varint::put(parent.get(), &mut out);
            out.extend_from_slice(reference.as_bytes());
        }
        if let Some(kept) = kept {
            varint::put(u32::try_from(kept.len()).unwrap_or(u32::MAX), &mut out);
            out.extend_from_slice(&crc32c::crc32c(kept).to_le_bytes());
        }
        seal(&key(pos), &mut out);
        out.extend_from_slice(kept.unwrap_or_default());
        out
    }
}

/// Reads the tombstone at `pos`; `None` if it is damaged, except in a kept meta.
pub(crate) fn decode(pos: Pos, value: &[u8]) -> Option<Remains> {
    let mut rest = value.get(4..)?;
    let reference = take_hash(&mut rest)?;
    let digest = take_hash(&mut rest)?;
    let (&[flags, loss], after) = rest.split_first_chunk::<2>()?;
    rest = after;
    if flags > BINARY | META | KEPT || flags & (META | KEPT) == KEPT {
        return None;
    }
    let meta = if flags & META == 0 { None } else { Some(take_hash(&mut rest)?) };
    let generation = varint::take(&mut rest)?;
    let count = varint::take(&mut rest)?;
    let mut parents = Vec::new();
    for _ in 0..count {
        let parent = varint::take(&mut rest).filter(|&parent| parent < pos.get())?;
        parents.push((Pos::new(parent), Ref::from_bytes(take_hash(&mut rest)?)));
    }
    let kept = if flags & KEPT == 0 { None } else { Some(take_kept(&mut rest)?) };
    unseal(&key(pos), value.get(..value.len().checked_sub(rest.len())?)?)?;
    let kept = match kept {
        None if rest.is_empty() => Ok(None),
        Some((length, sum)) if length as usize == rest.len() => {
            if crc32c::crc32c(rest) == sum {
                Ok(Some(rest.into()))
            } else {
                Err(Damaged)
            }
        }
        _ => return None,
    };
    Some(Remains {
        reference: Ref::from_bytes(reference),
        digest,
        meta: meta.map(|digest| MetaRemains { digest, kept }),
        kind: if flags & BINARY == 0 { Kind::Json } else { Kind::Bytes },
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

/// Takes length and checksum of a kept meta.
fn take_kept(rest: &mut &[u8]) -> Option<(u32, u32)> {
    let length = varint::take(rest).filter(|&it| it > 0 && it as usize <= MAX_META_BYTES)?;
    let (sum, after) = rest.split_first_chunk::<4>()?;
    *rest = after;
    Some((length, u32::from_le_bytes(*sum)))
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

    fn sample(meta: Option<MetaRemains>) -> Remains {
        let parents =
            vec![(Pos::new(3), Ref::from_bytes([1; 32])), (Pos::new(0), Ref::from_bytes([2; 32]))];
        let refs: Vec<_> = parents.iter().map(|(_, reference)| *reference).collect();
        let (kind, loss) = (Kind::Bytes, Loss::Cut);
        let hash = meta.as_ref().map(|meta| &meta.digest);
        let reference = ref_with_meta(&refs, kind, &[7; 32], hash);
        Remains { reference, digest: [7; 32], meta, kind, loss, generation: 300, parents }
    }

    /// Without a meta, with its hash, and with all of it.
    fn samples() -> [Remains; 3] {
        let json = b"{\"by\":\"Ada\"}";
        let left = |kept: Option<&[u8]>| MetaRemains {
            digest: digest(json),
            kept: Ok(kept.map(Box::from)),
        };
        [sample(None), sample(Some(left(None))), sample(Some(left(Some(json))))]
    }

    #[test]
    fn a_tombstone_reads_back_as_it_was_written_and_proves_its_ref() {
        for remains in samples() {
            let read = decode(Pos::new(4), &remains.encode(Pos::new(4)));
            assert!(read.as_ref().is_some_and(Remains::is_true));
            assert_eq!(read, Some(remains));
        }
    }

    #[test]
    fn another_position_a_flipped_bit_and_a_truncation_are_noticed() {
        for value in samples().map(|remains| remains.encode(Pos::new(4))) {
            assert_eq!(decode(Pos::new(5), &value), None);
            for bit in 0..value.len() * 8 {
                let mut damaged = value.clone();
                damaged[bit / 8] ^= 1 << (bit % 8);
                let whole = |remains: Remains| remains.kept_meta().is_ok();
                assert!(!decode(Pos::new(4), &damaged).is_some_and(whole), "bit {bit}");
            }
            for len in 0..value.len() {
                assert_eq!(decode(Pos::new(4), &value[..len]), None);
            }
        }
    }

    #[test]
    fn damage_to_a_kept_meta_does_not_cost_the_tombstone() {
        let [.., kept] = samples();
        let mut value = kept.encode(Pos::new(4));
        *value.last_mut().unwrap() ^= 1;
        let read = decode(Pos::new(4), &value).unwrap();
        assert_eq!(read.kept_meta(), Err(Damaged));
        assert!(read.proves_itself() && !read.is_true());
    }
}
