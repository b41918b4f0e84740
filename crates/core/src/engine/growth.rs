//! Growing the index while others read it: commits are loaded in steps, with look-ups in between.
//!
//! Several threads may load at once: the writer what it committed, others what they miss. Each step continues
//! where the index ends.

use std::sync::atomic::Ordering;
use std::sync::{PoisonError, RwLockReadGuard, RwLockWriteGuard, TryLockError};
use std::thread;

use super::Engine;
use crate::graph::{Index, Pos};
use crate::store::View;
use crate::write::Staged;
use crate::{Error, Ref, Result};

/// Revisions published before waiting readers get the lock: under 1 ms.
const PUBLISH_BATCH: usize = 1024;
/// At most this many revisions are loaded by a reader that misses one: 1 to 4 ms.
const READER_BATCH: u32 = 4096;
/// Revisions loaded before others get their turn: some 10 ms.
const LOAD_BATCH: u32 = 1 << 15;

impl Engine {
    /// Returns the position of a revision, or `None`. Looks again if another process wrote meanwhile.
    ///
    /// # Errors
    /// `Behind` if much was written: call `take_in_some` until it is done, then call again. Any error of
    /// reading the store.
    pub fn find(&self, reference: &Ref) -> Result<Option<Pos>> {
        self.notice_deletions()?;
        let found = self.index().find(reference);
        if found.is_some() {
            return Ok(found);
        }
        self.refresh()?;
        Ok(self.index().find(reference))
    }

    /// As `find`, however much was written.
    ///
    /// # Errors
    /// Any error of reading the store.
    pub fn find_patiently(&self, reference: &Ref) -> Result<Option<Pos>> {
        loop {
            match self.find(reference) {
                Err(Error::Behind) => while !self.take_in_some()? {},
                found => return found,
            }
        }
    }

    /// Loads some of the commits of other processes; returns whether that was all.
    ///
    /// # Errors
    /// Any error of reading the store.
    pub fn take_in_some(&self) -> Result<bool> {
        self.medium.read(|view| {
            let all = self.take_in(view, LOAD_BATCH)?;
            if all {
                self.seen.fetch_max(view.id(), Ordering::AcqRel);
            }
            Ok(all)
        })
    }

    /// Loads what other processes committed, if it is not much. Costs some 20 ns if it is nothing.
    fn refresh(&self) -> Result<()> {
        if self.medium.last_txn()? == self.seen.load(Ordering::Acquire) {
            return Ok(());
        }
        self.medium.read(|view| {
            if view.next()?.saturating_sub(self.index().len()) > READER_BATCH {
                return Err(Error::Behind);
            }
            self.take_in(view, READER_BATCH)?;
            self.seen.fetch_max(view.id(), Ordering::AcqRel);
            Ok(())
        })
    }

    /// Loads about `most` of the revisions that `view` sees and the index lacks; returns whether that was all.
    pub(super) fn take_in(&self, view: &dyn View, most: u32) -> Result<bool> {
        self.take_in_deletions(view)?;
        let next = view.next()?;
        let first = self.index().len();
        loop {
            let mut index = self.index_mut();
            if index.len() >= next {
                return Ok(true);
            }
            if index.len() - first >= most {
                return Ok(false);
            }
            view.load_some(next, &mut index)?;
            drop(index);
            self.let_readers_in();
        }
    }

    /// Makes a committed group visible; `first` is the position of its first revision. Others may have
    /// published a part of it already.
    pub(super) fn publish(&self, first: u32, staged: &[Staged<'_>]) -> Result<()> {
        loop {
            let mut index = self.index_mut();
            let begun = index.len().saturating_sub(first) as usize;
            let Some(rest) = staged.get(begun..).filter(|rest| !rest.is_empty()) else {
                return Ok(());
            };
            for revision in rest.iter().take(PUBLISH_BATCH) {
                index.push(revision.reference, &revision.parents)?;
            }
            drop(index);
            self.let_readers_in();
        }
    }

    pub(super) fn index(&self) -> RwLockReadGuard<'_, Index> {
        match self.index.try_read() {
            Ok(index) => index,
            Err(TryLockError::Poisoned(index)) => index.into_inner(),
            Err(TryLockError::WouldBlock) => {
                self.readers.fetch_add(1, Ordering::AcqRel);
                let index = self.index.read().unwrap_or_else(PoisonError::into_inner);
                self.readers.fetch_sub(1, Ordering::AcqRel);
                index
            }
        }
    }

    pub(super) fn index_mut(&self) -> RwLockWriteGuard<'_, Index> {
        self.index.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the waiting readers have the index. Locking it again at once would keep them out, since a
    /// released lock is not handed on.
    fn let_readers_in(&self) {
        while self.readers.load(Ordering::Acquire) > 0 {
            thread::yield_now();
        }
    }
}
