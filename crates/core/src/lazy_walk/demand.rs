//! Walk: asks for refs to read, takes what was read, and returns the answer.
//!
//! Holds the rounds; `known` paints what is known, and one file for each question says when it is answered.
//! Call `poll`. For `Poll::Need`, call `learn` for some or all of the refs, in any order, or `missing` for one
//! that does not exist. Then call `poll` again.

use std::sync::Arc;

use super::certain::Due;
use super::difference::{self, difference};
use super::is_ancestor::is_ancestor;
use super::known::{FROM, Id, Known, TO};
use super::merge_bases::{self, merge_bases};
use super::postorder::postorder;
use crate::error::{Error, Result};
use crate::lazy_walk::ancestor_cache::{AncestorCache, cycle_at};

/// While something must be read, one poll takes at most this many revisions from the ancestor cache, or as many
/// as are known already: reading is slow, but so is a long way down that nothing may need.
const CACHED_PER_POLL: usize = 1_024;

/// A walk over a user's store.
pub struct LazyWalk {
    asked: Asked,
    known: Known,
    /// Unread tips: an answer about a tip that does not exist would be invalid.
    tips: Vec<Id>,
    /// All refs that were named and not read when the last poll ended, and those named since.
    frontier: Vec<Id>,
    /// The part of the frontier that is not in the ancestor cache, until it is asked for.
    unknown: Vec<Id>,
    /// While something must be read: the maximum of known revisions. `None` until reading continues.
    most: Option<usize>,
    due: Due,
}

enum Asked {
    MergeBases,
    Difference { to: Vec<Id> },
    IsAncestor { ancestor: Id },
}

/// Result of polling a walk.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a walk continues only with what it needs"]
pub enum Poll {
    /// All refs that may be read now, nearest to the tips first; at least one.
    Need(Vec<Arc<str>>),
    /// The refs that answer the question.
    Refs(Vec<Arc<str>>),
    /// Whether the descendant reaches the ancestor.
    Reaches(bool),
}

impl LazyWalk {
    /// Asks for all best common ancestors of two refs, ascending by UTF-16 code units.
    ///
    /// # Errors
    /// None in practice: `HISTO_TOO_LARGE` beyond 2^32 refs.
    pub fn merge_bases(ref1: &str, ref2: &str) -> Result<Self> {
        Self::new(&[ref1], &[ref2], |_, _| Asked::MergeBases)
    }

    /// Asks for what `to` reaches and none of `from` does, newest first.
    ///
    /// # Errors
    /// `HISTO_TOO_LARGE` beyond 2^32 refs.
    pub fn difference<S: AsRef<str>>(from: &[S], to: &str) -> Result<Self> {
        Self::difference_of(from, &[to])
    }

    /// Asks for what some of `to` reach and none of `from` does, newest first. If `to` are branches with little
    /// in common, it also reads all that these and `from` have in common.
    ///
    /// # Errors
    /// `HISTO_TOO_LARGE` beyond 2^32 refs.
    pub fn difference_of<S: AsRef<str>, T: AsRef<str>>(from: &[S], to: &[T]) -> Result<Self> {
        Self::new(from, to, |_, to| Asked::Difference { to })
    }

    /// Asks whether `descendant` reaches `ancestor`; a ref reaches itself.
    ///
    /// # Errors
    /// None in practice: `HISTO_TOO_LARGE` beyond 2^32 refs.
    pub fn is_ancestor(ancestor: &str, descendant: &str) -> Result<Self> {
        Self::new(&[ancestor], &[descendant], |from, to| Asked::IsAncestor {
            ancestor: from.or_else(|| to.first().copied()).unwrap_or_default(),
        })
    }

    fn new<S: AsRef<str>, T: AsRef<str>>(
        from: &[S],
        to: &[T],
        asked: impl FnOnce(Option<Id>, Vec<Id>) -> Asked,
    ) -> Result<Self> {
        let mut known = Known::default();
        let mut wanted = Vec::with_capacity(to.len());
        for tip in to {
            let tip = known.name(Arc::from(tip.as_ref()))?;
            known.paint(tip, TO);
            wanted.push(tip);
        }
        let mut first = None;
        for tip in from {
            let tip = known.name(Arc::from(tip.as_ref()))?;
            known.paint(tip, FROM);
            first.get_or_insert(tip);
        }
        let tips: Vec<Id> = known.ids().collect();
        let frontier = tips.clone();
        let (asked, unknown) = (asked(first, wanted), Vec::new());
        Ok(Self { asked, known, tips, frontier, unknown, most: None, due: Due::default() })
    }

    /// Continues as far as what was learned leads. Linear over all polls in what was visited, except for the
    /// proof at the end, which visits what is known once for every 64 unread common ancestors. For short calls,
    /// alternate `answer` and `take_in`.
    ///
    /// # Errors
    /// `HISTO_CORRUPT`, naming a ref on it, for a cycle among the ancestors.
    pub fn poll(&mut self, ancestor_cache: &mut AncestorCache) -> Result<Poll> {
        loop {
            if let Some(answer) = self.answer()? {
                return Ok(answer);
            }
            if let Some(need) = self.take_in(ancestor_cache)? {
                return Ok(need);
            }
        }
    }

