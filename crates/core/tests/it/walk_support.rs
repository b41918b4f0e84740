//! A user's store for the tests of the walks: returns what is read, and counts the reads.
#![cfg(test)]

use std::collections::HashSet;

use histo_core::lazy_walk::{AncestorCache, LazyWalk, Poll};
use histo_core::{Error, Result};

pub(crate) type Parents = Vec<Vec<usize>>;

/// More rounds than any walk of the tests takes.
const ENDLESS: usize = 200_000;

/// How a store returns one batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    InOrder,
    Backwards,
    /// Only every other ref, including the first; the rest must be asked for again.
    Half,
}

/// A store over a graph, and what it was asked.
pub(crate) struct Store {
    parents: Parents,
    manner: Manner,
    read: HashSet<String>,
    pub(crate) reads: usize,
    pub(crate) rounds: usize,
}

/// Returns the ref of revision `number`; refs sort differently from numbers.
pub(crate) fn name(number: usize) -> String {
    format!("{}-{number}", number % 7)
}

pub(crate) fn names(numbers: &[usize]) -> Vec<String> {
    numbers.iter().map(|&number| name(number)).collect()
}

/// Returns the revision that a ref stands for.
pub(crate) fn number(reference: &str) -> usize {
    reference.split_once('-').unwrap().1.parse().unwrap()
}

impl Store {
    pub(crate) fn new(parents: &Parents) -> Self {
        Self::with_manner(parents, Manner::InOrder)
    }

    pub(crate) fn with_manner(parents: &Parents, manner: Manner) -> Self {
        Self { parents: parents.clone(), manner, read: HashSet::new(), reads: 0, rounds: 0 }
    }

    /// Runs a walk to its answer. A ref without a revision is missing, as the store reports.
    pub(crate) fn run(
        &mut self,
        walk: Result<LazyWalk>,
        ancestor_cache: &mut AncestorCache,
    ) -> Result<Poll> {
        let mut walk = walk?;
        self.read.clear();
        while self.rounds < ENDLESS {
            let need = match walk.poll(ancestor_cache)? {
                Poll::Need(need) => need,
                answer => return Ok(answer),
            };
            assert!(!need.is_empty(), "a walk that needs nothing must answer");
            assert_eq!(need.iter().collect::<HashSet<_>>().len(), need.len(), "asked for twice");
            self.rounds += 1;
            for reference in self.in_manner(need.iter().map(ToString::to_string).collect()) {
                let Some(ancestors) = self.parents.get(number(&reference)) else {
                    return Err(walk.missing(&reference));
                };
                walk.learn(ancestor_cache, &reference, &names(ancestors))?;
                self.reads += 1;
                assert!(self.read.insert(reference), "read twice");
            }
        }
        panic!("the walk does not end");
    }

    /// Runs a walk whose answer is refs; returns their revisions.
    pub(crate) fn numbers(
        &mut self,
        walk: Result<LazyWalk>,
        ancestor_cache: &mut AncestorCache,
    ) -> Vec<usize> {
        match self.run(walk, ancestor_cache).unwrap() {
            Poll::Refs(refs) => refs.iter().map(|reference| number(reference)).collect(),
            other => panic!("refs were expected, not {other:?}"),
        }
    }

    /// Runs a walk that must fail.
    pub(crate) fn error(&mut self, walk: Result<LazyWalk>) -> Error {
        self.run(walk, &mut AncestorCache::new(1_000)).unwrap_err()
    }

    fn in_manner(&self, mut need: Vec<String>) -> Vec<String> {
        match self.manner {
            Manner::InOrder => {}
            Manner::Backwards => need.reverse(),
            Manner::Half => need = need.into_iter().step_by(2).collect(),
        }
        need
    }
}

/// Appends a line of `len` revisions below which `parents` stand; returns its last.
pub(crate) fn line(parents: &mut Parents, below: &[usize], len: usize) -> usize {
    let mut own = below.to_vec();
    for _ in 0..len {
        parents.push(own);
        own = vec![parents.len() - 1];
    }
    own[0]
}
