//! An open database in its JavaScript environment.
//!
//! Several of them, in any environment, share the writer and engine of a path. In memory there is no writer:
//! writes are decided at once on the calling thread.

use std::path::PathBuf;
use std::slice;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use histo_core::graph::{Reaches, RecentTips};
use histo_core::sync::ReorderBuffer;
use histo_core::write::Outcome;
use histo_core::{Engine, Error, Result};

use crate::convert::guard::{Code, guard};
use crate::threads::ack::Ack;
use crate::threads::caller::Caller;
use crate::threads::job::Job;
use crate::threads::writer::Writer;
use crate::writes::prepare::Workbench;
use crate::writes::request::Request;

/// The revisions of a stream that wait for ancestors.
pub(crate) type Stream = Arc<Mutex<ReorderBuffer>>;

/// A batch has 20 bits for the number of a branch.
const MOST_BRANCHES: u32 = 1 << 20;

/// Recent tips are searched among this many revisions, the last written ones.
const RECENT: u32 = 1 << 16;

static NEXT_ID: AtomicU64 = AtomicU64::new(1);

/// A database that is open or being opened.
pub struct Database {
    caller: Arc<Caller>,
    branches: Mutex<Vec<Arc<str>>>,
    link: Arc<Mutex<Link>>,
    reaches: Arc<Mutex<Reaches>>,
    recent_tips: Mutex<RecentTips>,
    /// The last move of a head before it was opened, and so before anything that was asked for meanwhile.
    joined: Arc<AtomicU64>,
}

/// The engine, or what waits for it.
pub(crate) enum Link {
    /// Being opened on another thread; these jobs wait.
    Opening(Vec<Job>),
    Memory(Arc<Engine>, Box<Workbench>),
    Disk(Arc<Writer>),
    Failed(Error),
    Closed,
}

impl Database {
    /// `log_days`: as in the caller; `read_only`: the path, if it must not write.
    pub(crate) fn new(
        ack: Ack,
        (limit, log_days): (u64, Option<u32>),
        read_only: Option<PathBuf>,
        link: Link,
    ) -> Self {
        let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
        Self {
            caller: Arc::new(Caller { id, limit, read_only, log_days, ack }),
            // Number 0 is for writes without a branch.
            branches: Mutex::new(vec![Arc::from("")]),
            link: Arc::new(Mutex::new(link)),
            reaches: Arc::default(),
            recent_tips: Mutex::new(RecentTips::new(RECENT)),
            joined: Arc::default(),
        }
    }

    pub(crate) fn id(&self) -> u64 {
        self.caller.id
    }

    /// Days that the log keeps its moves; `None`: they are not logged.
    pub(crate) fn log_days(&self) -> Option<u32> {
        self.caller.log_days
    }

    pub(crate) fn caller(&self) -> Arc<Caller> {
        Arc::clone(&self.caller)
    }

    pub(crate) fn link(&self) -> Arc<Mutex<Link>> {
        Arc::clone(&self.link)
    }

