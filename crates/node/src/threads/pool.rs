//! Threads that run tasks: they start when needed, and end when they have had nothing to do for a while.

use std::collections::VecDeque;
use std::io;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use histo_core::{Error, Result};

/// A thread without work ends after this time.
const IDLE_TIMEOUT: Duration = Duration::from_secs(5);
/// A task waits this long for busy threads, which are most likely about to finish, before one more starts.
const SOON: Duration = Duration::from_millis(2);
/// The same when there are many threads: after that time, all of them count as held up.
const HELD_UP: Duration = Duration::from_millis(100);

/// Work for any thread: does some of it, or ends with the given error. `true`: it has ended, and has notified
/// whoever waits. Never panics.
pub(crate) type Task = Box<dyn FnMut(Result<()>) -> bool + Send>;

/// Some threads for tasks of one kind.
pub(crate) struct Pool {
    name: &'static str,
    /// Number of threads that start at once when there is work for them.
    few: fn() -> usize,
    /// Number of threads that start soon after, before a held-up pool gets more; `None`: no more than `few`.
    many: Option<usize>,
    state: Mutex<State>,
    filled: Condvar,
}

struct State {
    tasks: VecDeque<Task>,
    threads: usize,
    /// Threads waiting for a task.
    idle: usize,
    /// Whether a thread waits to find out if the others stay busy.
    has_relief: bool,
}

impl Pool {
    /// A pool of at most `few()` threads. With `many`, up to that number if these stay busy, and more while all
    /// of them are held up.
    pub(crate) const fn new(name: &'static str, few: fn() -> usize, many: Option<usize>) -> Self {
        let state = State { tasks: VecDeque::new(), threads: 0, idle: 0, has_relief: false };
        Self { name, few, many, state: Mutex::new(state), filled: Condvar::new() }
    }

    /// Runs a task. Calls it with the error if no thread can be started and none is running.
    pub(crate) fn send(&'static self, task: Task) {
        let mut state = self.locked();
        state.tasks.push_back(task);
        if state.idle >= state.tasks.len() {
            drop(state);
            return self.filled.notify_one();
        }
        if state.threads >= (self.few)() {
            return self.relieve(&mut state);
        }
        match self.start(|| self.work()) {
            Ok(()) => state.threads += 1,
            // The running threads take it later.
            Err(_) if state.threads > 0 => {}
            Err(error) => {
                let task = state.tasks.pop_back();
                drop(state);
                if let Some(mut task) = task {
                    task(Err(cannot_start(&error)));
                }
            }
        }
    }

    /// Starts a thread that helps if the others stay busy.
    fn relieve(&'static self, state: &mut State) {
        let Some(many) = self.many.filter(|_| !state.has_relief) else { return };
        let patience = if state.threads < many { SOON } else { HELD_UP };
        let help = move || {
            thread::sleep(patience);
            let mut state = self.locked();
            state.has_relief = false;
            if state.tasks.is_empty() {
                return;
            }
            state.threads += 1;
            if state.tasks.len() > 1 {
                self.relieve(&mut state);
            }
            drop(state);
            self.work();
        };
        state.has_relief = self.start(help).is_ok();
    }

    fn start(&self, life: impl FnOnce() + Send + 'static) -> io::Result<()> {
        thread::Builder::new().name(self.name.into()).spawn(life).map(|_| ())
    }

    /// Runs tasks until there are none for a while.
    fn work(&self) {
        while let Some(mut task) = self.next() {
            while !task(Ok(())) {
                task = self.swap(task);
            }
        }
    }

    /// Takes the next task; `None` when the thread has waited long enough, and is no longer counted.
    fn next(&self) -> Option<Task> {
        let mut state = self.locked();
        loop {
            if let Some(task) = state.tasks.pop_front() {
                return Some(task);
            }
            state.idle += 1;
            let waited = self.filled.wait_timeout(state, IDLE_TIMEOUT);
            let (locked, result) = waited.unwrap_or_else(PoisonError::into_inner);
            state = locked;
            state.idle -= 1;
            if result.timed_out() && state.tasks.is_empty() {
                state.threads -= 1;
                return None;
            }
        }
    }

    /// Appends a task to those that wait, and takes the first of them.
    fn swap(&self, task: Task) -> Task {
        let mut state = self.locked();
        match state.tasks.pop_front() {
            Some(first) => {
                state.tasks.push_back(task);
                first
            }
            None => task,
        }
    }

    fn locked(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the error for a task for which no thread can be started.
pub(crate) fn cannot_start(error: &io::Error) -> Error {
    Error::Store { message: "cannot start a thread".into(), cause: error.to_string() }
}
