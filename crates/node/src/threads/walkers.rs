//! Walkers: a few threads on which questions go on that took too long for JavaScript's.
//!
//! One pool for all environments of the process. Its threads start when they are needed and end when
//! nothing was asked for a while. Long questions take turns. Who asks is told through the channel of
//! its environment; a panic fails the question that it met.

use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use histo_core::graph::Step;
use histo_core::{Error, Result, failpoint};

use crate::convert::guard::caught;
use crate::questions::question;
use crate::threads::ack::Ack;

/// Visits between two looks at who else waits and whether the question was withdrawn: about 1 ms.
const STRETCH: u64 = 1 << 15;
/// Most threads, however many cores there are: walks wait for memory, which all share.
const MOST: usize = 4;
/// A thread without work ends after this.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where the questions of an environment are told to be answered, by their tickets.
pub(crate) struct Told {
    pub(crate) ack: Ack<u32>,
    /// The environment has ended: nobody waits for its questions.
    gone: AtomicBool,
}

impl Told {
    pub(crate) const fn new(ack: Ack<u32>) -> Self {
        Self { ack, gone: AtomicBool::new(false) }
    }

    /// Withdraws all questions.
    pub(crate) fn leave(&self) {
        self.gone.store(true, Ordering::Relaxed);
    }
}

/// A question as JavaScript holds it.
pub type Question = Arc<Resting>;

/// A question that rests between calls, here or with the walkers.
pub struct Resting {
    place: Mutex<Place>,
    withdrawn: AtomicBool,
}

enum Place {
    Here(Box<question::Question>),
    Away,
    Failed(Error),
}

impl Resting {
    pub(crate) fn new(question: question::Question) -> Self {
        let place = Mutex::new(Place::Here(Box::new(question)));
        Self { place, withdrawn: AtomicBool::new(false) }
    }

    /// Looks at the question while it is here.
    ///
    /// # Errors
    /// What it failed with; `Internal` while it is away.
    pub(crate) fn with<R>(
        &self,
        look: impl FnOnce(&mut question::Question) -> Result<R>,
    ) -> Result<R> {
        match &mut *self.locked() {
            Place::Here(question) => look(question),
            Place::Away => Err(Error::Internal("a question was used while it is away".into())),
            Place::Failed(error) => Err(error.clone()),
        }
    }

    /// Ends it, early or late: where it is away it is told soon, and what it found is freed.
    pub(crate) fn withdraw(&self) {
        self.withdrawn.store(true, Ordering::Relaxed);
        let mut place = self.locked();
        if matches!(&*place, Place::Here(_)) {
            *place = Place::Failed(withdrawn());
        }
    }

    fn take(&self) -> Result<Box<question::Question>> {
        let mut place = self.locked();
        match std::mem::replace(&mut *place, Place::Away) {
            Place::Here(question) => Ok(question),
            Place::Away => Err(Error::Internal("a question was sent away twice".into())),
            Place::Failed(error) => {
                *place = Place::Failed(error.clone());
                Err(error)
            }
        }
    }

    fn put(&self, place: Place) {
        *self.locked() = place;
    }

    fn locked(&self) -> MutexGuard<'_, Place> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A question on its way.
struct Task {
    resting: Question,
    /// `None` once it is back.
    question: Option<Box<question::Question>>,
    told: Arc<Told>,
    ticket: u32,
}

/// Sends a question to the walkers; `ticket` is told when it is answered, withdrawn or has failed.
///
/// # Errors
/// `Internal` while it is away; what it failed with.
pub(crate) fn send(resting: &Question, told: &Arc<Told>, ticket: u32) -> Result<()> {
    let question = resting.take()?;
    let mut task = Task {
        resting: Arc::clone(resting),
        question: Some(question),
        told: Arc::clone(told),
        ticket,
    };
    if task.is_chore() {
        return apart(task);
    }
    let mut pool = POOL.locked();
    pool.tasks.push_back(task);
    let needs_thread = pool.idle < pool.tasks.len() && pool.threads < most();
    if !needs_thread {
        drop(pool);
        POOL.filled.notify_one();
        return Ok(());
    }
    match thread::Builder::new().name("histo-walker".into()).spawn(work) {
        Ok(_) => pool.threads += 1,
        // Those that run will come to it.
        Err(_) if pool.threads > 0 => {}
        Err(error) => {
            let task = pool.tasks.pop_back();
            drop(pool);
            if let Some(task) = task {
                task.fail(cannot_start(&error));
            }
        }
    }
    Ok(())
}

/// Works on a round of a maintenance on a thread of its own: it reads and syncs files, which would hold up the
/// walks.
fn apart(mut task: Task) -> Result<()> {
    let resting = Arc::clone(&task.resting);
    let work = move || {
        while !task.has_ended() {}
        task.told.ack.answer(vec![task.ticket]);
    };
    let started = thread::Builder::new().name("histo-maintenance".into()).spawn(work);
    started.map(|_| ()).map_err(|error| {
        resting.put(Place::Failed(cannot_start(&error)));
        cannot_start(&error)
    })
}

fn cannot_start(error: &io::Error) -> Error {
    Error::Store {
        message: "cannot start a thread for a long walk".into(),
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
            let waited = self.filled.wait_timeout(state, PATIENCE);
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
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The life of a thread.
fn work() {
    while let Some(mut task) = POOL.next() {
        while !task.has_ended() {
            task = POOL.swap(task);
        }
        task.told.ack.answer(vec![task.ticket]);
    }
}

impl Task {
    fn is_chore(&mut self) -> bool {
        self.question.as_mut().is_some_and(|question| question.maintenance().is_some())
    }

    /// Works on the question for a stretch. `true`: it is back where it rests.
    fn has_ended(&mut self) -> bool {
        let Self { resting, question, told, .. } = self;
        let is_withdrawn = resting.withdrawn.load(Ordering::Relaxed);
        if is_withdrawn || told.gone.load(Ordering::Relaxed) {
            drop(question.take()); // what it holds is given back before anyone is told
            resting.put(Place::Failed(withdrawn()));
            return true;
        }
        let step = caught(|| {
            failpoint::hit("walker");
            question.as_mut().map_or(Ok(Step::Done(())), |question| question.run(STRETCH))
        });
        match step {
            Ok(Step::Pending) => return false,
            Ok(Step::Done(())) => {
                if let Some(question) = question.take() {
                    resting.put(Place::Here(question));
                }
            }
            Err(error) => {
                drop(question.take());
                resting.put(Place::Failed(error));
            }
        }
        true
    }

    /// Ends it with an error.
    fn fail(self, error: Error) {
        self.resting.put(Place::Failed(error));
        self.told.ack.answer(vec![self.ticket]);
    }
}

fn withdrawn() -> Error {
    Error::Internal("a question was used after it was withdrawn".into())
}

/// One core is left to JavaScript.
fn most() -> usize {
    thread::available_parallelism().map_or(1, |cores| (cores.get() - 1).clamp(1, MOST))
}
