//! The way back from a writer to JavaScript's thread.
//!
//! Contains only the locks and the waking, so that `tests/loom.rs` can try every order in which threads may
//! run. The locks are those of `super::sync`, where the test has loom's.

use super::sync::{Condvar, Mutex, PoisonError};

/// Outcomes on their way back, and how many are still to come.
pub(crate) struct Outcomes<T> {
    waiting: Mutex<Vec<T>>,
    pending: Mutex<u64>,
    answered: Condvar,
}

impl<T> Outcomes<T> {
    pub(crate) fn new() -> Self {
        let (waiting, pending) = (Mutex::new(Vec::new()), Mutex::new(0));
        Self { waiting, pending, answered: Condvar::new() }
    }

    /// Counts requests that are about to be passed on.
    pub(crate) fn expect(&self, count: u64) {
        *self.pending.lock().unwrap_or_else(PoisonError::into_inner) += count;
    }

    /// Adds outcomes, in the order of the requests. Returns whether the taker must be woken: one that was woken
    /// and has not taken yet takes these too.
    pub(crate) fn add(&self, outcomes: Vec<T>) -> bool {
        let count = outcomes.len() as u64;
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let wake = waiting.is_empty();
        waiting.extend(outcomes);
        drop(waiting);
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        *pending = pending.saturating_sub(count);
        drop(pending);
        self.answered.notify_all();
        wake
    }

    /// Takes all waiting outcomes.
    pub(crate) fn take(&self) -> Vec<T> {
        std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Blocks until all expected outcomes have come.
    pub(crate) fn drain(&self) {
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        while *pending > 0 {
            pending = self.answered.wait(pending).unwrap_or_else(PoisonError::into_inner);
        }
    }
}
