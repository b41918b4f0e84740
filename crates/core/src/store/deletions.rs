//! Deletions in the file: their counts, and the dead revisions of a block.
//!
//! Byte by byte: `docs/format.md`, "Table `meta`".

use std::collections::BTreeSet;
use std::ops::Bound;
use std::sync::atomic::Ordering;

use heed::{RoTxn, RwTxn, WithoutTls};

use super::disk::Disk;
use super::files::fault::Fault;
use super::format::chunk::{CHUNK, first_of};
use super::format::deletions::{DELETIONS_KEY, DeletionCounts, compose, parse};
use super::format::gc_marks::{self, Marks};
use super::format::tombstone::{self, Remains};
use super::format::{FORMAT_KEY, FORMAT_VERSION, deleted, key, print};
use crate::Ref;
use crate::graph::{DeadBlock, Pos};

impl Disk {
    /// Reads the counts of deletions.
    pub(crate) fn deletions(&self, txn: &RoTxn<'_, WithoutTls>) -> Result<DeletionCounts, Fault> {
        let Some(value) = self.tables.meta.get(txn, DELETIONS_KEY)? else {
            return Ok(DeletionCounts::default());
        };
        parse(value).ok_or_else(|| self.corrupt("meta \"deletions\"").into())
    }

    /// Returns the number of revisions, including tombstones.
    pub(crate) fn count(&self, txn: &RoTxn<'_, WithoutTls>) -> Result<u32, Fault> {
        let mut deleted = 0_u32;
        for entry in self.tables.gone.rows(txn)? {
            let (first, value) = entry?;
            let block = deleted::decode(self.position_of(first)?, value);
            deleted = deleted.saturating_add(block.map_or(0, |block| block.count()));
        }
        Ok(self.next(txn)?.saturating_sub(deleted))
    }

    /// Writes the counts, and raises the format to the newest.
    pub(crate) fn put_deletions(
        &self,
        txn: &mut RwTxn<'_>,
        deletions: &DeletionCounts,
    ) -> Result<(), Fault> {
        self.raise_format(txn, FORMAT_VERSION)?;
        Ok(self.tables.meta.put(txn, DELETIONS_KEY, &compose(deletions))?)
    }

    /// Raises the format that the file names to this version, unless it names a newer one.
    pub(super) fn raise_format(&self, txn: &mut RwTxn<'_>, version: u32) -> Result<(), Fault> {
        let said =
            self.tables.meta.get(txn, FORMAT_KEY)?.and_then(|said| str::from_utf8(said).ok());
        if said.and_then(|said| said.parse::<u32>().ok()).is_some_and(|said| said >= version) {
            return Ok(());
        }
        self.raised.store(true, Ordering::Release);
        Ok(self.tables.meta.put(txn, FORMAT_KEY, version.to_string().as_bytes())?)
    }

    /// Writes the format into both of LMDB's states if the last commit raised it: where only one has it, an
    /// older version takes the file for damaged.
    pub(crate) fn settle_format(&self) -> crate::Result<()> {
        if self.raised.swap(false, Ordering::AcqRel) {
            self.write(|txn| self.stamp(txn))?;
        }
        Ok(())
    }

    /// Returns the dead revisions of the block that starts at `first`; `None` if it never had any.
    pub(crate) fn dead_block(
        &self,
        txn: &RoTxn<'_, WithoutTls>,
        first: Pos,
    ) -> Result<Option<DeadBlock>, Fault> {
        let Some(value) = self.tables.gone.get(txn, &key(first))? else {
            return Ok(None);
        };
        let mut block = deleted::decode(first, value).ok_or_else(|| {
            self.corrupt(&format!("the deleted revisions from position {}", first.get()))
        })?;
        for (pos, remains) in self.remains_from(txn, first)? {
            block.set_tombstone(pos.get() - first.get(), Some(remains.tombstone()));
        }
        Ok(Some(block))
    }

    /// Writes the dead revisions of a block, except its tombstones.
    pub(crate) fn put_dead_block(
        &self,
        txn: &mut RwTxn<'_>,
        first: Pos,
        block: &DeadBlock,
    ) -> Result<(), Fault> {
        Ok(self.tables.gone.put(txn, &key(first), &deleted::encode(first, block))?)
    }

    /// Returns the blocks that deletions after `generation` changed, by their first positions, ascending.
    pub(crate) fn dead_since(
        &self,
        txn: &RoTxn<'_, WithoutTls>,
        generation: u64,
    ) -> Result<Vec<(Pos, DeadBlock)>, Fault> {
        let mut changed = Vec::new();
        for entry in self.tables.gone.rows(txn)? {
            let (first, value) = entry?;
            if deleted::generation(value).is_none_or(|number| number > generation) {
                let first = self.position_of(first)?;
                changed.extend(self.dead_block(txn, first)?.map(|block| (first, block)));
            }
        }
        Ok(changed)
    }

    /// Returns the tombstone at `pos`.
    pub(crate) fn remains(
        &self,
        txn: &RoTxn<'_, WithoutTls>,
        pos: Pos,
    ) -> Result<Option<Remains>, Fault> {
        let Some(value) = self.tables.dead.get(txn, &key(pos))? else {
            return Ok(None);
        };
        Ok(Some(tombstone::decode(pos, value).ok_or_else(|| self.damaged_tombstone(pos))?))
    }

