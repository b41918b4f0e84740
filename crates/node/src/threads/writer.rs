//! The writer of a path: groups what all its databases ask for and commits a group at a time.
//!
//! One queue in, answers out in order. It runs on a thread of a pool, and on none while nothing is asked for: a
//! process may have thousands of paths open. A group takes what has come until it is committed; where a
//! tick of JavaScript goes on handing over, the group waits for its end, but not for long. A panic
//! ends in `HISTO_INTERNAL` for everything in flight and everything later.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use histo_core::write::{Action, Chains, Deed, Op, Outcome};
use histo_core::{Compaction, Engine, Error, Result, failpoint};

use crate::convert::guard::panicked;
use crate::threads::caller::Caller;
use crate::threads::mailbox::Mailbox;
use crate::threads::pool::Pool;
use crate::threads::slot::Slot;
use crate::threads::usage::Usage;
use crate::writes::prepare::Workbench;
use crate::writes::request::Request;

/// Longest wait for the end of a tick.
const PATIENCE: Duration = Duration::from_millis(2);
/// A group of so many writes is committed without waiting for more.
const GROUP: usize = 16_384;

/// What a database hands over at once.
pub(crate) struct Job {
    pub(crate) caller: Arc<Caller>,
    pub(crate) requests: Vec<Request>,
    /// Whether the same tick will hand over more.
    pub(crate) more: bool,
    /// Whether the database is closed behind the requests.
    pub(crate) close: bool,
}

impl Job {
    /// A database that goes away without anyone waiting for it.
    pub(crate) fn leave(caller: Arc<Caller>) -> Self {
        Self { caller, requests: Vec::new(), more: false, close: true }
    }

    /// Answers every request with an error, and a close with success.
    pub(crate) fn fail(self, error: &Error) {
        let mut outcomes: Vec<_> = self.requests.iter().map(|_| Err(error.clone())).collect();
        if self.close {
            outcomes.push(Ok(Outcome::Done));
        }
        self.caller.ack.answer(outcomes);
    }
}

/// What the data file is: device and inode.
pub(crate) type FileId = (u64, u64);

