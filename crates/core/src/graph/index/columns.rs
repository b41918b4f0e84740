//! Graph: the columns of the index as they were at one moment.
//!
//! A snapshot shares its blocks with the index and with other snapshots, and never changes. Only `Index`
//! appends. Getters require positions below `len`.

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::graph::index::block::{BLOCK, Block, Parents};
use crate::graph::index::dead::{Dead, DeadBlock, Loss};
use crate::graph::index::pos::Pos;
use crate::graph::labels::Reach;
use crate::refs::Ref;

/// An immutable snapshot of the graph. Cloning it increments five reference counts, whatever its size.
#[derive(Clone)]
pub struct Graph {
    /// What an index began with, a multiple of 4,096 once it is full: before that there is nothing behind it.
    first: Arc<Block>,
    sealed: Arc<Sealed>,
    /// The block that grows behind them; never full.
    tail: Arc<Block>,
    len: u32,
    /// Shared by the walks over all snapshots.
    reach: Arc<Reach>,
    dead: Arc<Dead>,
}

/// The full blocks behind the first one, in order.
#[derive(Clone, Default)]
struct Sealed {
    blocks: Vec<Arc<Block>>,
}

impl Default for Graph {
    fn default() -> Self {
        Self {
            first: Arc::new(Block::with_room_for(0)),
            sealed: Arc::default(),
            tail: Arc::default(),
            len: 0,
            reach: Arc::default(),
            dead: Arc::default(),
        }
    }
}

impl Graph {
    /// Makes room for whole blocks of the next revisions, in one piece, where there are none yet.
    pub(in crate::graph) fn reserve(&mut self, additional: usize) {
        if self.is_empty() {
            let room = u32::try_from(additional).unwrap_or(0);
            self.first = Arc::new(Block::with_room_for(room / BLOCK * BLOCK));
        }
    }

    /// Number of revisions; all positions are below it.
    pub fn len(&self) -> u32 {
        self.len
    }

    /// Whether it has no revision.
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

    pub(in crate::graph) fn reach(&self) -> &Arc<Reach> {
        &self.reach
    }

    /// Returns the number of revisions, without those of which nothing is left.
    pub fn count(&self) -> u32 {
        let deleted = self.dead.blocks().map(|(_, block)| block.count());
        self.len.saturating_sub(deleted.sum())
    }

    /// Returns the dead revisions at the time of the snapshot.
    pub fn dead(&self) -> &Dead {
        &self.dead
    }

    /// Whether `pos` was cut away with the history before it. A walk cannot continue from it.
    #[inline]
    pub(in crate::graph) fn is_hidden(&self, pos: Pos) -> bool {
        pos.get() < self.dead.shadow() && self.dead.is_deleted(pos)
    }

    /// Whether no history was cut away at or above `pos`, so that labels are right about it.
    #[inline]
    pub(in crate::graph) fn is_lit(&self, pos: Pos) -> bool {
        pos.get() >= self.dead.shadow()
    }

