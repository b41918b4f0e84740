//! Dead: the positions whose revisions were deleted, and the tombstones of those that others name.
//!
//! A position is never used for another revision. It is *deleted* if nothing is left of its revision. It is a
//! *tombstone* if the revision keeps its place in the history: its data was erased, or the history below it was
//! cut away. Snapshots share the dead, in blocks as those of the graph, which are replaced as a whole.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::error::Error;
use crate::graph::index::block::BLOCK;
use crate::graph::index::pos::Pos;
use crate::refs::Ref;

const WORDS: usize = BLOCK as usize / 64;

/// The reason why a revision is a tombstone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// Its data was erased. Its ancestors are unchanged.
    Erased,
    /// Pruned with the history older than a horizon; it is at the boundary.
    Cut,
    /// Its data came again; the history that was cut away below it did not.
    Filled,
    /// Its data was erased in another database, and only its place came from there. The data is accepted from
    /// wherever it comes.
    Elsewhere,
    /// Erased in this database, and later at the boundary of what was cut away.
    ErasedAndCut,
}

impl Loss {
    /// Returns the error for a call that needs the data of a revision lost in this way.
    pub(crate) fn error(self, reference: &Ref) -> Error {
        let elsewhere = match self {
            Self::Erased => "",
            Self::Elsewhere => " where it came from, and has not come since",
            Self::Cut | Self::ErasedAndCut | Self::Filled => return Error::cut(reference),
        };
        let message = format!("the data of revision {reference} was erased (by erase){elsewhere}");
        Error::Shallow { message, subject: Some(reference.to_string()) }
    }

    /// Whether the data is missing.
    pub const fn is_of_data(self) -> bool {
        !matches!(self, Self::Filled)
    }

    /// Whether the revision is at the boundary of what was cut away, without its data.
    pub const fn is_cut(self) -> bool {
        matches!(self, Self::Cut | Self::ErasedAndCut)
    }

    /// Whether this database erased the data, so that it is not accepted from elsewhere.
    pub const fn is_own_erasure(self) -> bool {
        matches!(self, Self::Erased | Self::ErasedAndCut)
    }

    /// Returns the loss after pruning with the history older than a horizon.
    #[must_use]
    pub const fn cut(self) -> Self {
        if self.is_own_erasure() { Self::ErasedAndCut } else { Self::Cut }
    }

    /// Whether history may have been cut away below.
    const fn casts_shadow(self) -> bool {
        matches!(self, Self::Cut | Self::Filled | Self::ErasedAndCut)
    }
}

/// A tombstone in the graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tombstone {
    /// The reason for it.
    pub loss: Loss,
    /// The refs of its parents, in order, including deleted ones.
    pub parents: Arc<[Ref]>,
}

/// The dead revisions of 4,096 consecutive positions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeadBlock {
    /// The number of the last deletion that changed the block.
    pub generation: u64,
    deleted: Option<Box<[u64; WORDS]>>,
    tombstones: BTreeMap<u32, Tombstone>,
}

impl DeadBlock {
    /// An empty block, about to be changed by the deletion with this number.
    pub fn new(generation: u64) -> Self {
        Self { generation, ..Self::default() }
    }

    /// Whether the slot is deleted.
    pub fn is_deleted(&self, slot: u32) -> bool {
        let word = self.deleted.as_ref().and_then(|deleted| deleted.get(slot as usize / 64));
        word.is_some_and(|word| word >> (slot % 64) & 1 == 1)
    }

    /// Returns the tombstone at a slot.
    pub fn tombstone(&self, slot: u32) -> Option<&Tombstone> {
        self.tombstones.get(&slot)
    }

    /// Returns the tombstones by slot, ascending.
    pub fn tombstones(&self) -> impl Iterator<Item = (u32, &Tombstone)> {
        self.tombstones.iter().map(|(slot, tombstone)| (*slot, tombstone))
    }

    /// Returns the deleted slots, ascending.
    pub fn deleted(&self) -> impl Iterator<Item = u32> {
        (0..BLOCK).filter(|&slot| self.is_deleted(slot))
    }

    /// Returns the number of deleted slots.
    pub fn count(&self) -> u32 {
        self.deleted
            .as_ref()
            .map_or(0, |deleted| deleted.iter().map(|word| word.count_ones()).sum())
    }

    /// Whether all slots are deleted.
    pub fn is_void(&self) -> bool {
        self.deleted.as_ref().is_some_and(|deleted| deleted.iter().all(|&word| word == u64::MAX))
    }

    /// One above the highest slot below which history was cut away; 0 if there is none.
    fn shadow(&self) -> u32 {
        let cut = self.tombstones.iter().filter(|(_, tombstone)| tombstone.loss.casts_shadow());
        cut.map(|(slot, _)| slot + 1).max().unwrap_or(0)
    }

    /// Deletes a slot completely.
    pub fn delete(&mut self, slot: u32) {
        self.tombstones.remove(&slot);
        let deleted = self.deleted.get_or_insert_with(|| Box::new([0; WORDS]));
        if let Some(word) = deleted.get_mut(slot as usize / 64) {
            *word |= 1 << (slot % 64);
        }
    }

