//! One open database as its JavaScript environment holds it.
//!
//! Several of them, in any environment, share the writer and engine of a path. In memory there is no
//! writer: writes are decided at once on the calling thread.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use histo_core::graph::{Reaches, RecentTips};
use histo_core::sync::ReorderBuffer;
use histo_core::write::Outcome;
use histo_core::{Engine, Error, Result};

use crate::threads::ack::Ack;
use crate::threads::caller::Caller;
use crate::threads::writer::{Job, Writer};
use crate::writes::prepare::Workbench;
use crate::writes::request::Request;

/// Revisions of a stream that wait for ancestors.
pub(crate) type Stream = Arc<Mutex<ReorderBuffer>>;

/// A batch has 20 bits for the number of a branch.
const MOST_BRANCHES: u32 = 1 << 20;

/// Among so many revisions written last, recent tips are looked for.
const RECENT: u32 = 1 << 16;

static NEXT_ID: AtomicU64 = AtomicU64::new(1);

/// An open database, or one that is being opened.
pub struct Database {
    caller: Arc<Caller>,
    branches: Mutex<Vec<Arc<str>>>,
    link: Arc<Mutex<Link>>,
    reaches: Arc<Mutex<Reaches>>,
    recent_tips: Mutex<RecentTips>,
    /// The last move of a head before it was opened, and before what it was asked for until then.
    joined: Arc<AtomicU64>,
}

/// Where the engine is.
pub(crate) enum Link {
    /// Being opened on another thread; what was asked for waits.
    Opening(Vec<Job>),
    Memory(Arc<Engine>, Box<Workbench>),
    Disk(Arc<Writer>),
    Failed(Error),
    Closed,
}

impl Database {
    /// `log_days`: as of the caller; `read_only`: the path, where it may not write.
    pub(crate) fn new(
        ack: Ack,
        (limit, log_days): (u64, Option<u32>),
        read_only: Option<PathBuf>,
        link: Link,
    ) -> Self {
        let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
        Self {
            caller: Arc::new(Caller { id, limit, read_only, log_days, ack }),
            // Number 0 is for writes that concern no branch.
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

    /// What the last tips that were asked about reach.
    pub(crate) const fn reaches(&self) -> &Arc<Mutex<Reaches>> {
        &self.reaches
    }

    /// What was written last and nothing descends from.
    pub(crate) const fn recent_tips(&self) -> &Mutex<RecentTips> {
        &self.recent_tips
    }

    /// Numbers a branch for the batches.
    pub(crate) fn add_branch(&self, name: String) -> Result<u32> {
        let mut branches = self.branches.lock().unwrap_or_else(PoisonError::into_inner);
        let number = u32::try_from(branches.len()).unwrap_or(u32::MAX);
        if number >= MOST_BRANCHES {
            return Err(Error::Full("too many branches were written to: open it anew".into()));
        }
        branches.push(Arc::from(name));
        Ok(number)
    }

    pub(crate) fn branch(&self, number: u32) -> Result<Arc<str>> {
        let branches = self.branches.lock().unwrap_or_else(PoisonError::into_inner);
        let branch = branches.get(number as usize).map(Arc::clone);
        branch.ok_or_else(|| Error::Internal(format!("no branch has the number {number}")))
    }

    /// Runs `ask` over the engine.
    pub(crate) fn engine<R>(&self, ask: impl FnOnce(&Engine) -> Result<R>) -> Result<R> {
        ask(&*engine_of(&self.link)?)
    }

    /// Hands writes to the writer; `more` says that the tick goes on and others follow at once.
    pub(crate) fn hand_over(&self, requests: Vec<Request>, more: bool) {
        let job = Job { caller: self.caller(), requests, more, close: false };
        self.pass_on(job);
    }

    /// Decides writes in memory, here and now.
    pub(crate) fn write_now(&self, requests: Vec<Request>) -> Result<Vec<Result<Outcome>>> {
        let mut link = self.locked();
        let Link::Memory(engine, bench) = &mut *link else {
            return Err(Error::Closed);
        };
        let ops: Vec<_> = requests
            .into_iter()
            .map(|request| bench.prepare(engine, &self.caller, request))
            .collect();
        Ok(engine.commit(&ops, &mut bench.chains))
    }

    /// Whether nothing more is asked for.
    pub(crate) fn is_closed(&self) -> bool {
        matches!(&*self.locked(), Link::Closed)
    }

    /// Frees a database in memory; tells whether it was one.
    pub(crate) fn close_memory(&self) -> bool {
        let mut link = self.locked();
        let memory = matches!(&*link, Link::Memory(..));
        if memory {
            *link = Link::Closed;
        }
        memory
    }

    /// Closes behind the writes that were handed over; answered like a write.
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

/// The engine behind a link. Keeping it keeps the files open.
pub(crate) fn engine_of(link: &Mutex<Link>) -> Result<Arc<Engine>> {
    match &*link.lock().unwrap_or_else(PoisonError::into_inner) {
        Link::Memory(engine, _) => Ok(Arc::clone(engine)),
        Link::Disk(writer) => writer.engine(),
        Link::Failed(error) => Err(error.clone()),
        Link::Opening(_) => Err(Error::Internal("read before it is open".into())),
        Link::Closed => Err(Error::Closed),
    }
}

impl Drop for Database {
    /// Closes what was not closed: collected as garbage, or the environment ends. Never blocks.
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
