//! Counts and sizes of a database.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use super::Engine;
use crate::Result;
use crate::graph::Pos;

/// Revisions counted in one transaction: about 1 ms.
const COUNT_BATCH: u32 = 4096;

/// Sizes of the data of the first revisions.
#[derive(Debug, Default)]
pub(super) struct Counted {
    /// The number of the last deletion at the time of counting.
    deletion: u64,
    /// Number of positions counted.
    next: u32,
    data: u64,
    stored: u64,
}

/// Counts and sizes of a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stats {
    /// Revisions, including those whose data was erased.
    pub revisions: u32,
    /// Branches that have a head.
    pub branches: u64,
    /// Remote heads.
    pub remotes: u64,
    /// Bytes of the data of all revisions: canonical JSON, or the bytes themselves.
    pub data: u64,
    /// Bytes stored for that data.
    pub stored: u64,
    /// Bytes of the file; 0 in memory.
    pub file: u64,
    /// Bytes of the index; in memory also those stored for the data.
    pub memory: u64,
}

impl Engine {
    /// Counts the data of some more revisions; returns whether that was all. Costs some 0.2 us for a revision
    /// not counted before. Counts all again after a deletion.
    ///
    /// # Errors
    /// Any error of reading the store.
    pub fn count_some(&self) -> Result<bool> {
        if !self.take_in_some()? {
            return Ok(false);
        }
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        let deletion = self.deletions.load(Ordering::Acquire);
        let graph = self.graph();
        if counted.deletion != deletion {
            *counted = Counted { deletion, ..Counted::default() };
        }
        let end = graph.len().min(counted.next.saturating_add(COUNT_BATCH));
        let (data, stored) = self.medium.read(|view| {
            let (mut data, mut stored) = (0, 0);
            for pos in (counted.next..end).map(Pos::new) {
                if graph.loss(pos).is_none() && !graph.dead().is_deleted(pos) {
                    let sizes = view.sizes(pos)?;
                    data += sizes.0 as u64;
                    stored += sizes.1 as u64;
                }
            }
            Ok((data, stored))
        })?;
        counted.data += data;
        counted.stored += stored;
        counted.next = end;
        Ok(end == graph.len())
    }

    /// Returns the counts; sizes of data are those counted last. Costs a look at each remote head.
    ///
    /// # Errors
    /// Any error of reading the store.
    pub fn stats(&self) -> Result<Stats> {
        let (branches, remotes) = self.medium.read(|view| view.count_heads())?;
        let file = self.medium.disk().map_or(Ok(0), crate::store::Disk::file_len)?;
        let index = self.index();
        let (revisions, columns) = (index.snapshot().count(), index.bytes() as u64);
        drop(index);
        let counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        let (data, stored) = (counted.data, counted.stored);
        let memory = columns + if self.is_memory() { stored } else { 0 };
        Ok(Stats { revisions, branches, remotes, data, stored, file, memory })
    }
}
