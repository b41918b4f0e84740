//! The drafter of a writer: makes the drafts of long jobs while the writer commits what came before.
//!
//! Has a queue of its own, and passes each job on in the order of the queue. Starts no thread, and commits nothing.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use histo_core::json::Canonicalizer;
use histo_core::{Error, failpoint};

use crate::convert::guard::panicked;
use crate::threads::job::Job;
use crate::threads::mailbox::Mailbox;
use crate::writes::drafts::draft_ahead;

/// Longest wait for the end of a tick.
pub(crate) const TICK_TIMEOUT: Duration = Duration::from_millis(2);
/// A job with fewer bytes of data goes to the writer as it is: to wake one more thread for it takes longer than to draft it.
const LONG: usize = 1 << 13;

/// Whether a job is worth drafting ahead.
pub(crate) fn is_long(job: &Job) -> bool {
    job.requests.iter().map(|request| request.wish.bytes()).sum::<usize>() >= LONG
}

/// The jobs to draft.
pub(crate) struct Drafter {
    inbox: Mailbox<Job>,
    canonicalizer: Mutex<Canonicalizer>,
}

impl Drafter {
    pub(crate) const fn new(canonicalizer: Canonicalizer) -> Self {
        Self { inbox: Mailbox::new(), canonicalizer: Mutex::new(canonicalizer) }
    }

    /// Appends a job. Returns `true` if the caller must start a thread that calls `draft_tick`.
    pub(crate) fn put(&self, job: Job) -> bool {
        self.inbox.put(job)
    }

    /// Whether all jobs have been passed on.
    pub(crate) fn is_idle(&self) -> bool {
        !self.inbox.is_read()
    }

    /// Drafts jobs up to the end of a tick of JavaScript, and passes each to `pass`, with the error if that panicked.
    /// Returns whether nothing is left; otherwise it must be called again.
    pub(crate) fn draft_tick(&self, mut pass: impl FnMut(Job, Option<Error>)) -> bool {
        let mut canonicalizer = self.canonicalizer.lock().unwrap_or_else(PoisonError::into_inner);
        let deadline = Instant::now() + TICK_TIMEOUT;
        let mut next = self.inbox.first();
        while let Some(mut job) = next {
            let has_more = job.more;
            let panic = draft(&mut canonicalizer, &mut job);
            pass(job, panic);
            if !has_more {
                break;
            }
            next = self.inbox.first_within(deadline.saturating_duration_since(Instant::now()));
        }
        self.inbox.leave()
    }
}

fn draft(canonicalizer: &mut Canonicalizer, job: &mut Job) -> Option<Error> {
    let limit = job.caller.limit;
    let work = || {
        failpoint::hit("draft");
        for request in &mut job.requests {
            draft_ahead(canonicalizer, limit, request);
        }
    };
    catch_unwind(AssertUnwindSafe(work)).err().map(|panic| panicked(&*panic))
}
