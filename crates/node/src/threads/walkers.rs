//! Walkers: a few threads on which long questions go on.
//!
//! One pool for all environments of the process. Its threads start when they are needed and end when
//! they have had nothing to do for a while. Tasks take turns. What a task is, the pool does not know.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use histo_core::{Error, Result};

/// Most threads, however many cores there are: walks wait for memory, which all share.
const MAX_THREADS: usize = 4;
/// A thread without work ends after this.
const IDLE_TIMEOUT: Duration = Duration::from_secs(5);

/// Work on any thread: does about 1 ms of it, or ends with the error that it is given. `true`: it has ended, and
/// has told whoever waits. Never panics.
pub(crate) type Task = Box<dyn FnMut(Result<()>) -> bool + Send>;

/// Has the walkers do a task.
pub(crate) fn send(task: Task) {
    let mut pool = POOL.locked();
    pool.tasks.push_back(task);
    let needs_thread = pool.idle < pool.tasks.len() && pool.threads < max_threads();
    if !needs_thread {
        drop(pool);
        POOL.filled.notify_one();
        return;
    }
    match thread::Builder::new().name("histo-walker".into()).spawn(work) {
        Ok(_) => pool.threads += 1,
        // Those that run will come to it.
        Err(_) if pool.threads > 0 => {}
        Err(error) => {
            let task = pool.tasks.pop_back();
            drop(pool);
            if let Some(mut task) = task {
                task(Err(cannot_start(&error)));
            }
        }
    }
}

/// Does a task on a thread of its own: it reads and syncs files, which would hold up the walks.
pub(crate) fn send_apart(task: Task) {
    let task = Arc::new(Mutex::new(task));
    let shared = Arc::clone(&task);
    let work = move || while !unpoisoned(&shared)(Ok(())) {};
    if let Err(error) = thread::Builder::new().name("histo-maintenance".into()).spawn(work) {
        unpoisoned(&task)(Err(cannot_start(&error)));
    }
}

fn cannot_start(error: &io::Error) -> Error {
    Error::Store {
        message: "cannot start a thread for a long question".into(),
        cause: error.to_string(),
    }
}

struct Pool {
    state: Mutex<State>,
    filled: Condvar,
}

struct State {
    tasks: VecDeque<Task>,
    threads: usize,
    /// Threads that wait for a task.
    idle: usize,
}

static POOL: Pool = Pool {
    state: Mutex::new(State { tasks: VecDeque::new(), threads: 0, idle: 0 }),
    filled: Condvar::new(),
};

impl Pool {
    /// Takes the next task; none when the thread has waited long enough, and is no longer counted.
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

    /// Puts a task behind those that wait, and takes the first of them.
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
        unpoisoned(&self.state)
    }
}

fn unpoisoned<T: ?Sized>(state: &Mutex<T>) -> MutexGuard<'_, T> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The life of a thread.
fn work() {
    while let Some(mut task) = POOL.next() {
        while !task(Ok(())) {
            task = POOL.swap(task);
        }
    }
}

/// One core is left to JavaScript.
fn max_threads() -> usize {
    thread::available_parallelism().map_or(1, |cores| (cores.get() - 1).clamp(1, MAX_THREADS))
}