    /// Returns the parents of the revision at `pos` without those that were cut away, in order.
    #[inline]
    pub fn known_parents(&self, pos: Pos) -> impl Iterator<Item = Pos> + '_ {
        self.parents(pos).filter(|&parent| !self.is_hidden(parent))
    }

    /// Returns the ref of a revision that was cut away, as recorded by the revisions that name it.
    pub(in crate::graph) fn hidden_ref(&self, hidden: Pos) -> Ref {
        for (number, block) in self.dead.blocks() {
            for (slot, tombstone) in block.tombstones() {
                let pos = Pos::new(number.saturating_mul(BLOCK).saturating_add(slot));
                if !self.contains(pos) {
                    continue;
                }
                let parent = self.parents(pos).position(|parent| parent == hidden);
                if let Some(reference) = parent.and_then(|place| tombstone.parents.get(place)) {
                    return *reference;
                }
            }
        }
        *self.ref_at(hidden)
    }

    /// Returns the error for an answer that depends on what is below `hidden`, which was cut away.
    #[cold]
    pub(in crate::graph) fn depends_on(&self, hidden: Pos) -> Error {
        Error::depends_on(&self.hidden_ref(hidden))
    }

    /// Returns why the data of the revision at `pos` is missing, if it was deleted.
    pub fn loss(&self, pos: Pos) -> Option<Loss> {
        self.dead.tombstone(pos).map(|tombstone| tombstone.loss).filter(|loss| loss.is_of_data())
    }

    /// Returns the refs of the parents of the revision at `pos`, in order, including deleted ones.
    pub fn parent_refs(&self, pos: Pos) -> Vec<Ref> {
        match self.dead.tombstone(pos) {
            Some(tombstone) => tombstone.parents.to_vec(),
            None => self.parents(pos).map(|parent| *self.ref_at(parent)).collect(),
        }
    }

    /// Replaces the dead revisions of a block.
    pub(in crate::graph) fn set_dead(&mut self, number: u32, block: DeadBlock) {
        Arc::make_mut(&mut self.dead).replace(number, block);
    }

    /// Succeeds if all `positions` are inside the snapshot. Each walk starts with this check.
    ///
    /// # Errors
    /// `HISTO_INTERNAL` otherwise: positions come from the index, so the caller mixed up two indexes.
    pub(in crate::graph) fn check(&self, positions: &[Pos]) -> Result<()> {
        match positions.iter().find(|&&pos| !self.contains(pos)) {
            None => Ok(()),
            Some(pos) => Err(Error::Internal(format!(
                "position {} lies beyond a graph of {}",
                pos.get(),
                self.len
            ))),
        }
    }

    /// Returns the position and the generation that a revision with these parents gets.
    ///
    /// # Errors
    /// `HISTO_FULL` if no position is left, `HISTO_CORRUPT` if a parent does not come before its child.
    pub(in crate::graph) fn place(&self, reference: &Ref, parents: &[Pos]) -> Result<(Pos, u32)> {
        let growing = if self.first.is_full() { &self.tail } else { &self.first };
        self.place_after(growing, reference, parents)
    }

    /// Appends a revision whose place was computed.
    pub(in crate::graph) fn push(&mut self, reference: Ref, generation: u32, parents: &[Pos]) {
        Arc::make_mut(self.growing()).push(reference, generation, parents);
        self.len += 1;
        self.seal_if_full();
    }

    /// The block that grows.
    fn growing(&mut self) -> &mut Arc<Block> {
        if self.first.is_full() { &mut self.tail } else { &mut self.first }
    }

    /// Appends what `next` yields, with the parents that it stores in the vector, until a block is full.
    /// Returns whether there may be more. Appending one at a time costs an atomic operation a revision, and a
    /// wait for memory with it.
    ///
    /// # Errors
    /// As `place`; earlier revisions stay appended.
    pub(in crate::graph) fn fill<N>(&mut self, next: &mut N) -> Result<bool>
    where
        N: FnMut(&mut Vec<Pos>) -> Option<Ref>,
    {
        let is_first = !self.first.is_full();
        let mut block = Arc::unwrap_or_clone(std::mem::take(self.growing()));
        let filled = self.fill_block(&mut block, next);
        let place = if is_first { &mut self.first } else { &mut self.tail };
        *place = Arc::new(block);
        self.seal_if_full();
        filled
    }

    fn seal_if_full(&mut self) {
        if self.tail.is_full() {
            let full = std::mem::replace(&mut self.tail, Arc::new(Block::with_room_for(BLOCK)));
            Arc::make_mut(&mut self.sealed).blocks.push(full);
        }
    }

    fn fill_block<N>(&mut self, block: &mut Block, next: &mut N) -> Result<bool>
    where
        N: FnMut(&mut Vec<Pos>) -> Option<Ref>,
    {
        let mut parents = Vec::new();
        while !block.is_full() {
            parents.clear();
            let Some(reference) = next(&mut parents) else {
                return Ok(false);
            };
            let (_, generation) = self.place_after(block, &reference, &parents)?;
            block.push(reference, generation, &parents);
            self.len += 1;
        }
        Ok(true)
    }

    /// As `place`, where `growing` is the block that grows.
    fn place_after(&self, growing: &Block, reference: &Ref, parents: &[Pos]) -> Result<(Pos, u32)> {
        let pos = Pos::after(self.len)?;
        let start = self.len - growing.len();
        let mut generation = 1;
        for &parent in parents {
            if parent >= pos {
                return Err(behind(reference, parent, pos));
            }
            let (block, slot) = match parent.get().checked_sub(start) {
                Some(slot) => (growing, slot as usize),
                None => self.slot(parent),
            };
            generation = generation.max(block.generation(slot) + 1);
        }
        Ok((pos, generation))
    }

    /// Bytes of the blocks and the labels.
    pub(in crate::graph) fn bytes(&self) -> usize {
        let sealed = self.sealed.blocks.iter().map(|block| block.bytes());
        let blocks = self.first.bytes() + sealed.sum::<usize>() + self.tail.bytes();
        blocks + self.reach.bytes()
    }

    #[inline]
    fn slot(&self, pos: Pos) -> (&Block, usize) {
        let Some(behind) = pos.get().checked_sub(self.first.len()) else {
            return (&self.first, pos.index());
        };
        let (number, slot) = ((behind / BLOCK) as usize, (behind % BLOCK) as usize);
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

fn behind(reference: &Ref, parent: Pos, pos: Pos) -> Error {
    let (parent, pos) = (parent.get(), pos.get());
    Error::Corrupt {
        message: format!("revision {reference} at {pos} has a parent at {parent}, not before it"),
        subject: Some(reference.to_string()),
    }
}
