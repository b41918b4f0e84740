//! Large graphs: walks without an index give the answers of walks over the index.
//!
//! Those are compared with git's answers and the plain definitions elsewhere. Here the test for certainty is
//! postponed between rounds, and handles more than 64 unread revisions at once.
#![cfg(test)]

use std::collections::BTreeSet;

use histo_core::graph::{Graph, difference, is_ancestor, merge_bases};
use histo_core::lazy_walk::{AncestorCache, LazyWalk, Poll};

use crate::graph_support::{graph_of, history, numbers, pos};
use crate::walk_support::{Parents, Store, name};

/// Number of pairs of revisions asked about in each graph.
const PAIRS: usize = 40;

/// A small generator of numbers (splitmix64), so that the graphs are the same everywhere.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % end as u64).unwrap()
    }
}

/// Revisions that each follow one to three of the `width` before them.
fn wide(len: usize, width: usize, numbers: &mut Numbers) -> Parents {
    let mut parents: Parents = vec![vec![]];
    for child in 1..len {
        let reach = width.min(child);
        let own: BTreeSet<usize> =
            (0..=numbers.below(3)).map(|_| child - 1 - numbers.below(reach)).collect();
        parents.push(own.into_iter().collect());
    }
    parents
}

fn assert_as_indexed(parents: &Parents, numbers: &mut Numbers) {
    let graph = graph_of(parents);
    let mut ancestor_cache = AncestorCache::new(parents.len() / 2);
    for pair in 0..PAIRS {
        let a = numbers.below(parents.len());
        let near = a.saturating_sub(numbers.below(200));
        let b = if pair % 2 == 0 { near } else { numbers.below(parents.len()) };
        for (a, b) in [(a, b), (b, a)] {
            assert_pair(parents, &graph, &mut ancestor_cache, a, b);
        }
    }
}

fn assert_pair(
    parents: &Parents,
    graph: &Graph,
    ancestor_cache: &mut AncestorCache,
    a: usize,
    b: usize,
) {
    let mut store = Store::new(parents);
    let mut bases = numbers(&merge_bases(graph, pos(a), pos(b)).unwrap());
    bases.sort_by_key(|&base| name(base));
    assert_eq!(store.numbers(LazyWalk::merge_bases(&name(a), &name(b)), ancestor_cache), bases);
    let only = store.numbers(LazyWalk::difference(&[name(a)], &name(b)), ancestor_cache);
    let mut sorted = only.clone();
    sorted.sort_unstable_by(|older, newer| newer.cmp(older));
    assert_eq!(sorted, numbers(&difference(graph, &[pos(a)], &[pos(b)]).unwrap()));
    assert_newest_first(parents, &only);
    let reaches = is_ancestor(graph, pos(a), pos(b)).unwrap();
    let answer = store.run(LazyWalk::is_ancestor(&name(a), &name(b)), ancestor_cache);
    assert_eq!(answer, Ok(Poll::Reaches(reaches)));
}

/// In a difference, a line between two of its revisions lies inside it, so checking links is enough.
fn assert_newest_first(parents: &Parents, answer: &[usize]) {
    let mut passed = BTreeSet::new();
    for &revision in answer {
        assert!(parents[revision].iter().all(|parent| !passed.contains(parent)));
        assert!(passed.insert(revision), "twice in the answer");
    }
}

#[test]
fn recorded_histories_are_answered_as_over_the_index() {
    for recorded in ["irmin", "jj"] {
        assert_as_indexed(&history(recorded), &mut Numbers(1));
    }
}

#[test]
fn wide_graphs_are_answered_as_over_the_index() {
    for width in [2, 30, 400, 2_000] {
        let mut numbers = Numbers(width as u64);
        let parents = wide(4_000, width, &mut numbers);
        assert_as_indexed(&parents, &mut numbers);
    }
}
