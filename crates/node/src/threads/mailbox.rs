//! What waits for a writer, and whether a thread is on its way to it or there.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A queue with at most one reader at a time, who is called when something comes and nobody reads.
pub(crate) struct Mailbox<T> {
    state: Mutex<State<T>>,
    came: Condvar,
}

struct State<T> {
    waiting: VecDeque<T>,
    /// Whether a reader was called that has not left.
    is_read: bool,
    /// Whether it waits for more.
    waits: bool,
}

impl<T> Mailbox<T> {
    pub(crate) const fn new() -> Self {
        let state = State { waiting: VecDeque::new(), is_read: false, waits: false };
        Self { state: Mutex::new(state), came: Condvar::new() }
    }

    /// Puts something behind what waits; `true`: the caller must have a reader come.
    pub(crate) fn put(&self, item: T) -> bool {
        let mut state = self.locked();
        state.waiting.push_back(item);
        if state.waits {
            self.came.notify_one();
        }
        !std::mem::replace(&mut state.is_read, true)
    }

    /// No reader could be had: whoever puts something next is asked for one again.
    pub(crate) fn miss(&self) {
        self.locked().is_read = false;
    }

    /// All that waits. For the reader.
    pub(crate) fn take(&self) -> VecDeque<T> {
        std::mem::take(&mut self.locked().waiting)
    }

    /// As `take`; where nothing waits, after something has come, or `patience` is over.
    pub(crate) fn take_within(&self, patience: Duration) -> VecDeque<T> {
        let mut state = self.locked();
        state.waits = true;
        let is_empty = |state: &mut State<T>| state.waiting.is_empty();
        let waited = self.came.wait_timeout_while(state, patience, is_empty);
        state = waited.unwrap_or_else(PoisonError::into_inner).0;
        state.waits = false;
        std::mem::take(&mut state.waiting)
    }

    /// The reader leaves, unless something waits.
    pub(crate) fn leave(&self) -> bool {
        let mut state = self.locked();
        state.is_read = !state.waiting.is_empty();
        !state.is_read
    }

    fn locked(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
