//! The two ways between JavaScript's thread and a writer: a queue in, outcomes back.
//!
//! Holds the locks and who is woken when, and nothing of what goes through; so that `tests/loom.rs` can
//! try every order in which threads may run. The locks are those of `super::sync`, which are loom's
//! there.

use std::collections::VecDeque;
use std::time::Instant;

use super::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// A queue before one thread.
pub(crate) struct Queue<J> {
    queue: Mutex<Waiting<J>>,
    filled: Condvar,
}

struct Waiting<J> {
    jobs: VecDeque<J>,
    /// Whether the thread is to look about without a job.
    nudged: bool,
}

impl<J> Queue<J> {
    pub(crate) fn new() -> Self {
        let queue = Waiting { jobs: VecDeque::new(), nudged: false };
        Self { queue: Mutex::new(queue), filled: Condvar::new() }
    }

    pub(crate) fn push(&self, job: J) {
        self.locked().jobs.push_back(job);
        self.filled.notify_one();
    }

    /// Has `wait` return without a job.
    pub(crate) fn nudge(&self) {
        self.locked().nudged = true;
        self.filled.notify_one();
    }

    /// Takes what has come, at least one; none after a nudge.
    pub(crate) fn wait(&self) -> VecDeque<J> {
        let mut queue = self.locked();
        while queue.jobs.is_empty() && !std::mem::take(&mut queue.nudged) {
            queue = self.filled.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
        std::mem::take(&mut queue.jobs)
    }

    /// Takes what has come; where that is nothing, waits for it up to `deadline`.
    pub(crate) fn wait_until(&self, deadline: Option<Instant>) -> VecDeque<J> {
        let mut queue = self.locked();
        while let Some(deadline) = deadline.filter(|_| queue.jobs.is_empty()) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            let waited = self.filled.wait_timeout(queue, left);
            queue = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        std::mem::take(&mut queue.jobs)
    }

    fn locked(&self) -> MutexGuard<'_, Waiting<J>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

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

    /// Notes requests that are about to be handed over.
    pub(crate) fn expect(&self, count: u64) {
        *self.pending.lock().unwrap_or_else(PoisonError::into_inner) += count;
    }

    /// Adds outcomes, in the order of the requests. Tells whether who takes them must be woken: one that
    /// was woken and has not taken yet takes these too.
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

    /// Takes all that wait.
    pub(crate) fn take(&self) -> Vec<T> {
        std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Blocks until all that was expected is there.
    pub(crate) fn drain(&self) {
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        while *pending > 0 {
            pending = self.answered.wait(pending).unwrap_or_else(PoisonError::into_inner);
        }
    }
}