    /// Makes a slot a tombstone, or whole again with `None`.
    pub fn set_tombstone(&mut self, slot: u32, tombstone: Option<Tombstone>) {
        match tombstone {
            Some(tombstone) => drop(self.tombstones.insert(slot, tombstone)),
            None => drop(self.tombstones.remove(&slot)),
        }
    }
}

/// The dead revisions of a graph, by block.
#[derive(Debug, Clone, Default)]
pub struct Dead {
    blocks: Vec<Option<Arc<DeadBlock>>>,
    shadow: u32,
}

impl Dead {
    /// Whether there is none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// Returns the position from which on nothing was cut away: at or above it there is no deleted revision
    /// that an existing one names. 0 if nothing was cut away at all.
    #[inline]
    pub fn shadow(&self) -> u32 {
        self.shadow
    }

    /// Returns the dead revisions of a block, if it has any.
    #[inline]
    pub fn block(&self, number: u32) -> Option<&DeadBlock> {
        self.blocks.get(number as usize)?.as_deref()
    }

    /// Whether nothing is left at `pos`.
    #[inline]
    pub fn is_deleted(&self, pos: Pos) -> bool {
        !self.is_empty() && self.block_of(pos).is_some_and(|block| block.is_deleted(slot(pos)))
    }

    /// Returns the tombstone at `pos`.
    #[inline]
    pub fn tombstone(&self, pos: Pos) -> Option<&Tombstone> {
        if self.is_empty() {
            return None;
        }
        self.block_of(pos)?.tombstone(slot(pos))
    }

    /// Returns the blocks with dead revisions, ascending.
    pub fn blocks(&self) -> impl Iterator<Item = (u32, &DeadBlock)> {
        (0..).zip(&self.blocks).filter_map(|(number, block)| Some((number, block.as_deref()?)))
    }

    /// Returns the tombstones below which history was cut away, ascending.
    pub fn cut_tombstones(&self) -> impl Iterator<Item = Pos> + '_ {
        self.blocks().flat_map(|(number, block)| {
            let cut = block.tombstones().filter(|(_, tombstone)| tombstone.loss.casts_shadow());
            cut.map(move |(slot, _)| Pos::new(number.saturating_mul(BLOCK).saturating_add(slot)))
        })
    }

    /// Returns the tombstones of erased data, ascending: all, or only those erased elsewhere.
    pub fn erased(&self, only_elsewhere: bool) -> impl Iterator<Item = Pos> + '_ {
        self.blocks().flat_map(move |(number, block)| {
            let found = block.tombstones().filter(move |(_, tombstone)| match tombstone.loss {
                Loss::Elsewhere => true,
                Loss::Erased => !only_elsewhere,
                Loss::Cut | Loss::Filled | Loss::ErasedAndCut => false,
            });
            found.map(move |(slot, _)| Pos::new(number.saturating_mul(BLOCK).saturating_add(slot)))
        })
    }

    /// Returns a number that changes after any deletion, and after deleted data came again.
    pub fn version(&self) -> u64 {
        self.blocks().fold(0, |sum, (_, block)| sum.wrapping_add(block.generation))
    }

    /// Replaces the state of a block with a newer one; an older one changes nothing.
    pub(in crate::graph) fn replace(&mut self, number: u32, block: DeadBlock) {
        let at = number as usize;
        if self.blocks.len() <= at {
            self.blocks.resize(at + 1, None);
        }
        if let Some(place) = self.blocks.get_mut(at)
            && place.as_ref().is_none_or(|old| old.generation < block.generation)
        {
            *place = Some(Arc::new(block));
        }
        let cut = self.blocks().filter(|(_, block)| block.shadow() > 0);
        let highest = cut.last().map(|(number, block)| number * BLOCK + block.shadow());
        self.shadow = highest.unwrap_or(0);
    }

    fn block_of(&self, pos: Pos) -> Option<&DeadBlock> {
        self.block(pos.get() / BLOCK)
    }
}

/// The slot of a position in its block.
const fn slot(pos: Pos) -> u32 {
    pos.get() % BLOCK
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_whole_or_a_tombstone_or_gone_for_good() {
        let mut block = DeadBlock::new(1);
        let tombstone = Tombstone { loss: Loss::Erased, parents: Arc::new([]) };
        block.set_tombstone(65, Some(tombstone.clone()));
        block.delete(4095);
        assert_eq!((block.tombstone(65), block.is_deleted(65)), (Some(&tombstone), false));
        block.delete(65);
        assert_eq!((block.tombstone(65), block.is_deleted(65)), (None, true));
        assert_eq!(block.deleted().collect::<Vec<_>>(), [65, 4095]);
        assert!(!block.is_void());
        (0..BLOCK).for_each(|slot| block.delete(slot));
        assert!(block.is_void());
    }

    #[test]
    fn an_older_state_of_a_block_does_not_replace_a_newer_one() {
        let mut dead = Dead::default();
        let mut newer = DeadBlock::new(2);
        newer.delete(3);
        dead.replace(1, newer);
        dead.replace(1, DeadBlock::new(1));
        assert!(dead.is_deleted(Pos::new(BLOCK + 3)));
        assert!(!dead.is_deleted(Pos::new(3)) && !dead.is_deleted(Pos::new(9 * BLOCK)));
    }
}
