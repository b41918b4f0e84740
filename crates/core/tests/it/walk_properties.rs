//! Properties: over random graphs of every shape, walks without an index give the answers of the definitions.
//!
//! The plain side is `histo-reference`. Every walk is run cold, and again over an ancestor cache of some
//! capacity that knows part of the graph, with answers that come in reverse or by halves.
#![cfg(test)]

use histo_core::lazy_walk::{AncestorCache, LazyWalk, Poll};
use histo_reference as reference;
use proptest::prelude::*;
use proptest::sample::subsequence;

use crate::walk_shapes::graphs;
use crate::walk_support::{Manner, Parents, Store, name, names};

/// How a walk is run: the ancestor cache's capacity, the revisions it knows, how the store answers.
#[derive(Debug, Clone)]
struct Way {
    capacity: usize,
    known: Vec<usize>,
    manner: Manner,
}

impl Way {
    fn ancestor_cache(&self, parents: &Parents) -> AncestorCache {
        let mut ancestor_cache = AncestorCache::new(self.capacity);
        for &revision in &self.known {
            ancestor_cache.learn(&name(revision), &names(&parents[revision])).unwrap();
        }
        ancestor_cache
    }
}

fn ways(len: usize) -> impl Strategy<Value = Way> {
    let all: Vec<usize> = (0..len).collect();
    let capacity = prop_oneof![Just(0_usize), Just(3), Just(1_000)];
    let manner = prop_oneof![Just(Manner::InOrder), Just(Manner::Backwards), Just(Manner::Half)];
    (capacity, subsequence(all, 0..=len), manner).prop_map(|(capacity, known, manner)| Way {
        capacity,
        known,
        manner,
    })
}

/// A graph, up to three of its revisions, two more, and a way.
fn cases() -> impl Strategy<Value = (Parents, Vec<usize>, usize, usize, Way)> {
    graphs().prop_flat_map(|parents| {
        let len = parents.len();
        let some = subsequence((0..len).collect::<Vec<_>>(), 0..=3.min(len));
        (Just(parents), some, 0..len, 0..len, ways(len))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn merge_bases_are_those_of_the_definition((parents, _, a, b, way) in cases()) {
        let mut expected: Vec<usize> = reference::merge_bases(&parents, a, b).into_iter().collect();
        expected.sort_by_key(|&base| name(base));
        let walk = || LazyWalk::merge_bases(&name(a), &name(b));
        let cold = Store::new(&parents).numbers(walk(), &mut AncestorCache::new(0));
        prop_assert_eq!(&cold, &expected);
        let mut store = Store::with_manner(&parents, way.manner);
        prop_assert_eq!(store.numbers(walk(), &mut way.ancestor_cache(&parents)), expected);
    }

    #[test]
    fn the_difference_is_that_of_the_definition((parents, from, _, to, way) in cases()) {
        let expected = reference::difference(&parents, &from, &[to]);
        let walk = || LazyWalk::difference(&names(&from), &name(to));
        let cold = Store::new(&parents).numbers(walk(), &mut AncestorCache::new(0));
        prop_assert_eq!(cold.iter().copied().collect::<reference::Set>(), expected);
        prop_assert!(reference::is_newest_first(&parents, &cold));
        let mut store = Store::with_manner(&parents, way.manner);
        prop_assert_eq!(store.numbers(walk(), &mut way.ancestor_cache(&parents)), cold);
    }

    #[test]
    fn ancestry_is_that_of_the_definition((parents, _, a, b, way) in cases()) {
        let expected = Ok(Poll::Reaches(reference::is_ancestor(&parents, a, b)));
        let walk = || LazyWalk::is_ancestor(&name(a), &name(b));
        prop_assert_eq!(&Store::new(&parents).run(walk(), &mut AncestorCache::new(0)), &expected);
        let mut store = Store::with_manner(&parents, way.manner);
        prop_assert_eq!(store.run(walk(), &mut way.ancestor_cache(&parents)), expected);
    }

    #[test]
    fn one_cache_serves_many_walks((parents, from, a, b, way) in cases()) {
        let mut ancestor_cache = way.ancestor_cache(&parents);
        let mut store = Store::with_manner(&parents, way.manner);
        let bases = store.numbers(LazyWalk::merge_bases(&name(a), &name(b)), &mut ancestor_cache);
        prop_assert_eq!(reference::Set::from_iter(bases), reference::merge_bases(&parents, a, b));
        let only = store.numbers(LazyWalk::difference(&names(&from), &name(b)), &mut ancestor_cache);
        prop_assert_eq!(reference::Set::from_iter(only), reference::difference(&parents, &from, &[b]));
        prop_assert!(ancestor_cache.len() <= way.capacity);
        let reaches = store.run(LazyWalk::is_ancestor(&name(b), &name(a)), &mut ancestor_cache);
        prop_assert_eq!(reaches, Ok(Poll::Reaches(reference::is_ancestor(&parents, b, a))));
    }
}
