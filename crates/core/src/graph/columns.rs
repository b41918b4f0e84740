//! Graph: the columns of the index as they were at one moment.
//!
//! A snapshot shares its blocks with the index and with other snapshots, and never changes. Only
//! `Index` appends. Positions given to a getter must lie below `len`.

use std::sync::Arc;

use super::block::{BLOCK, Block, Parents};
use super::pos::Pos;
use crate::error::{Error, Result};
use crate::refs::Ref;

/// An immutable snapshot of the graph. Cloning it counts two references, whatever its size.
#[derive(Clone, Default)]
pub struct Graph {
    sealed: Arc<Sealed>,
    /// The block that grows; never full.
    tail: Arc<Block>,
    len: u32,
}

/// The full blocks, in order.
#[derive(Clone, Default)]
struct Sealed {
    blocks: Vec<Arc<Block>>,
}

impl Graph {
    /// Number of revisions; their positions are all below.
    pub fn len(&self) -> u32 {
        self.len
    }

    /// Whether there is no revision.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether `pos` is the position of a revision of this snapshot.
    pub fn contains(&self, pos: Pos) -> bool {
        pos.get() < self.len
    }

    /// Returns the ref of the revision at `pos`.
    ///
    /// # Panics
    /// If `pos` lies beyond the snapshot, as the other getters do.
    pub fn ref_at(&self, pos: Pos) -> &Ref {
        let (block, slot) = self.slot(pos);
        block.ref_at(slot)
    }

    /// Returns the topological level of the revision at `pos`: 1 for a root, else 1 above its highest parent.
    pub fn generation(&self, pos: Pos) -> u32 {
        let (block, slot) = self.slot(pos);
        block.generation(slot)
    }

    /// Returns the parents of the revision at `pos`, in the order in which it names them.
    #[inline]
    pub fn parents(&self, pos: Pos) -> Parents<'_> {
        let (block, slot) = self.slot(pos);
        block.parents(slot)
    }

    /// Passes if every one of `positions` lies inside the snapshot, which is what a walk starts with.
    ///
    /// # Errors
    /// `HISTO_INTERNAL` otherwise: positions come from the index, so the caller mixed two of them up.
    pub(super) fn check(&self, positions: &[Pos]) -> Result<()> {
        match positions.iter().find(|&&pos| !self.contains(pos)) {
            None => Ok(()),
            Some(pos) => Err(Error::Internal(format!(
                "position {} lies beyond a graph of {}",
                pos.get(),
                self.len
            ))),
        }
    }

    /// Appends a revision whose parents stand before it, at position `len`.
    pub(super) fn push(&mut self, reference: Ref, generation: u32, parents: &[Pos]) {
        let tail = Arc::make_mut(&mut self.tail);
        tail.push(reference, generation, parents);
        if tail.is_full() {
            let full = std::mem::take(&mut self.tail);
            Arc::make_mut(&mut self.sealed).blocks.push(full);
        }
        self.len += 1;
    }

    /// Bytes that the blocks hold.
    pub(super) fn bytes(&self) -> usize {
        let sealed = self.sealed.blocks.iter().map(|block| block.bytes());
        sealed.sum::<usize>() + self.tail.bytes()
    }

    #[inline]
    fn slot(&self, pos: Pos) -> (&Block, usize) {
        let number = (pos.get() / BLOCK) as usize;
        let slot = (pos.get() % BLOCK) as usize;
        match self.sealed.blocks.get(number) {
            Some(block) => (block, slot),
            None => (self.last(number), slot),
        }
    }

    #[inline]
    fn last(&self, number: usize) -> &Block {
        assert!(number == self.sealed.blocks.len(), "position beyond the graph");
        &self.tail
    }
}
