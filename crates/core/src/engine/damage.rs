//! What is known to be damaged, so that it counts as missing where it could be got anew.
//!
//! Known is what a read or a verification came across, in this process. Whoever asks about such a
//! revision has it read again, since another process may have healed it.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Engine;
use crate::graph::{Loss, Pos};
use crate::revision::{digest, ref_of};
use crate::{Error, Ref, Result};

/// Positions of revisions that were found damaged.
#[derive(Debug, Default)]
pub(super) struct Damage {
    /// How many, so that nothing is locked where there are none.
    count: AtomicUsize,
    positions: Mutex<BTreeSet<u32>>,
}

impl Damage {
    pub(super) fn note(&self, pos: Pos) {
        let mut positions = self.locked();
        positions.insert(pos.get());
        self.count.store(positions.len(), Ordering::Release);
    }

    pub(super) fn forget(&self, pos: Pos) {
        if self.count.load(Ordering::Acquire) > 0 {
            let mut positions = self.locked();
            positions.remove(&pos.get());
            self.count.store(positions.len(), Ordering::Release);
        }
    }

    fn is_known(&self, pos: Pos) -> bool {
        self.count.load(Ordering::Acquire) > 0 && self.locked().contains(&pos.get())
    }

    fn locked(&self) -> MutexGuard<'_, BTreeSet<u32>> {
        self.positions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Engine {
    /// Whether the revision at a position is whole, as far as is known: not at the boundary of what was cut
    /// away. Reads it only where it was found damaged before.
    ///
    /// # Errors
    /// What reading the store can end in; damage is none.
    pub fn is_whole(&self, pos: Pos) -> Result<bool> {
        if self.index().loss(pos).is_some_and(Loss::is_cut) {
            self.damage.forget(pos);
            return Ok(false);
        }
        if !self.damage.is_known(pos) {
            return Ok(true);
        }
        let graph = self.graph();
        if graph.dead().is_gone(pos) || graph.loss(pos).is_some() {
            self.damage.forget(pos); // deleted meanwhile: there is nothing to be damaged
            return Ok(true);
        }
        let ancestors = graph.parent_refs(pos);
        let mut right = false;
        let read = self.payloads_up_to(&[pos], |kind, payload| {
            right = ref_of(&ancestors, kind, &digest(payload)) == *graph.ref_at(pos);
            false
        });
        match read {
            Ok(()) if right => {
                self.damage.forget(pos);
                Ok(true)
            }
            Ok(()) | Err(Error::Corrupt { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Whether a revision has a place in the graph, however much was written elsewhere.
    ///
    /// # Errors
    /// `Shallow` if it was cut away and has none any more; what reading the store can end in.
    pub fn has_place(&self, reference: &Ref) -> Result<bool> {
        match self.find_patiently(reference)? {
            Some(_) => Ok(true),
            None => match self.not_found(reference) {
                Error::NotFound(_) => Ok(false),
                error => Err(error),
            },
        }
    }

    /// Whether a revision is there and, as far as is known, whole, however much was written elsewhere.
    ///
    /// # Errors
    /// What reading the store can end in.
    pub fn has_whole(&self, reference: &Ref) -> Result<bool> {
        match self.find_patiently(reference)? {
            Some(pos) => self.is_whole(pos),
            None => Ok(false),
        }
    }

    /// The revisions that are known to be damaged, ancestors first.
    ///
    /// # Errors
    /// What reading the store can end in.
    pub fn damaged(&self) -> Result<Vec<Ref>> {
        let known: Vec<_> = self.damage.locked().iter().copied().map(Pos::new).collect();
        let graph = self.graph();
        let mut damaged = Vec::new();
        for pos in known {
            if !self.is_whole(pos)? && self.damage.is_known(pos) {
                damaged.push(*graph.ref_at(pos));
            }
        }
        Ok(damaged)
    }
}
