//! The value of the `graph` table: refs, generations and parents of 4,096 revisions at once.
//!
//! Byte by byte: `docs/format.md`, "Table `graph`".
//!
//! Written in the transaction that fills the chunk. Generations follow from the parents and are not stored. The
//! `revisions` table is authoritative: a damaged chunk is rebuilt from it.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use crate::Ref;
use crate::graph::{BLOCK, Pos};
use crate::store::format::{key, seal, unseal};
use crate::varint;

/// Revisions in a chunk: as many as in a block of the index.
pub(crate) const CHUNK: u32 = BLOCK;

const _: () = assert!(CHUNK == 4096, "the file format says 4,096");

/// The first position of the block of `pos`.
pub(crate) const fn first_of(pos: Pos) -> Pos {
    Pos::new(pos.get().saturating_sub(pos.get() % CHUNK))
}

const REFS: usize = CHUNK as usize * 32;

/// Collects a chunk.
#[derive(Default)]
pub(crate) struct Encoder {
    refs: Vec<u8>,
    parents: Vec<u8>,
}

impl Encoder {
    /// Adds the revision at `pos`; its parents have lower positions.
    pub(crate) fn push(&mut self, pos: Pos, reference: &Ref, parents: &[Pos]) {
        self.refs.extend_from_slice(reference.as_bytes());
        varint::put(u32::try_from(parents.len()).unwrap_or(u32::MAX), &mut self.parents);
        for parent in parents {
            varint::put(pos.get().wrapping_sub(parent.get()), &mut self.parents);
        }
    }

    /// Returns the value to store under `first`.
    pub(crate) fn finish(self, first: Pos) -> Vec<u8> {
        let mut value = vec![0; 4];
        value.extend_from_slice(&self.refs);
        value.extend_from_slice(&self.parents);
        seal(&key(first), &mut value);
        value
    }
}

/// Reads a chunk revision by revision; `None` if it is damaged.
pub(crate) fn decode(first: Pos, value: &[u8]) -> Option<Decoder<'_>> {
    let (refs, parents) = unseal(&key(first), value)?.split_at_checked(REFS)?;
    Some(Decoder { pos: first.get(), refs, parents })
}

/// A chunk with the right checksum.
pub(crate) struct Decoder<'a> {
    pos: u32,
    refs: &'a [u8],
    parents: &'a [u8],
}

impl Decoder<'_> {
    /// Takes the next revision and stores its parents in `parents`; `None` at the end or if it is cut short.
    pub(crate) fn next(&mut self, parents: &mut Vec<Pos>) -> Option<Ref> {
        let (reference, rest) = self.refs.split_first_chunk::<32>()?;
        self.refs = rest;
        parents.clear();
        for _ in 0..varint::take(&mut self.parents)? {
            let back = varint::take(&mut self.parents)?;
            parents.push(Pos::new(self.pos.checked_sub(back).filter(|&p| p < self.pos)?));
        }
        self.pos = self.pos.checked_add(1)?;
        Some(Ref::from_bytes(*reference))
    }
}
