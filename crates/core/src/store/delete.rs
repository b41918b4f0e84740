//! A deletion in progress: the positions that one transaction marks dead, and the counts that change with it.
//!
//! From its commit on, a dead revision is not found. Its record may stay until it is swept. So deleting
//! millions of revisions takes one short transaction, and many others free the pages: LMDB keeps the pages that
//! one transaction frees in one list, which the next ones carry along.

use std::collections::BTreeMap;

use heed::RwTxn;

use super::disk::Disk;
use super::files::fault::Fault;
use super::format::chunk::{CHUNK, first_of};
use super::format::deletions::DeletionCounts;
use super::format::tombstone::Remains;
use super::format::{FORMAT_VERSION, key, record};
use super::transaction::{Dead, Doomed};
use crate::graph::{DeadBlock, Graph, Loss, Pos};
use crate::write::{Changes, Staged, Swept};

/// The content of a position in another database.
pub(crate) enum Planted<'a> {
    Whole(Staged<'a>),
    Tombstone(&'a Remains),
    Deleted,
}

/// At most this many records are removed by one transaction.
const MOST_RECORDS: u32 = 4096;
/// One transaction removes no more records once it has removed this many bytes.
const MOST_BYTES: u64 = 8 << 20;

/// A deletion in progress.
pub(super) struct Deletion<'d> {
    disk: &'d Disk,
    deletions: DeletionCounts,
    blocks: BTreeMap<Pos, DeadBlock>,
}

impl<'d> Deletion<'d> {
    /// Begins a deletion.
    fn begin(disk: &'d Disk, txn: &RwTxn<'_>) -> Result<Self, Fault> {
        let mut deletions = disk.deletions(txn)?;
        deletions.generation += 1;
        deletions.next = disk.next(txn)?;
        Ok(Self { disk, deletions, blocks: BTreeMap::new() })
    }

    /// Deletes the revision at `pos` and its place.
    fn delete(&mut self, txn: &mut RwTxn<'_>, pos: Pos) -> Result<(), Fault> {
        if self.has_record(txn, pos)? {
            self.deletions.unswept += 1;
        }
        self.disk.put_remains(txn, pos, None)?;
        self.block(txn, pos)?.delete(pos.get() % CHUNK);
        Ok(())
    }

    /// Replaces the revision at `pos` with a tombstone.
    fn keep_place(
        &mut self,
        txn: &mut RwTxn<'_>,
        pos: Pos,
        remains: &Remains,
    ) -> Result<(), Fault> {
        if self.has_record(txn, pos)? {
            self.deletions.unswept += 1;
        }
        self.put_tombstone(txn, pos, Some(remains))
    }

    /// Removes the record of a dead position at once.
    fn remove(&mut self, txn: &mut RwTxn<'_>, pos: Pos) -> Result<(), Fault> {
        self.disk.check_leaves(txn, pos, pos.get())?;
        if self.disk.tables.revisions.delete(txn, &key(pos))? {
            self.deletions.unswept -= 1;
            self.deletions.missing += 1;
        }
        Ok(())
    }

    /// Notes that the record at `pos`, which had a tombstone, was just written again. `remains` is the
    /// tombstone that it still needs.
    fn revive(
        &mut self,
        txn: &mut RwTxn<'_>,
        pos: Pos,
        had_record: bool,
        remains: Option<&Remains>,
    ) -> Result<(), Fault> {
        if had_record {
            self.deletions.unswept -= 1;
        } else {
            self.deletions.missing -= 1;
        }
        self.put_tombstone(txn, pos, remains)
    }

    /// Writes the changed blocks and counts.
    pub(super) fn end(self, txn: &mut RwTxn<'_>) -> Result<Dead, Fault> {
        let Self { disk, deletions, blocks } = self;
        for (first, block) in &blocks {
            disk.put_dead_block(txn, *first, block)?;
        }
        disk.put_deletions(txn, &deletions)?;
        disk.stamp(txn)?;
        let DeletionCounts { generation, unswept, .. } = deletions;
        Ok(Dead { generation, unswept, blocks: blocks.into_iter().collect(), bytes: 0 })
    }

