//! No exact walk needs fewer rounds: whenever one asks for more, what it has read allows two answers.
//!
//! The unread part is completed in the plainest ways: with nothing, with one link to any known revision that
//! does not reach it, or with one new revision below one or two of the unread.
#![cfg(test)]

use std::collections::BTreeSet;

use histo_core::lazy_walk::{AncestorCache, LazyWalk, Poll};
use histo_reference as reference;
use proptest::prelude::*;

use crate::walk_shapes::graphs;
use crate::walk_support::{Parents, name, names, number};

/// Returns the links that a walk knows: those of the revisions that were read.
fn known(parents: &Parents, read: &BTreeSet<usize>) -> Parents {
    let own = |(number, own): (usize, &Vec<usize>)| {
        if read.contains(&number) { own.clone() } else { Vec::new() }
    };
    parents.iter().enumerate().map(own).collect()
}

/// Returns graphs that look like `known` to a walk that has not read `unread`.
fn completions(known: &Parents, named: &BTreeSet<usize>, unread: &[usize]) -> Vec<Parents> {
    let mut all = vec![known.clone()];
    for (place, &one) in unread.iter().enumerate() {
        for &ancestor in named {
            if !reference::is_ancestor(known, one, ancestor) {
                all.push(with_link(known, one, ancestor));
            }
        }
        for &other in &unread[place..] {
            let mut grown = known.clone();
            grown.push(Vec::new());
            let grown = with_link(&grown, one, known.len());
            all.push(with_link(&grown, other, known.len()));
        }
    }
    all
}

fn with_link(parents: &Parents, child: usize, parent: usize) -> Parents {
    let mut linked = parents.clone();
    linked[child].push(parent);
    linked
}

/// Runs a walk and checks for each of its questions that more than one answer was possible.
fn assert_no_question_is_idle<T: PartialEq>(
    parents: &Parents,
    walk: histo_core::Result<LazyWalk>,
    tips: &[usize],
    answer: impl Fn(&Parents) -> T,
) {
    let (mut walk, mut ancestor_cache) = (walk.unwrap(), AncestorCache::new(0));
    let mut read = BTreeSet::new();
    let mut named: BTreeSet<usize> = tips.iter().copied().collect();
    while let Poll::Need(need) = walk.poll(&mut ancestor_cache).unwrap() {
        let unread: Vec<usize> = need.iter().map(|text| number(text)).collect();
        if tips.iter().all(|tip| read.contains(tip)) {
            let known = known(parents, &read);
            let mut answers =
                completions(&known, &named, &unread).into_iter().map(|it| answer(&it));
            let first = answers.next();
            let differs = answers.any(|other| Some(other) != first);
            assert!(differs, "{need:?} cannot matter");
        }
        for revision in unread {
            walk.learn(&mut ancestor_cache, &name(revision), &names(&parents[revision])).unwrap();
            read.insert(revision);
            named.extend(&parents[revision]);
        }
    }
}

fn with_two_tips() -> impl Strategy<Value = (Parents, usize, usize)> {
    graphs().prop_flat_map(|parents| {
        let len = parents.len();
        (Just(parents), 0..len, 0..len)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn merge_bases_ask_while_others_are_possible(
        (parents, a, b) in with_two_tips(),
    ) {
        let walk = LazyWalk::merge_bases(&name(a), &name(b));
        assert_no_question_is_idle(&parents, walk, &[a, b], |it| reference::merge_bases(it, a, b));
    }

    #[test]
    fn the_difference_asks_while_another_is_possible(
        (parents, a, b) in with_two_tips(),
    ) {
        let walk = LazyWalk::difference(&[name(a)], &name(b));
        let answer = |it: &Parents| reference::difference(it, &[a], &[b]);
        assert_no_question_is_idle(&parents, walk, &[a, b], answer);
    }

    #[test]
    fn ancestry_asks_while_the_other_answer_is_possible(
        (parents, a, b) in with_two_tips(),
    ) {
        let walk = LazyWalk::is_ancestor(&name(a), &name(b));
        assert_no_question_is_idle(&parents, walk, &[a, b], |it| reference::is_ancestor(it, a, b));
    }
}
