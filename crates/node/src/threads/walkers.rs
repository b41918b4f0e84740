//! Walkers: a few threads that continue long questions.
//!
//! One pool for all environments of the process. Tasks take turns. The pool does not know what a task does.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::threads::pool::{Pool, cannot_start};

pub(crate) use crate::threads::pool::Task;

/// At most this many threads, whatever the number of cores: walks wait for memory, which all share.
const MAX_THREADS: usize = 4;

static WALKERS: Pool = Pool::new("histo-walker", max_threads, None);

/// Passes a task to the walkers, which do about 1 ms of it at a time.
pub(crate) fn send(task: Task) {
    WALKERS.send(task);
}

/// Runs a task on a thread of its own: it reads and syncs files, which would hold up the walks.
pub(crate) fn send_apart(task: Task) {
    let task = Arc::new(Mutex::new(task));
    let shared = Arc::clone(&task);
    let work = move || while !unpoisoned(&shared)(Ok(())) {};
    if let Err(error) = thread::Builder::new().name("histo-maintenance".into()).spawn(work) {
        unpoisoned(&task)(Err(cannot_start(&error)));
    }
}

fn unpoisoned<T: ?Sized>(state: &Mutex<T>) -> MutexGuard<'_, T> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One core is left to JavaScript.
fn max_threads() -> usize {
    thread::available_parallelism().map_or(1, |cores| (cores.get() - 1).clamp(1, MAX_THREADS))
}
