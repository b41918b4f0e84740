//! Loading the graph index from the store: full chunks first, then the revisions after them.

use std::collections::BTreeMap;
use std::ops::Bound;

use heed::{RoTxn, WithoutTls};

use super::disk::Disk;
use super::files::fault::Fault;
use super::format::chunk::{self, CHUNK, first_of};
use super::format::tombstone::Remains;
use super::format::{key, record};
use crate::graph::{DeadBlock, Index, Pos};
use crate::{Ref, Result};

/// The tombstones of a block.
type Left = BTreeMap<Pos, Remains>;

impl Disk {
    /// Loads all that `index` lacks. Returns the chunks that are missing or damaged on disk.
    ///
    /// Costs some 60 ns a revision from chunks, 0.3 us from records.
    ///
    /// # Errors
    /// `Corrupt` if a revision's header is damaged, naming its position.
    pub(crate) fn load(
        &self,
        txn: &RoTxn<'_, WithoutTls>,
        index: &mut Index,
    ) -> Result<Vec<Pos>, Fault> {
        let next = self.next(txn)?;
        self.expect_numbered(txn, next)?; // before room is made for as many
        let mut damaged = Vec::new();
        index.reserve(next.saturating_sub(index.len()) as usize);
        while index.len() < next {
            damaged.extend(self.load_part(txn, next, index)?);
        }
        index.find_all()?;
        Ok(damaged)
    }

    /// Loads up to 4,096 more of the revisions below `next`, which is that of `txn`. Returns their chunk if it
    /// should exist and is missing or damaged.
    ///
    /// # Errors
    /// As `load`.
    pub(crate) fn load_some(
        &self,
        txn: &RoTxn<'_, WithoutTls>,
        next: u32,
        index: &mut Index,
    ) -> Result<Option<Pos>, Fault> {
        let damaged = self.load_part(txn, next, index);
        index.find_all()?; // after a failure too: the index may still be used
        damaged
    }

    /// As `load_some`, but revisions from a chunk cannot be found yet.
    fn load_part(
        &self,
        txn: &RoTxn<'_, WithoutTls>,
        next: u32,
        index: &mut Index,
    ) -> Result<Option<Pos>, Fault> {
        self.expect_numbered(txn, next)?;
        let first = Pos::new(index.len());
        let remains = self.take_in_dead_block(txn, first, index)?;
        let fills = first.get().is_multiple_of(CHUNK) && next - first.get() >= CHUNK;
        if fills && self.load_chunk(txn, first, &remains, index)? {
            return Ok(None);
        }
        let end = (first.get() / CHUNK + 1).saturating_mul(CHUNK).min(next);
        index.find_all()?;
        self.load_records(txn, (first, end), &remains, index)?;
        Ok(fills.then_some(first))
    }

    /// Passes if there are as many revisions below `next` as there should be.
    fn expect_numbered(&self, txn: &RoTxn<'_, WithoutTls>, next: u32) -> Result<(), Fault> {
        let missing = self.deletions(txn)?.missing;
        if self.tables.revisions.len(txn)?.saturating_add(u64::from(missing)) != u64::from(next) {
            return Err(self.corrupt("the numbers of its revisions have gaps").into());
        }
        Ok(())
    }

    /// Loads the dead revisions in the block of `pos`; returns their tombstones.
    fn take_in_dead_block(
        &self,
        txn: &RoTxn<'_, WithoutTls>,
        pos: Pos,
        index: &mut Index,
    ) -> Result<Left, Fault> {
        let first = first_of(pos);
        let Some(block) = self.dead_block(txn, first)? else {
            return Ok(Left::new());
        };
        if block.generation > self.deletions(txn)?.generation {
            return Err(self.corrupt("it counts fewer deletions than it has").into());
        }
        index.find_all()?;
        index.set_dead(first.get() / CHUNK, block);
        Ok(self.remains_from(txn, first)?.into_iter().collect())
    }

    /// Loads one chunk completely, or nothing of it if it is missing or damaged.
    fn load_chunk(
        &self,
        txn: &RoTxn<'_, WithoutTls>,
        first: Pos,
        remains: &Left,
        index: &mut Index,
    ) -> Result<bool, Fault> {
        if index.dead_block(first).is_some_and(DeadBlock::is_void) {
            (0..CHUNK).try_for_each(|_| index.push_deleted().map(|_| ()))?;
            return Ok(true);
        }
        let Some(value) = self.tables.graph.get(txn, &key(first))? else {
            return Ok(false);
        };
        let Some(mut decoder) = chunk::decode(first, value) else {
            return Ok(false);
        };
        if index.dead_block(first).is_some() {
            let mut parents = Vec::new();
            for _ in 0..CHUNK {
                match decoder.next(&mut parents) {
                    Some(reference) => place(index, remains, |_| Ok((reference, &parents)))?,
                    None => break,
                }
            }
        } else {
            let mut left = CHUNK;
            index.fill(|parents| {
                left = left.checked_sub(1)?;
                decoder.next(parents)
            })?;
        }
        if index.len() < first.get().saturating_add(CHUNK) {
            let what = "a chunk of the graph with the right sum is cut short";
            return Err(self.corrupt(what).into());
        }
        Ok(true)
    }

    fn load_records(
        &self,
        txn: &RoTxn<'_, WithoutTls>,
        (first, end): (Pos, u32),
        remains: &Left,
        index: &mut Index,
    ) -> Result<(), Fault> {
        self.check_leaves(txn, first, end)?;
        let mut parents = Vec::new();
        let (from, to) = (key(first), key(Pos::new(end)));
        let range = (Bound::Included(from.as_slice()), Bound::Excluded(to.as_slice()));
        let mut records = self.tables.revisions.range(txn, &range)?;
        let mut record = records.next().transpose()?;
        for pos in (first.get()..end).map(Pos::new) {
            let here = record.filter(|(found, _)| *found == key(pos));
            if here.is_some() {
                record = records.next().transpose()?;
            }
            place(index, remains, |index| {
                let what = || self.corrupt(&format!("the revision at position {}", pos.get()));
                let record = here.and_then(|(_, value)| record::decode(pos, value));
                let record = record.ok_or_else(what)?;
                parents.clear();
                parents.extend(record.parents());
                if index.next_generation(&record.reference, &parents)? != record.generation {
                    let what = format!("the generation of revision {}", record.reference);
                    return Err(self.corrupt(&what));
                }
                Ok((record.reference, &parents))
            })?;
        }
        Ok(())
    }
}

/// Appends the next position to the index: deleted, a tombstone, or the revision that `read` returns.
fn place<'p>(
    index: &mut Index,
    remains: &Left,
    read: impl FnOnce(&Index) -> Result<(Ref, &'p Vec<Pos>)>,
) -> Result<()> {
    let pos = Pos::new(index.len());
    if index.is_deleted(pos) {
        return index.push_deleted().map(|_| ());
    }
    if let Some(left) = remains.get(&pos) {
        let parents: Vec<Pos> = left.parents.iter().map(|(parent, _)| *parent).collect();
        return index.push_tombstone(left.reference, left.generation, &parents).map(|_| ());
    }
    let (reference, parents) = read(index)?;
    index.push(reference, parents).map(|_| ())
}
