//! Filling the graph index from the store: whole chunks first, then the revisions behind them.

use std::ops::Bound;

use heed::{RoTxn, WithoutTls};

use super::disk::{Disk, Fault};
use super::{CHUNK, chunk, key, record};
use crate::Result;
use crate::graph::{Index, Pos};

impl Disk {
    /// Takes in all that `index` lacks. Returns the chunks that are missing or damaged on disk.
    ///
    /// Costs some 60 ns a revision from chunks, 0.3 us from records.
    ///
    /// # Errors
    /// `Corrupt` where a revision's header is damaged, naming its position.
    pub(crate) fn load(
        &self,
        txn: &RoTxn<'_, WithoutTls>,
        index: &mut Index,
    ) -> Result<Vec<Pos>, Fault> {
        let next = self.next(txn)?;
        let mut damaged = Vec::new();
        index.reserve(next.saturating_sub(index.len()) as usize);
        while index.len() < next {
            damaged.extend(self.load_some(txn, next, index)?);
        }
        Ok(damaged)
    }

    /// Takes in up to 4,096 more of the revisions below `next`, which is that of `txn`. Returns their
    /// chunk if it should be there and is missing or damaged.
    ///
    /// # Errors
    /// As `load`.
    pub(crate) fn load_some(
        &self,
        txn: &RoTxn<'_, WithoutTls>,
        next: u32,
        index: &mut Index,
    ) -> Result<Option<Pos>, Fault> {
        if self.revisions.len(txn)? != u64::from(next) {
            return Err(self.corrupt("its revisions are not numbered without a gap").into());
        }
        let first = Pos::new(index.len());
        let fills = first.get().is_multiple_of(CHUNK) && next - first.get() >= CHUNK;
        if fills && self.load_chunk(txn, first, index)? {
            return Ok(None);
        }
        let end = (first.get() / CHUNK + 1).saturating_mul(CHUNK).min(next);
        self.load_records(txn, first, end, index)?;
        Ok(fills.then_some(first))
    }

    /// Takes in one chunk whole, or nothing of it where it is missing or damaged.
    fn load_chunk(
        &self,
        txn: &RoTxn<'_, WithoutTls>,
        first: Pos,
        index: &mut Index,
    ) -> Result<bool, Fault> {
        let Some(value) = self.graph.get(txn, &key(first))? else {
            return Ok(false);
        };
        let Some(mut decoder) = chunk::decode(first, value) else {
            return Ok(false);
        };
        let mut left = CHUNK;
        index.extend(|parents| {
            left = left.checked_sub(1)?;
            decoder.next(parents)
        })?;
        if index.len() < first.get().saturating_add(CHUNK) {
            let what = "a chunk of the graph with the right sum is cut short";
            return Err(self.corrupt(what).into());
        }
        Ok(true)
    }

    fn load_records(
        &self,
        txn: &RoTxn<'_, WithoutTls>,
        first: Pos,
        end: u32,
        index: &mut Index,
    ) -> Result<(), Fault> {
        let mut parents = Vec::new();
        let (from, to) = (key(first), key(Pos::new(end)));
        let range = (Bound::Included(from.as_slice()), Bound::Excluded(to.as_slice()));
        for entry in self.revisions.range(txn, &range)? {
            let (found, value) = entry?;
            let pos = Pos::new(index.len());
            let record = (found == key(pos))
                .then(|| record::decode(pos, value))
                .flatten()
                .ok_or_else(|| self.corrupt(&format!("the revision at position {}", pos.get())))?;
            parents.clear();
            parents.extend(record.parents());
            index.push(record.reference, &parents)?;
            if index.generation(pos) != record.generation {
                let what = format!("the generation of revision {}", record.reference);
                return Err(self.corrupt(&what).into());
            }
        }
        if index.len() < end {
            return Err(self.corrupt(&format!("no revision at position {}", index.len())).into());
        }
        Ok(())
    }
}
