//! Dead: the positions whose revisions were deleted, and what is left of those that others name.
//!
//! A position never gets another revision. One is *deleted* where nothing is left of it, and a *tombstone*
//! where its place in the history is kept: its data was erased, or what stands below it was cut away.
//! Shared by snapshots, a block for each of the graph's, replaced whole.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::error::Error;
use crate::graph::index::block::BLOCK;
use crate::graph::index::pos::Pos;
use crate::refs::Ref;

const WORDS: usize = BLOCK as usize / 64;

/// Why a revision is a tombstone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// Its data was erased. Its ancestors are what they were.
    Erased,
    /// Pruned with the history that was older than a horizon: it stands at the boundary.
    Cut,
    /// Its data came again; what was cut away below it did not.
    Filled,
    /// Its data was erased in another database, from which its place came: not the data, which is taken in
    /// wherever it comes from.
    Elsewhere,
    /// Erased in this database, and then at the boundary of what was cut away.
    ErasedAndCut,
}

impl Loss {
    /// The error of who needs the data of a revision that was lost so.
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

    /// Whether the revision stands at the boundary of what was cut away, without its data.
    pub const fn is_cut(self) -> bool {
        matches!(self, Self::Cut | Self::ErasedAndCut)
    }

    /// Whether this database erased the data, so that it stays erased for what comes from elsewhere.
    pub const fn is_own_erasure(self) -> bool {
        matches!(self, Self::Erased | Self::ErasedAndCut)
    }

    /// The same, pruned with the history that was older than a horizon.
    #[must_use]
    pub const fn cut(self) -> Self {
        if self.is_own_erasure() { Self::ErasedAndCut } else { Self::Cut }
    }

    /// Whether history may have been cut away below.
    const fn casts_shadow(self) -> bool {
        matches!(self, Self::Cut | Self::Filled | Self::ErasedAndCut)
    }
}

/// A tombstone as the graph knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tombstone {
    /// Why.
    pub loss: Loss,
    /// The refs of its parents, in order, also of those that are deleted.
    pub parents: Arc<[Ref]>,
}

/// The dead of 4,096 consecutive positions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeadBlock {
    /// Of all deletions, the one that changed the block last.
    pub generation: u64,
    deleted: Option<Box<[u64; WORDS]>>,
    tombstones: BTreeMap<u32, Tombstone>,
}

impl DeadBlock {
    /// A block that a deletion is about to change, without dead.
    pub fn new(generation: u64) -> Self {
        Self { generation, ..Self::default() }
    }

    /// Whether the slot is deleted.
    pub fn is_deleted(&self, slot: u32) -> bool {
        let word = self.deleted.as_ref().and_then(|deleted| deleted.get(slot as usize / 64));
        word.is_some_and(|word| word >> (slot % 64) & 1 == 1)
    }

    /// The tombstone at a slot.
    pub fn tombstone(&self, slot: u32) -> Option<&Tombstone> {
        self.tombstones.get(&slot)
    }

    /// The tombstones by slot, ascending.
    pub fn tombstones(&self) -> impl Iterator<Item = (u32, &Tombstone)> {
        self.tombstones.iter().map(|(slot, tombstone)| (*slot, tombstone))
    }

    /// The slots that are deleted, ascending.
    pub fn deleted(&self) -> impl Iterator<Item = u32> {
        (0..BLOCK).filter(|&slot| self.is_deleted(slot))
    }

    /// How many slots are deleted.
    pub fn count(&self) -> u32 {
        self.deleted
            .as_ref()
            .map_or(0, |deleted| deleted.iter().map(|word| word.count_ones()).sum())
    }

    /// Whether all slots are deleted.
    pub fn is_void(&self) -> bool {
        self.deleted.as_ref().is_some_and(|deleted| deleted.iter().all(|&word| word == u64::MAX))
    }

    /// One above the highest slot below which history was cut away; 0 where there is none.
    fn shadow(&self) -> u32 {
        let cut = self.tombstones.iter().filter(|(_, tombstone)| tombstone.loss.casts_shadow());
        cut.map(|(slot, _)| slot + 1).max().unwrap_or(0)
    }

    /// Leaves nothing at a slot, whatever was there.
    pub fn delete(&mut self, slot: u32) {
        self.tombstones.remove(&slot);
        let deleted = self.deleted.get_or_insert_with(|| Box::new([0; WORDS]));
        if let Some(word) = deleted.get_mut(slot as usize / 64) {
            *word |= 1 << (slot % 64);
        }
    }

    /// Makes a slot a tombstone, or with `None` whole again.
    pub fn set_tombstone(&mut self, slot: u32, tombstone: Option<Tombstone>) {
        match tombstone {
            Some(tombstone) => drop(self.tombstones.insert(slot, tombstone)),
            None => drop(self.tombstones.remove(&slot)),
        }
    }
}

/// The dead of a graph, by block.
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

    /// From this position on nothing was cut away: no revision that is deleted stands there and is named by
    /// one that is left. 0 where nothing was cut away at all.
    #[inline]
    pub fn shadow(&self) -> u32 {
        self.shadow
    }

    /// The dead of a block, where there are some.
    #[inline]
    pub fn block(&self, number: u32) -> Option<&DeadBlock> {
        self.blocks.get(number as usize)?.as_deref()
    }

    /// Whether nothing is left at `pos`.
    #[inline]
    pub fn is_deleted(&self, pos: Pos) -> bool {
        !self.is_empty() && self.block_of(pos).is_some_and(|block| block.is_deleted(slot(pos)))
    }

    /// The tombstone at `pos`.
    #[inline]
    pub fn tombstone(&self, pos: Pos) -> Option<&Tombstone> {
        if self.is_empty() {
            return None;
        }
        self.block_of(pos)?.tombstone(slot(pos))
    }

    /// The blocks with dead, ascending.
    pub fn blocks(&self) -> impl Iterator<Item = (u32, &DeadBlock)> {
        (0..).zip(&self.blocks).filter_map(|(number, block)| Some((number, block.as_deref()?)))
    }

    /// The tombstones below which history was cut away, ascending.
    pub fn cut_tombstones(&self) -> impl Iterator<Item = Pos> + '_ {
        self.blocks().flat_map(|(number, block)| {
            let cut = block.tombstones().filter(|(_, tombstone)| tombstone.loss.casts_shadow());
            cut.map(move |(slot, _)| Pos::new(number.saturating_mul(BLOCK).saturating_add(slot)))
        })
    }

    /// The tombstones of data that was erased, ascending: here and elsewhere, or only elsewhere.
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

    /// A number that is another one after any deletion, and after what was deleted came again.
    pub fn version(&self) -> u64 {
        self.blocks().fold(0, |sum, (_, block)| sum.wrapping_add(block.generation))
    }

    /// Takes the newer state of a block over; an older one changes nothing.
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

/// The place of a position in its block.
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
