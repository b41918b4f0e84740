//! Stores that lie, and refs that do not exist: every walk ends, with an error that names a ref.
#![cfg(test)]

use histo_core::Error;
use histo_core::lazy_walk::{AncestorCache, LazyWalk};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::walk_support::{Parents, Store, name, names, number};

fn assert_names_one_of(error: &Error, revisions: &[usize]) {
    assert!(matches!(error, Error::Corrupt { .. }), "{error:?}");
    let text = error.to_string();
    let named = revisions.iter().any(|&revision| text.ends_with(&format!(": {}", name(revision))));
    assert!(named, "{text}");
}

#[test]
fn a_revision_that_is_its_own_ancestor_is_corrupt() {
    let parents = vec![vec![], vec![0, 1]];
    assert_names_one_of(
        &Store::new(&parents).error(LazyWalk::difference(&[name(0)], &name(1))),
        &[1],
    );
    let error = AncestorCache::new(5).learn("a", &["b", "a"]).unwrap_err();
    assert_eq!(error.code(), Some("HISTO_CORRUPT"));
}

#[test]
fn a_cycle_is_corrupt_in_every_walk_that_meets_it() {
    // 3 -> 2 -> 1 -> 3, below 4 and 5; 6 is separate.
    let parents = vec![vec![], vec![3], vec![1], vec![2], vec![3, 0], vec![2], vec![]];
    let on_it = [1, 2, 3];
    let walks = [
        LazyWalk::merge_bases(&name(4), &name(6)),
        LazyWalk::merge_bases(&name(6), &name(2)),
        LazyWalk::difference(&[name(6)], &name(4)),
        LazyWalk::difference(&[name(5)], &name(4)),
        LazyWalk::is_ancestor(&name(6), &name(4)),
    ];
    for walk in walks {
        assert_names_one_of(&Store::new(&parents).error(walk), &on_it);
    }
}

#[test]
fn a_cycle_through_the_tip_is_corrupt() {
    let parents = vec![vec![1], vec![2], vec![0]];
    let error = Store::new(&parents).error(LazyWalk::difference::<&str>(&[], &name(1)));
    assert_names_one_of(&error, &[0, 1, 2]);
}

#[test]
fn a_cycle_below_the_answer_does_no_harm() {
    // 3 -> 2 -> 1 -> 2
    let parents = vec![vec![], vec![2], vec![1], vec![2]];
    let walk = LazyWalk::difference(&[name(2)], &name(3));
    assert_eq!(Store::new(&parents).numbers(walk, &mut AncestorCache::new(0)), [3]);
}

#[test]
fn a_tip_that_does_not_exist_is_not_found() {
    let parents = vec![vec![], vec![0]];
    let gone = Error::NotFound(name(9));
    let walks = [
        LazyWalk::merge_bases(&name(1), &name(9)),
        LazyWalk::merge_bases(&name(9), &name(9)),
        LazyWalk::difference(&[name(9)], &name(1)),
        LazyWalk::difference(&[name(0), name(1), name(9)], &name(0)),
        LazyWalk::is_ancestor(&name(9), &name(9)),
    ];
    for walk in walks {
        assert_eq!(Store::new(&parents).error(walk), gone);
    }
}

#[test]
fn an_ancestor_that_does_not_exist_is_missing() {
    let parents = vec![vec![], vec![0, 9]];
    let error = Store::new(&parents).error(LazyWalk::difference(&[name(0)], &name(1)));
    assert_eq!(error, Error::MissingAncestor(name(9)));
}

#[test]
fn a_missing_ancestor_that_no_answer_needs_does_no_harm() {
    let parents = vec![vec![9], vec![0], vec![1]];
    let walk = LazyWalk::difference(&[name(1)], &name(2));
    assert_eq!(Store::new(&parents).numbers(walk, &mut AncestorCache::new(0)), [2]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn walks_over_any_links_at_all_end(
        parents in (1_usize..14).prop_flat_map(|len| vec(vec(0..len, 0..3), len)),
        a in 0_usize..14,
        b in 0_usize..14,
    ) {
        let (a, b) = (a % parents.len(), b % parents.len());
        let walks = [
            LazyWalk::merge_bases(&name(a), &name(b)),
            LazyWalk::difference(&[name(a)], &name(b)),
            LazyWalk::is_ancestor(&name(a), &name(b)),
        ];
        for walk in walks {
            let outcome = Store::new(&parents).run(walk, &mut AncestorCache::new(4));
            if let Err(error) = outcome {
                let all: Vec<usize> = (0..parents.len()).filter(|&it| is_on_a_cycle(&parents, it)).collect();
                assert_names_one_of(&error, &all);
            }
        }
    }
}

fn is_on_a_cycle(parents: &Parents, revision: usize) -> bool {
    let mut reached = vec![false; parents.len()];
    let mut waiting = parents[revision].clone();
    while let Some(next) = waiting.pop() {
        if !std::mem::replace(&mut reached[next], true) {
            waiting.extend(&parents[next]);
        }
    }
    reached[revision]
}

#[test]
fn revisions_that_were_not_asked_for_are_remembered_and_change_nothing() {
    let mut ancestor_cache = AncestorCache::new(10);
    let mut walk = LazyWalk::is_ancestor("a", "b").unwrap();
    walk.learn(&mut ancestor_cache, "other", &["a"]).unwrap();
    assert!(ancestor_cache.knows("other"));
    let parents = vec![vec![], vec![0]];
    let walk = LazyWalk::difference(&names(&[0]), &name(1));
    assert_eq!(Store::new(&parents).numbers(walk, &mut ancestor_cache), [number(&name(1))]);
}