    /// Writes or removes the tombstone at `pos`.
    pub(crate) fn put_remains(
        &self,
        txn: &mut RwTxn<'_>,
        pos: Pos,
        remains: Option<&Remains>,
    ) -> Result<(), Fault> {
        match remains {
            Some(remains) => {
                self.raise_format(txn, FORMAT_VERSION)?;
                self.tables.dead.put(txn, &key(pos), &remains.encode(pos))?;
            }
            None => drop(self.tables.dead.delete(txn, &key(pos))?),
        }
        Ok(())
    }

    /// Returns the tombstones of the block that starts at `first`, by position.
    pub(crate) fn remains_from(
        &self,
        txn: &RoTxn<'_, WithoutTls>,
        first: Pos,
    ) -> Result<Vec<(Pos, Remains)>, Fault> {
        let end = key(Pos::new(first.get().saturating_add(CHUNK)));
        let range = (Bound::Included(&key(first)[..]), Bound::Excluded(&end[..]));
        let mut all = Vec::new();
        for entry in self.tables.dead.range(txn, &range)? {
            let (found, value) = entry?;
            let pos = self.position_of(found)?;
            all.push((
                pos,
                tombstone::decode(pos, value).ok_or_else(|| self.damaged_tombstone(pos))?,
            ));
        }
        Ok(all)
    }

    /// Returns the times at which revisions were first found unreachable, by position.
    pub(crate) fn marks(&self, txn: &RoTxn<'_, WithoutTls>) -> Result<Marks, Fault> {
        let mut marks = Marks::new();
        for entry in self.tables.marks.rows(txn)? {
            let (first, value) = entry?;
            gc_marks::decode(self.position_of(first)?, value, &mut marks);
        }
        Ok(marks)
    }

    /// Returns the time of one revision's mark.
    pub(crate) fn mark(&self, txn: &RoTxn<'_, WithoutTls>, pos: Pos) -> Result<Option<u64>, Fault> {
        let first = first_of(pos);
        let mut marks = Marks::new();
        if let Some(value) = self.tables.marks.get(txn, &key(first))? {
            gc_marks::decode(first, value, &mut marks);
        }
        Ok(marks.get(&pos.get()).copied())
    }

    /// Writes the marks of the blocks in which `new` differs from `old`.
    pub(super) fn put_changed_marks(
        &self,
        txn: &mut RwTxn<'_>,
        old: &Marks,
        new: &Marks,
    ) -> Result<(), Fault> {
        let differs = |(pos, time): (&u32, &u64), other: &Marks| other.get(pos) != Some(time);
        let lost = old.iter().filter(|&mark| differs(mark, new));
        let made = new.iter().filter(|&mark| differs(mark, old));
        let blocks = lost.chain(made).map(|(pos, _)| first_of(Pos::new(*pos)));
        let blocks: BTreeSet<Pos> = blocks.collect();
        self.put_marks(txn, &Vec::from_iter(blocks), new)
    }

    /// Writes the marks of the blocks that start at `blocks` from `marks`.
    pub(crate) fn put_marks(
        &self,
        txn: &mut RwTxn<'_>,
        blocks: &[Pos],
        marks: &Marks,
    ) -> Result<(), Fault> {
        for &first in blocks {
            let range = first.get()..first.get().saturating_add(CHUNK);
            let own = marks.range(range).map(|(pos, time)| (*pos, *time)).collect();
            match gc_marks::encode(first, &own) {
                Some(value) => self.tables.marks.put(txn, &key(first), &value)?,
                None => drop(self.tables.marks.delete(txn, &key(first))?),
            }
        }
        if blocks.is_empty() { Ok(()) } else { self.stamp(txn) }
    }

    /// Removes the marks of some revisions.
    pub(crate) fn unmark(&self, txn: &mut RwTxn<'_>, fresh: &[Pos]) -> Result<(), Fault> {
        for &pos in fresh {
            let first = first_of(pos);
            let mut marks = Marks::new();
            if let Some(value) = self.tables.marks.get(txn, &key(first))? {
                gc_marks::decode(first, value, &mut marks);
            }
            if marks.remove(&pos.get()).is_some() {
                self.put_marks(txn, &[first], &marks)?;
            }
        }
        Ok(())
    }

    /// Whether a revision was cut away with the history older than a horizon.
    pub(crate) fn was_cut(
        &self,
        txn: &RoTxn<'_, WithoutTls>,
        reference: &Ref,
    ) -> Result<bool, Fault> {
        Ok(self.tables.cut.get(txn, &print(reference))?.is_some())
    }

    /// Records that a revision was cut away.
    pub(crate) fn put_cut(&self, txn: &mut RwTxn<'_>, reference: &Ref) -> Result<(), Fault> {
        Ok(self.tables.cut.put(txn, &print(reference), &[])?)
    }

    /// Removes the records of all revisions that were cut away.
    pub(crate) fn clear_cuts(&self, txn: &mut RwTxn<'_>) -> Result<(), Fault> {
        if !self.tables.cut.is_empty(txn)? {
            self.tables.cut.clear(txn)?;
            self.stamp(txn)?;
        }
        Ok(())
    }

    /// Records the revisions that another database cut away, by their prints.
    pub(crate) fn put_cuts(&self, txn: &mut RwTxn<'_>, prints: &[[u8; 8]]) -> Result<(), Fault> {
        prints.iter().try_for_each(|print| Ok(self.tables.cut.put(txn, print, &[])?))
    }

    fn damaged_tombstone(&self, pos: Pos) -> crate::Error {
        self.corrupt(&format!("the tombstone at position {}", pos.get()))
    }
}
