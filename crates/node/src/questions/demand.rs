//! Demand: a walk over a store of the user's between two reads.
//!
//! Runs it in steps, on any thread, and holds the ancestor cache that it shares with others for one of them at
//! a time. The answer's proof, which may visit all that the walk knows, is made without.

use std::sync::{Arc, Mutex};

use histo_core::Result;
use histo_core::lazy_walk::{AncestorCache, LazyWalk, Poll};

use crate::convert::guard::locked;

/// Steps on JavaScript's thread: some 0.5 ms.
const HERE: u64 = 256;
/// With more to visit an answer takes too long there.
const SMALL: usize = 1024;

/// A walk, what it shares, and what came of it.
pub(crate) struct Demand {
    ancestor_cache: Arc<Mutex<AncestorCache>>,
    walk: Arc<Mutex<LazyWalk>>,
    polled: Option<Arc<Poll>>,
}

impl Demand {
    pub(crate) const fn new(
        ancestor_cache: Arc<Mutex<AncestorCache>>,
        walk: Arc<Mutex<LazyWalk>>,
    ) -> Self {
        Self { ancestor_cache, walk, polled: None }
    }

    /// Works on it as long as it may hold JavaScript's thread.
    ///
    /// # Errors
    /// `HISTO_CORRUPT` for a cycle.
    pub(crate) fn run_here(&mut self) -> Result<()> {
        for _ in 0..HERE {
            if locked(&self.walk)?.weight() > SMALL || self.run(1)? {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Does at most `steps` of it, each a generation of revisions. Returns whether it needs something now
    /// or has answered.
    ///
    /// # Errors
    /// `HISTO_CORRUPT` for a cycle.
    pub(crate) fn run(&mut self, steps: u64) -> Result<bool> {
        let mut walk = locked(&self.walk)?;
        for _ in 0..steps {
            self.polled = match walk.answer()? {
                Some(answer) => Some(Arc::new(answer)),
                None => walk.take_in(&mut *locked(&self.ancestor_cache)?)?.map(Arc::new),
            };
            if self.polled.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What it needs or answers, if it has come to that.
    pub(crate) fn polled(&self) -> Option<Arc<Poll>> {
        self.polled.clone()
    }
}
