//! A walk over a user's store, between two reads.
//!
//! Runs in steps, on any thread, and locks the shared ancestor cache for one step at a time. The proof of the
//! answer, which may visit all that the walk knows, runs without the lock.

use std::sync::{Arc, Mutex};

use histo_core::Result;
use histo_core::graph::Step;
use histo_core::lazy_walk::{AncestorCache, LazyWalk, Poll};

use crate::convert::guard::locked;

/// Steps on JavaScript's thread: some 0.5 ms.
const STEPS_AT_ONCE: u64 = 256;
/// An answer with more visits than this takes too long on JavaScript's thread.
const MAX_WEIGHT: usize = 1024;

/// A walk, and the cache that it shares.
pub(crate) struct StoredWalk {
    pub(crate) ancestor_cache: Arc<Mutex<AncestorCache>>,
    pub(crate) walk: Arc<Mutex<LazyWalk>>,
}

impl StoredWalk {
    /// Works as long as it may hold JavaScript's thread. Returns what it needs, or its answer.
    ///
    /// # Errors
    /// `HISTO_CORRUPT` for a cycle.
    pub(crate) fn run_at_once(&self) -> Result<Step<Poll>> {
        for _ in 0..STEPS_AT_ONCE {
            if locked(&self.walk)?.weight() > MAX_WEIGHT {
                break;
            }
            if let Step::Done(polled) = self.run(1)? {
                return Ok(Step::Done(polled));
            }
        }
        Ok(Step::Pending)
    }

    /// Takes at most `steps` steps, each a generation of revisions. Returns what it needs, or its answer.
    ///
    /// # Errors
    /// `HISTO_CORRUPT` for a cycle.
    pub(crate) fn run(&self, steps: u64) -> Result<Step<Poll>> {
        let mut walk = locked(&self.walk)?;
        for _ in 0..steps {
            let polled = match walk.answer()? {
                Some(answer) => Some(answer),
                None => walk.take_in(&mut *locked(&self.ancestor_cache)?)?,
            };
            if let Some(polled) = polled {
                return Ok(Step::Done(polled));
            }
        }
        Ok(Step::Pending)
    }
}