    fn put_tombstone(
        &mut self,
        txn: &mut RwTxn<'_>,
        pos: Pos,
        remains: Option<&Remains>,
    ) -> Result<(), Fault> {
        self.disk.put_remains(txn, pos, remains)?;
        self.block(txn, pos)?.set_tombstone(pos.get() % CHUNK, remains.map(Remains::tombstone));
        Ok(())
    }

    /// Whether the position is not dead yet, and so has a record.
    fn has_record(&mut self, txn: &RwTxn<'_>, pos: Pos) -> Result<bool, Fault> {
        let slot = pos.get() % CHUNK;
        let block = self.block(txn, pos)?;
        let is_dead = block.is_deleted(slot)
            || block.tombstone(slot).is_some_and(|tombstone| tombstone.loss.is_of_data());
        Ok(!is_dead)
    }

    fn block(&mut self, txn: &RwTxn<'_>, pos: Pos) -> Result<&mut DeadBlock, Fault> {
        let first = first_of(pos);
        let generation = self.deletions.generation;
        if !self.blocks.contains_key(&first) {
            let mut block = self.disk.dead_block(txn, first)?.unwrap_or_default();
            block.generation = generation;
            self.blocks.insert(first, block);
        }
        Ok(self.blocks.entry(first).or_default())
    }
}

impl Disk {
    /// Deletes revisions in one transaction.
    pub(super) fn delete(&self, txn: &mut RwTxn<'_>, doomed: &Doomed<'_>) -> Result<Dead, Fault> {
        let mut goes = doomed.deleted.clone();
        goes.extend(doomed.tombstones.iter().map(|(pos, _)| *pos));
        goes.sort_unstable();
        self.base_anew(txn, &goes)?;
        let mut deletion = Deletion::begin(self, txn)?;
        for (pos, remains) in &doomed.tombstones {
            deletion.keep_place(txn, *pos, remains)?;
            if doomed.at_once {
                deletion.remove(txn, *pos)?;
            }
        }
        for &pos in &doomed.deleted {
            deletion.delete(txn, pos)?;
        }
        let mut cut = doomed.cut.clone();
        cut.sort_unstable(); // filling a tree in order takes a fraction of the time
        for reference in cut {
            self.put_cut(txn, reference)?;
        }
        deletion.end(txn)
    }

