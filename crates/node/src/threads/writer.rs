//! The writer of a path: groups the writes of all its databases, and commits one group at a time.
//!
//! Jobs come in through the drafter, which makes their drafts; outcomes go out in order. Both run on threads of a pool, and
//! on none while there is nothing to write: a process may have thousands of paths open. While one thread commits, another
//! one drafts what comes next. A group takes what has come until it is committed. If a tick of JavaScript is still passing
//! writes, the group waits for its end, but not for long. After a panic everything in flight and everything later fails
//! with `HISTO_INTERNAL`.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use histo_core::json::Canonicalizer;
use histo_core::write::{Action, Chains, Deed, Op, Outcome};
use histo_core::{Compaction, Engine, Error, Result, failpoint};

use crate::convert::guard::panicked;
use crate::threads::caller::Caller;
use crate::threads::drafter::{Drafter, TICK_TIMEOUT, is_long};
use crate::threads::job::Job;
use crate::threads::mailbox::Mailbox;
use crate::threads::pool::Pool;
use crate::threads::slot::Slot;
use crate::threads::usage::Usage;
use crate::writes::prepare::Workbench;

/// A group of this many writes is committed without waiting for more.
const GROUP: usize = 16_384;

/// The identity of the data file: device and inode.
pub(crate) type FileId = (u64, u64);

/// Replaces the open file with another one. Reports which one as soon as that is in place.
type Put<'a> = dyn FnMut(&dyn Fn(FileId)) -> Result<()> + 'a;
type Exchange = dyn Fn(&mut Put<'_>) -> Result<()> + Send + Sync;
type Leave = dyn Fn(&dyn Fn()) -> bool + Send + Sync;

/// The two calls into the count of a path's databases. No database joins or leaves while one runs.
pub(crate) struct Door {
    /// Exchanges the file.
    pub(crate) exchange: Box<Exchange>,
    /// Lets a database leave. The last one closes the files and gets `true`.
    pub(crate) leave: Box<Leave>,
}

/// Threads that start at once for the writers of all paths.
const FEW: usize = 4;
/// Threads that follow soon, since writers mostly wait for the disk. If all of them are held up, as by
/// processes that keep transactions open, more start, so that no writer waits in vain.
const MANY: usize = 64;

static POOL: Pool = Pool::new("histo-writer", || FEW, Some(MANY));

/// The state that other threads use.
pub(crate) struct Writer {
    /// How the file is open; `slot` reopens it this way.
    usage: Arc<Mutex<Usage>>,
    door: Door,
    slot: Slot,
    drafter: Drafter,
    /// Drafted jobs, or `None` to look at the slot.
    mailbox: Mailbox<Option<Job>>,
    desk: Mutex<Desk>,
    /// The error left by a panic: everything later fails with it.
    broken: Mutex<Option<Error>>,
}

/// The state of the writing thread.
#[derive(Default)]
struct Desk {
    bench: Workbench,
    /// Whether the last database has left.
    ended: bool,
}

impl Writer {
    pub(crate) fn new(usage: Arc<Mutex<Usage>>, slot: Slot, door: Door) -> Self {
        let (mailbox, desk, broken) = (Mailbox::new(), Mutex::default(), Mutex::new(None));
        Self {
            usage,
            door,
            slot,
            drafter: Drafter::new(Canonicalizer::new()),
            mailbox,
            desk,
            broken,
        }
    }

    /// Prepares the file for one more database. If it is open for reading only and that database wants to
    /// write, it is reopened.
    ///
    /// # Errors
    /// `Misuse` for another durability than it is open with; `Locked` if it cannot be reopened now; any error
    /// of opening, after which it stays open as it was.
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

    /// Returns the engine, for a call; not for the writer's own thread.
    pub(crate) fn engine(self: &Arc<Self>) -> Result<Arc<Engine>> {
        self.slot.engine(|| {
            if self.mailbox.put(None) {
                let writer = Arc::clone(self);
                POOL.send(Box::new(move |started| {
                    match started {
                        Ok(()) => writer.run(),
                        Err(_) => writer.mailbox.miss(), // the caller's wait for the engine will time out
                    }
                    true
                }));
            }
        })
    }

    /// Passes a job. If no thread can be started, it is done at once on this one.
    pub(crate) fn push(self: &Arc<Self>, job: Job) {
        // Idle, the drafter has passed on all that came before.
        if !is_long(&job) && self.drafter.is_idle() {
            self.pass(job);
        } else if self.drafter.put(job) {
            self.start(Self::draft);
        }
    }

    fn pass(self: &Arc<Self>, job: Job) {
        if self.mailbox.put(Some(job)) {
            self.start(|writer| writer.run());
        }
    }

    /// Drafts until nothing is left. One thread at a time runs it. At the end of a tick it has its drafts committed, unless
    /// a commit is running, which takes them when it has ended.
    fn draft(self: &Arc<Self>) {
        let mut owes = false;
        loop {
            let has_ended = self.drafter.draft_tick(|job, panic| {
                if let Some(error) = panic {
                    *self.broken() = Some(until_reopened(&error));
                }
                owes |= self.mailbox.put(Some(job));
            });
            match (has_ended, std::mem::take(&mut owes)) {
                (true, true) => return self.run(),
                (true, false) => return,
                (false, true) => self.start(|writer| writer.run()),
                (false, false) => {}
            }
        }
    }

    fn start(self: &Arc<Self>, work: impl Fn(&Arc<Self>) + Send + 'static) {
        let writer = Arc::clone(self);
        POOL.send(Box::new(move |_| {
            work(&writer);
            true
        }));
    }

    /// Writes until nothing is left. One thread at a time runs it.
    fn run(&self) {
        if catch_unwind(AssertUnwindSafe(|| self.work_off())).is_err() {
            self.mailbox.miss(); // the thread survives, and the next job starts a reader again
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
        let deadline = Instant::now() + TICK_TIMEOUT;
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

    /// Takes what has come; waits for the rest of a tick that is still passing jobs.
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

    /// Commits what a group gathered, and exchanges the file if asked to.
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

    /// Replaces the file with a smaller one. Gives up the engine, since another one follows.
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

/// Returns the error with which everything later fails.
fn until_reopened(error: &Error) -> Error {
    let what = match error {
        Error::Internal(what) => what.clone(),
        other => other.to_string(),
    };
    let advice = "nothing more is written until the database is closed and opened again";
    Error::Internal(format!("{advice}, since its writer failed: {what}"))
}

/// A group in progress.
#[derive(Default)]
struct Group {
    jobs: VecDeque<Job>,
    ops: Vec<Op>,
    /// The callers of the writes, each with the number of successive writes.
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

    /// Reports the outcomes of all writes taken.
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

    /// Reports an error for all writes taken that have no outcome yet.
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