    /// Loads the next generation, as far as the ancestor cache knows it. Returns what must be read, if that is
    /// next; `None` if an answer may be certain by now.
    ///
    /// # Errors
    /// `HISTO_CORRUPT` for a revision that is its own ancestor.
    pub fn take_in(&mut self, ancestor_cache: &mut AncestorCache) -> Result<Option<Poll>> {
        let mut level = std::mem::take(&mut self.frontier);
        let len = self.known.len();
        let most =
            *self.most.get_or_insert_with(|| len.saturating_mul(2).saturating_add(CACHED_PER_POLL));
        if level.is_empty() || (!self.unknown.is_empty() && len > most) {
            self.unknown.append(&mut level);
            self.frontier = std::mem::take(&mut self.unknown);
            self.most = None;
            return self.need(ancestor_cache).map(Some);
        }
        level.retain(|&id| !self.known.is_read(id));
        let mut named = Vec::new();
        for id in level {
            match ancestor_cache.ancestors(self.known.text(id)) {
                Some(ancestors) => self.read(id, ancestors, &mut named)?,
                None => self.unknown.push(id),
            }
        }
        self.frontier = named;
        Ok(None)
    }

    /// Returns at most how many revisions `answer` would visit now; 0 if there is clearly no answer yet.
    pub fn weight(&self) -> usize {
        let may_answer = match self.asked {
            Asked::MergeBases => merge_bases::may_answer(&self.known, &self.due),
            Asked::Difference { .. } => difference::may_answer(&self.known, &self.due),
            Asked::IsAncestor { ancestor } => is_ancestor(&self.known, ancestor).is_some(),
        };
        if may_answer { self.known.len() } else { 0 }
    }

    /// Takes the direct ancestors of a revision, and stores them in `ancestor_cache`.
    ///
    /// # Errors
    /// `HISTO_CORRUPT` if it is its own ancestor.
    pub fn learn<S: AsRef<str>>(
        &mut self,
        ancestor_cache: &mut AncestorCache,
        reference: &str,
        ancestors: &[S],
    ) -> Result<()> {
        ancestor_cache.learn(reference, ancestors)?;
        let Some(id) = self.known.find(reference) else {
            return Ok(());
        };
        let ancestors = ancestors.iter().map(|ancestor| ancestor_cache.text(ancestor.as_ref()));
        let mut named = std::mem::take(&mut self.frontier);
        let read = self.read(id, ancestors.collect(), &mut named);
        self.frontier = named;
        read
    }

    /// Returns the error for a needed ref that does not exist: `HISTO_NOT_FOUND` for a tip,
    /// `HISTO_MISSING_ANCESTOR` for one that another revision names.
    pub fn missing(&self, reference: &str) -> Error {
        let is_tip = self.tips.iter().any(|&tip| **self.known.text(tip) == *reference);
        if is_tip || self.known.find(reference).is_none() {
            return Error::NotFound(reference.to_owned());
        }
        Error::MissingAncestor(reference.to_owned())
    }

    /// Reads a revision; appends its new ancestors to `named`.
    fn read(&mut self, id: Id, ancestors: Vec<Arc<str>>, named: &mut Vec<Id>) -> Result<()> {
        if self.known.is_read(id) {
            return Ok(());
        }
        let mut parents = Vec::with_capacity(ancestors.len());
        for ancestor in ancestors {
            let before = self.known.len();
            let parent = self.known.name(ancestor)?;
            if self.known.len() > before {
                named.push(parent);
            }
            if parent == id {
                return Err(cycle_at(self.known.text(id)));
            }
            parents.push(parent);
        }
        self.known.read(id, &parents)
    }

    /// Returns the answer, once it is certain and no known revisions form a cycle.
    ///
    /// # Errors
    /// `HISTO_CORRUPT`, naming a ref on it, for a cycle among the ancestors.
    pub fn answer(&mut self) -> Result<Option<Poll>> {
        self.tips.retain(|&tip| !self.known.is_read(tip));
        if !self.tips.is_empty() {
            return Ok(None);
        }
        let answer = match &self.asked {
            Asked::MergeBases => merge_bases(&self.known, &mut self.due)?.map(Poll::Refs),
            Asked::Difference { to } => difference(&self.known, to, &mut self.due)?.map(Poll::Refs),
            Asked::IsAncestor { ancestor } => {
                is_ancestor(&self.known, *ancestor).map(Poll::Reaches)
            }
        };
        if answer.is_some() {
            postorder(&self.known, self.known.ids(), |_| true)?;
        }
        Ok(answer)
    }

    /// Returns the refs that the frontier needs from the store.
    fn need(&self, ancestor_cache: &AncestorCache) -> Result<Poll> {
        let texts = self.frontier.iter().map(|&id| self.known.text(id));
        let need: Vec<_> =
            texts.filter(|text| !ancestor_cache.knows(text)).map(Arc::clone).collect();
        if need.is_empty() {
            return Err(Error::Internal("a walk has read everything without an answer".into()));
        }
        Ok(Poll::Need(need))
    }
}