/// Puts another file in the place of the open one. Is told which one as soon as that stands there.
type Put<'a> = dyn FnMut(&dyn Fn(FileId)) -> Result<()> + 'a;
type Exchange = dyn Fn(&mut Put<'_>) -> Result<()> + Send + Sync;
type Leave = dyn Fn(&dyn Fn()) -> bool + Send + Sync;

/// The two calls into the count of a path's databases. No database joins or leaves while one runs.
pub(crate) struct Door {
    /// Exchanges the file.
    pub(crate) exchange: Box<Exchange>,
    /// A database leaves. The last one has the files closed, and gets `true`.
    pub(crate) leave: Box<Leave>,
}

/// Threads for the writers of all paths that begin at once.
const FEW: usize = 4;
/// The count of threads that follow soon, since writers wait for the disk most of the time. When all of them are held
/// up, as by processes that stand in transactions, more begin, so that no writer waits in vain.
const MANY: usize = 64;

static POOL: Pool = Pool::new("histo-writer", || FEW, Some(MANY));

/// What stands before the thread.
pub(crate) struct Writer {
    /// How the file is open, which `slot` opens it anew by.
    usage: Arc<Mutex<Usage>>,
    door: Door,
    slot: Slot,
    /// Jobs, or nothing but a look at the slot.
    mailbox: Mailbox<Option<Job>>,
    desk: Mutex<Desk>,
    /// What a panic left: everything later fails with it.
    broken: Mutex<Option<Error>>,
}

/// What the thread has that writes.
#[derive(Default)]
struct Desk {
    bench: Workbench,
    /// Whether the last database has left.
    ended: bool,
}

impl Writer {
    pub(crate) fn new(usage: Arc<Mutex<Usage>>, slot: Slot, door: Door) -> Self {
        let (mailbox, desk, broken) = (Mailbox::new(), Mutex::default(), Mutex::new(None));
        Self { usage, door, slot, mailbox, desk, broken }
    }

    /// Has the file open as one more database wants it: where it is open for reading only and that wants to write,
    /// it is opened anew.
    ///
    /// # Errors
    /// `Misuse` for another durability than it is open with; `Locked` where that is not the moment; what opening
    /// ends in, and it stays open as it is.
    pub(crate) fn use_as(&self, path: &Path, wanted: Usage) -> Result<()> {
        let locked = || self.usage.lock().unwrap_or_else(PoisonError::into_inner);
        let Usage::Writing(options) = wanted else { return Ok(()) };
        let same = match &*locked() {
            Usage::Reading => None,
            Usage::Writing(open) => Some(open.relaxed == options.relaxed),
        };
        match same {
            Some(true) => Ok(()),
            Some(false) => Err(Error::Misuse(format!(
                "{} is open in this process with the other durability",
                path.display()
            ))),
            None => self.slot.reopen(|writing| {
                *locked() = if writing { Usage::Writing(options.clone()) } else { Usage::Reading };
            }),
        }
    }

    /// The engine, for a call; not for the writer's own thread.
    pub(crate) fn engine(self: &Arc<Self>) -> Result<Arc<Engine>> {
        self.slot.engine(|| {
            if self.mailbox.put(None) {
                let writer = Arc::clone(self);
                POOL.send(Box::new(move |started| {
                    match started {
                        Ok(()) => writer.run(),
                        Err(_) => writer.mailbox.miss(), // whoever waits for the engine gives up
                    }
                    true
                }));
            }
        })
    }

    /// Hands a job over. Where no thread can be started it is done here and now.
    pub(crate) fn push(self: &Arc<Self>, job: Job) {
        if self.mailbox.put(Some(job)) {
            let writer = Arc::clone(self);
            POOL.send(Box::new(move |_| {
                writer.run();
                true
            }));
        }
    }

    /// Writes until nothing is asked for. One thread at a time runs it.
    fn run(&self) {
        if catch_unwind(AssertUnwindSafe(|| self.work_off())).is_err() {
            self.mailbox.miss(); // the thread goes on, and so does who asks for more
        }
    }

    fn work_off(&self) {
        let mut desk = self.desk.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let jobs = self.mailbox.take().into_iter().flatten();
            if desk.ended {
                jobs.for_each(|job| job.fail(&Error::Closed));
            } else {
                self.write(jobs.collect(), &mut desk);
            }
            if self.mailbox.leave() {
                return;
            }
        }
    }

    fn write(&self, jobs: VecDeque<Job>, desk: &mut Desk) {
        self.slot.mend();
        let mut group = Group { jobs, ..Group::default() };
        let work = || self.work(&mut group, &mut desk.bench);
        if let Err(panic) = catch_unwind(AssertUnwindSafe(work)) {
            let error = panicked(&*panic);
            *self.broken() = Some(until_reopened(&error));
            group.fail(&error);
        }
        self.slot.mend();
        for caller in group.leaving {
            desk.ended |= self.leave(&caller, &mut desk.bench);
        }
    }

    /// Commits a group.
    fn work(&self, group: &mut Group, bench: &mut Workbench) {
        let engine = match self.slot.engine(|| {}) {
            Ok(engine) => engine,
            Err(error) => return group.fail(&error),
        };
        let deadline = Instant::now() + PATIENCE;
        loop {
            while let Some(job) = group.jobs.pop_front() {
                group.take(&engine, bench, job);
            }
            group.jobs = self.more(group, deadline);
            if group.jobs.is_empty() {
                break;
            }
        }
        let broken = self.broken().clone();
        match broken {
            Some(error) => group.fail(&error),
            None => self.commit(group, engine, &mut bench.chains),
        }
    }

    /// Takes what has come; waits for the rest of a tick that is still handing over.
    fn more(&self, group: &Group, deadline: Instant) -> VecDeque<Job> {
        if group.ops.len() >= GROUP {
            return VecDeque::new();
        }
        let mut jobs = self.mailbox.take();
        if jobs.is_empty() && group.more {
            jobs = self.mailbox.take_within(deadline.saturating_duration_since(Instant::now()));
        }
        jobs.into_iter().flatten().collect()
    }

    /// Commits what a group gathered, and exchanges the file where that is asked for.
    fn commit(&self, group: &mut Group, engine: Arc<Engine>, chains: &mut Chains) {
        let is_compact = |op: &Op| matches!(op.action, Action::Alone(Deed::Compact));
        let ops = std::mem::take(&mut group.ops);
        let mut outcomes = Vec::with_capacity(ops.len());
        let mut engine = Ok(engine);
        for run in ops.chunk_by(|a, b| !is_compact(a) && !is_compact(b)) {
            if run.iter().any(is_compact) {
                outcomes.push(engine.and_then(|engine| self.compact(engine)));
                engine = self.slot.engine(|| {});
                continue;
            }
            match &engine {
                Ok(engine) => outcomes.extend(engine.commit(run, chains)),
                Err(error) => outcomes.extend(run.iter().map(|_| Err(error.clone()))),
            }
        }
        group.answer(outcomes);
    }

    /// Exchanges the file for a smaller one. Gives up the engine, since another one follows.
    fn compact(&self, engine: Arc<Engine>) -> Result<Outcome> {
        let Some(compaction) = engine.compact()? else {
            return Ok(Outcome::Compacted(0, 0));
        };
        drop(engine);
        let (before, after) = compaction.sizes();
        let compaction = RefCell::new(Some(compaction));
        (self.door.exchange)(&mut |renamed| {
            let check = || compaction.borrow().as_ref().map_or(Ok(()), Compaction::check);
            let put = || compaction.take().map_or(Ok(()), |made| made.put(renamed));
            self.slot.exchange(check, put)
        })?;
        failpoint::hit("compact.opened");
        Ok(Outcome::Compacted(before, after))
    }

    fn leave(&self, caller: &Caller, bench: &mut Workbench) -> bool {
        bench.forget(caller.id);
        let ended = (self.door.leave)(&|| self.slot.close());
        caller.ack.answer(vec![Ok(Outcome::Done)]);
        ended
    }

    fn broken(&self) -> MutexGuard<'_, Option<Error>> {
        self.broken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What everything later fails with.
fn until_reopened(error: &Error) -> Error {
    let what = match error {
        Error::Internal(what) => what.clone(),
        other => other.to_string(),
    };
    let advice = "nothing more is written until the database is closed and opened again";
    Error::Internal(format!("{advice}, since its writer failed: {what}"))
}

/// A group under way.
#[derive(Default)]
struct Group {
    jobs: VecDeque<Job>,
    ops: Vec<Op>,
    /// Whose the writes are, and how many in a row.
    owners: Vec<(Arc<Caller>, usize)>,
    leaving: Vec<Arc<Caller>>,
    more: bool,
}

impl Group {
    fn take(&mut self, engine: &Engine, bench: &mut Workbench, job: Job) {
        let Job { caller, requests, more, close } = job;
        self.more = more;
        self.owners.push((Arc::clone(&caller), requests.len()));
        for request in requests {
            self.ops.push(bench.prepare(engine, &caller, request));
        }
        if close {
            self.leaving.push(caller);
        }
    }

    /// Tells the outcomes of all that was taken.
    fn answer(&mut self, outcomes: Vec<Result<Outcome>>) {
        let mut outcomes = outcomes.into_iter();
        failpoint::hit("answer");
        for (caller, count) in self.owners.drain(..) {
            let own: Vec<_> = outcomes.by_ref().take(count).collect();
            if !own.is_empty() {
                caller.ack.answer(own);
            }
        }
        self.ops.clear();
    }

    /// Answers everything that was taken and not yet answered with an error.
    fn fail(&mut self, error: &Error) {
        for (caller, count) in self.owners.drain(..) {
            if count > 0 {
                caller.ack.answer((0..count).map(|_| Err(error.clone())).collect());
            }
        }
        for mut job in self.jobs.drain(..) {
            if std::mem::take(&mut job.close) {
                self.leaving.push(Arc::clone(&job.caller));
            }
            job.fail(error);
        }
        self.ops.clear();
    }
}
