//! Runs a walk without an index over a list of parents; refs are numbers as text.
#![cfg(test)]

use histo_core::lazy_walk::{AncestorCache, LazyWalk, Poll};
use histo_reference::Set;

use super::shapes::Parents;

pub(crate) fn name(number: usize) -> String {
    number.to_string()
}

pub(crate) fn names(numbers: &[usize]) -> Vec<String> {
    numbers.iter().map(|&number| name(number)).collect()
}

/// Answers all reads of `walk` until it returns its answer.
pub(crate) fn run(
    parents: &Parents,
    mut walk: LazyWalk,
    ancestor_cache: &mut AncestorCache,
) -> Poll {
    for _ in 0..=parents.len() {
        match walk.poll(ancestor_cache).unwrap() {
            Poll::Need(need) => {
                for reference in need {
                    let own = names(&parents[reference.parse::<usize>().unwrap()]);
                    walk.learn(ancestor_cache, &reference, &own).unwrap();
                }
            }
            answer => return answer,
        }
    }
    panic!("the walk reads more often than there are revisions");
}

/// Runs a walk whose answer is refs; returns them as numbers, in order.
pub(crate) fn numbers(
    parents: &Parents,
    walk: LazyWalk,
    ancestor_cache: &mut AncestorCache,
) -> Vec<usize> {
    match run(parents, walk, ancestor_cache) {
        Poll::Refs(refs) => refs.iter().map(|reference| reference.parse().unwrap()).collect(),
        other => panic!("refs were expected, not {other:?}"),
    }
}

pub(crate) fn set(numbers: Vec<usize>) -> Set {
    numbers.into_iter().collect()
}
