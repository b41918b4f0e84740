//! The queue of a writer, which also knows whether a thread reads it.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A queue with at most one reader at a time, who is called when an item comes and nobody reads.
pub(crate) struct Mailbox<T> {
    state: Mutex<State<T>>,
    came: Condvar,
}

struct State<T> {
    waiting: VecDeque<T>,
    /// Whether a reader was called that has not left.
    is_read: bool,
    /// Whether the reader waits for more.
    waits: bool,
}

impl<T> Mailbox<T> {
    pub(crate) const fn new() -> Self {
        let state = State { waiting: VecDeque::new(), is_read: false, waits: false };
        Self { state: Mutex::new(state), came: Condvar::new() }
    }

    /// Appends an item. Returns `true` if the caller must start a reader.
    pub(crate) fn put(&self, item: T) -> bool {
        let mut state = self.locked();
        state.waiting.push_back(item);
        if state.waits {
            self.came.notify_one();
        }
        !std::mem::replace(&mut state.is_read, true)
    }

    /// Notes that no reader could be started: the next `put` asks for one again.
    pub(crate) fn miss(&self) {
        self.locked().is_read = false;
    }

    /// Takes all items. For the reader.
    pub(crate) fn take(&self) -> VecDeque<T> {
        std::mem::take(&mut self.locked().waiting)
    }

    /// Takes the first item. For the reader.
    pub(crate) fn first(&self) -> Option<T> {
        self.locked().waiting.pop_front()
    }

    /// As `first`; if there are no items, waits until one comes or `patience` is over.
    pub(crate) fn first_within(&self, patience: Duration) -> Option<T> {
        self.wait(patience).waiting.pop_front()
    }

    /// Whether a reader was called that has not left.
    pub(crate) fn is_read(&self) -> bool {
        self.locked().is_read
    }

    /// As `take`; if there are no items, waits until one comes or `patience` is over.
    pub(crate) fn take_within(&self, patience: Duration) -> VecDeque<T> {
        std::mem::take(&mut self.wait(patience).waiting)
    }

    fn wait(&self, patience: Duration) -> MutexGuard<'_, State<T>> {
        let mut state = self.locked();
        state.waits = true;
        let is_empty = |state: &mut State<T>| state.waiting.is_empty();
        let waited = self.came.wait_timeout_while(state, patience, is_empty);
        state = waited.unwrap_or_else(PoisonError::into_inner).0;
        state.waits = false;
        state
    }

    /// Ends the reader, unless items wait; returns whether it ended.
    pub(crate) fn leave(&self) -> bool {
        let mut state = self.locked();
        state.is_read = !state.waiting.is_empty();
        !state.is_read
    }

    fn locked(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
