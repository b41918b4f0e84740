//! Known damage: revisions that count as missing, so that they can be fetched again.
//!
//! A read or a verification of this process found them. A question about one reads it again, since another
//! process may have healed it.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::graph::Pos;

/// Positions of revisions that were found damaged.
#[derive(Debug, Default)]
pub(super) struct Damage {
    /// Their number, so that no lock is taken while there are none.
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

    pub(super) fn is_known(&self, pos: Pos) -> bool {
        self.count.load(Ordering::Acquire) > 0 && self.locked().contains(&pos.get())
    }

    /// Returns all of them, ancestors first.
    pub(super) fn positions(&self) -> Vec<Pos> {
        self.locked().iter().copied().map(Pos::new).collect()
    }

    fn locked(&self) -> MutexGuard<'_, BTreeSet<u32>> {
        self.positions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