    /// Writes tombstones for those revisions after `graph` that have no data. A commit uses one `deletion`,
    /// begun here if there is none.
    pub(super) fn append_erased<'d>(
        &'d self,
        txn: &mut RwTxn<'_>,
        graph: &Graph,
        changes: &Changes<'_>,
        deletion: &mut Option<Deletion<'d>>,
    ) -> Result<(), Fault> {
        let next = graph.len() + u32::try_from(changes.staged.len()).unwrap_or(u32::MAX);
        for (pos, revision) in (graph.len()..).map(Pos::new).zip(&changes.staged) {
            let Some(remains) = revision.remains(changes.ref_at(graph)) else { continue };
            let deletion = match deletion {
                Some(deletion) => deletion,
                None => deletion.insert(Deletion::begin(self, txn)?),
            };
            deletion.deletions.next = next;
            deletion.deletions.missing += 1;
            deletion.put_tombstone(txn, pos, Some(&remains))?;
        }
        Ok(())
    }

    /// Writes the positions of another database that start at `first`, the next position here. Keeps the
    /// positions.
    pub(crate) fn plant(
        &self,
        txn: &mut RwTxn<'_>,
        first: Pos,
        planted: &[Planted<'_>],
    ) -> Result<(), Fault> {
        self.raise_format(txn, FORMAT_VERSION)?;
        let (mut value, mut out) = (Vec::new(), Vec::new());
        let mut deletion = Deletion::begin(self, txn)?;
        deletion.deletions.next =
            first.get().saturating_add(u32::try_from(planted.len()).unwrap_or(u32::MAX));
        for (pos, planted) in (first.get()..).map(Pos::new).zip(planted) {
            match planted {
                Planted::Whole(revision) => {
                    let body = self.deltas.whole(revision.payload, &mut out)?;
                    self.append_record(txn, (pos, revision), &body, &mut value)?;
                    continue;
                }
                Planted::Tombstone(remains) => deletion.put_tombstone(txn, pos, Some(remains))?,
                Planted::Deleted => deletion.block(txn, pos)?.delete(pos.get() % CHUNK),
            }
            deletion.deletions.missing += 1;
        }
        let next = deletion.deletions.next;
        deletion.end(txn)?;
        self.put_bases(txn, first.get(), next)
    }

    /// Notes that a record was just written again. Does nothing if it was not deleted. A commit uses one
    /// `deletion`, begun here if there is none, so that a block is read once.
    pub(super) fn revive<'d>(
        &'d self,
        txn: &mut RwTxn<'_>,
        graph: &Graph,
        pos: Pos,
        had_record: bool,
        deletion: &mut Option<Deletion<'d>>,
    ) -> Result<(), Fault> {
        let Some(remains) = self.remains(txn, pos)?.filter(|remains| remains.loss.is_of_data())
        else {
            return Ok(());
        };
        let is_cut = graph.parents(pos).any(|parent| graph.dead().is_deleted(parent));
        let filled = is_cut.then_some(Remains { loss: Loss::Filled, ..remains.without_meta() });
        let deletion = match deletion {
            Some(deletion) => deletion,
            None => deletion.insert(Deletion::begin(self, txn)?),
        };
        deletion.revive(txn, pos, had_record, filled.as_ref())
    }

    /// Removes some records of dead positions, starting at `start`, and chunks of which nothing is left.
    pub(crate) fn sweep(&self, txn: &mut RwTxn<'_>, start: u32) -> Result<Swept, Fault> {
        let mut deletions = self.deletions(txn)?;
        let mut swept = Swept { next: start, ..Swept::default() };
        while deletions.unswept > 0
            && swept.records < MOST_RECORDS
            && swept.bytes < MOST_BYTES
            && swept.next < deletions.next
        {
            let (end, doomed) =
                self.doomed(txn, Pos::new(swept.next), MOST_RECORDS - swept.records)?;
            for (pos, bytes) in doomed {
                self.tables.revisions.delete(txn, &key(pos))?;
                deletions.unswept = deletions.unswept.saturating_sub(1);
                deletions.missing += 1;
                swept.records += 1;
                swept.bytes += bytes;
                swept.next = pos.get() + 1;
                if swept.bytes >= MOST_BYTES {
                    break;
                }
            }
            if swept.records < MOST_RECORDS && swept.bytes < MOST_BYTES {
                swept.next = end;
            }
        }
        if swept.records > 0 {
            self.put_deletions(txn, &deletions)?;
            self.stamp(txn)?;
        }
        swept.left = deletions.unswept;
        Ok(swept)
    }

    /// Returns at most `most` dead positions with a record, from `start` to the end of its block, with the
    /// bytes of their data; and where the block ends.
    fn doomed(
        &self,
        txn: &mut RwTxn<'_>,
        start: Pos,
        most: u32,
    ) -> Result<(u32, Vec<(Pos, u64)>), Fault> {
        let first = first_of(start);
        let end = first.get().saturating_add(CHUNK);
        let Some(block) = self.dead_block(txn, first)? else {
            return Ok((end, Vec::new()));
        };
        if block.is_void() {
            self.tables.graph.delete(txn, &key(first))?;
        }
        self.check_leaves(txn, start, end)?;
        let mut doomed = Vec::new();
        let (from, to) = (key(start), key(Pos::new(end)));
        let range = (std::ops::Bound::Included(&from[..]), std::ops::Bound::Excluded(&to[..]));
        for entry in self.tables.revisions.range(txn, &range)? {
            let (found, value) = entry?;
            let pos = self.position_of(found)?;
            let slot = pos.get() % CHUNK;
            let tombstone = block.tombstone(slot);
            if block.is_deleted(slot)
                || tombstone.is_some_and(|tombstone| tombstone.loss.is_of_data())
            {
                let data = record::decode(pos, value).map_or(value.len(), |r| r.body.length);
                doomed.push((pos, data as u64));
            }
            if doomed.len() >= most as usize {
                break;
            }
        }
        Ok((end, doomed))
    }
}