    pub(crate) fn joined(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.joined)
    }

    /// Returns the bitmaps of what the last tips asked about reach.
    pub(crate) const fn reaches(&self) -> &Arc<Mutex<Reaches>> {
        &self.reaches
    }

    /// Returns the tips among the last written revisions.
    pub(crate) const fn recent_tips(&self) -> &Mutex<RecentTips> {
        &self.recent_tips
    }

    /// Returns a number for a branch, for batches.
    pub(crate) fn add_branch(&self, name: String) -> Result<u32> {
        let mut branches = self.branches.lock().unwrap_or_else(PoisonError::into_inner);
        let number = u32::try_from(branches.len()).unwrap_or(u32::MAX);
        if number >= MOST_BRANCHES {
            return Err(Error::Full(
                "too many branches were written to: close and open it again".into(),
            ));
        }
        branches.push(Arc::from(name));
        Ok(number)
    }

    pub(crate) fn branch(&self, number: u32) -> Result<Arc<str>> {
        let branches = self.branches.lock().unwrap_or_else(PoisonError::into_inner);
        let branch = branches.get(number as usize).map(Arc::clone);
        branch.ok_or_else(|| Error::Internal(format!("no branch has the number {number}")))
    }

    /// Runs `ask` on the engine.
    pub(crate) fn engine<R>(&self, ask: impl FnOnce(&Engine) -> Result<R>) -> Result<R> {
        ask(&*engine_of(&self.link)?)
    }

    /// Runs `ask` on the engine, as the body of an export.
    pub(crate) fn guarded<R>(
        &self,
        ask: impl FnOnce(&Engine) -> Result<R>,
    ) -> napi::Result<R, Code> {
        guard(|| self.engine(ask))
    }

    /// Passes writes to the writer; `more` says that the same tick passes more.
    pub(crate) fn hand_over(&self, requests: Vec<Request>, more: bool) {
        let job = Job { caller: self.caller(), requests, more, close: false };
        self.pass_on(job);
    }

    /// Decides a write in memory at once.
    pub(crate) fn write_now(&self, request: Request) -> Result<Result<Outcome>> {
        let mut link = self.locked();
        let Link::Memory(engine, bench) = &mut *link else {
            return Err(Error::Closed);
        };
        let op = bench.prepare(engine, &self.caller, request);
        let mut outcomes = engine.commit(slice::from_ref(&op), &mut bench.chains);
        Ok(outcomes.pop().unwrap_or(Ok(Outcome::Done)))
    }

    /// Whether it was closed.
    pub(crate) fn is_closed(&self) -> bool {
        matches!(&*self.locked(), Link::Closed)
    }

    /// Closes a database in memory; returns whether it was one.
    pub(crate) fn close_memory(&self) -> bool {
        let mut link = self.locked();
        let memory = matches!(&*link, Link::Memory(..));
        if memory {
            *link = Link::Closed;
        }
        memory
    }

    /// Closes after the writes that were passed; acknowledged like a write.
    pub(crate) fn close(&self) {
        self.pass_on(Job { caller: self.caller(), requests: Vec::new(), more: false, close: true });
    }

    fn pass_on(&self, job: Job) {
        let mut link = self.locked();
        let close = job.close;
        match &mut *link {
            Link::Opening(waiting) => return waiting.push(job),
            Link::Disk(writer) => writer.push(job),
            Link::Failed(error) => job.fail(error),
            Link::Memory(..) | Link::Closed => job.fail(&Error::Closed),
        }
        if close {
            *link = Link::Closed;
        }
    }

    fn locked(&self) -> MutexGuard<'_, Link> {
        self.link.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the engine behind a link. Keeping it keeps the files open.
pub(crate) fn engine_of(link: &Mutex<Link>) -> Result<Arc<Engine>> {
    match &*link.lock().unwrap_or_else(PoisonError::into_inner) {
        Link::Memory(engine, _) => Ok(Arc::clone(engine)),
        Link::Disk(writer) => writer.engine(),
        Link::Failed(error) => Err(error.clone()),
        Link::Opening(_) => Err(Error::Internal("a database was read before it was open".into())),
        Link::Closed => Err(Error::Closed),
    }
}

impl Drop for Database {
    /// Closes it, if it was collected as garbage or its environment ends. Never blocks.
    fn drop(&mut self) {
        let mut link = self.locked();
        let leave = || {
            self.caller.ack.expect_unheard();
            Job::leave(self.caller())
        };
        match &mut *link {
            Link::Disk(writer) => writer.push(leave()),
            Link::Opening(waiting) if waiting.iter().any(|job| job.close) => return,
            Link::Opening(waiting) => return waiting.push(leave()),
            Link::Memory(..) | Link::Failed(_) | Link::Closed => {}
        }
        *link = Link::Closed;
    }
}
