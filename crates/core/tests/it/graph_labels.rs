//! Labels: answers are the same with them, and take a few visits instead of thousands.
//!
//! A budget counts visits, so an answer within a budget is the proof.
#![cfg(test)]

use histo_core::graph::{Difference, Graph, Index, IsAncestor, MergeBases, Pos, Step};
use histo_core::graph::{difference, is_ancestor, label, merge_bases};
use histo_reference as reference;
use proptest::prelude::*;
use proptest::sample::Index as Pick;

use crate::graph_support::{graph_of, index_of, numbers, picked, pos, positions, ref_of};

const LONG: usize = 30_000;
/// Visits that suffice for most questions.
const FEW: u64 = 200;
/// Visits if the way through one chain must be taken step by step.
const MORE: u64 = 3_000;

fn chain() -> Vec<Vec<usize>> {
    (0..LONG).map(|child| child.checked_sub(1).into_iter().collect()).collect()
}

/// 100 lines from one root that never meet again.
fn branches() -> Vec<Vec<usize>> {
    let own = |child: usize| if child == 0 { vec![] } else { vec![child.saturating_sub(100)] };
    (0..LONG).map(own).collect()
}

/// A parent or two among the 30 before.
fn bushy() -> Vec<Vec<usize>> {
    let own = |child: usize| {
        let reach = child.min(30);
        let mut own = Vec::new();
        for pick in [child.wrapping_mul(0x9e37_79b9) >> 7, child.wrapping_mul(0x85eb_ca6b) >> 9] {
            let parent = child.checked_sub(1 + pick % reach.max(1));
            own.extend(parent.filter(|parent| !own.contains(parent)));
        }
        own.truncate(if child.is_multiple_of(3) { 2 } else { 1 });
        own
    };
    (0..LONG).map(own).collect()
}

/// Pairs all over a history, the lower first.
fn pairs(len: usize) -> impl Iterator<Item = (usize, usize)> {
    (1..200_usize).map(move |n| {
        let (a, b) = (n.wrapping_mul(7_919) % len, n.wrapping_mul(104_729) % len);
        (a.min(b), a.max(b))
    })
}

#[test]
fn most_pairs_of_a_long_history_are_answered_in_a_few_visits() {
    for parents in [chain(), branches(), bushy()] {
        let (plain, graph) = (graph_of(&parents), graph_of(&parents));
        label(&graph);
        for (a, b) in pairs(parents.len()) {
            let (a, b) = (pos(a), pos(b));
            let expected = is_ancestor(&plain, a, b).unwrap();
            let mut search = IsAncestor::new(&graph, a, b).unwrap();
            assert_eq!(search.run(&graph, FEW), Ok(Step::Done(expected)), "{a:?} {b:?}");
            let expected = merge_bases(&plain, a, b).unwrap();
            let mut walk = MergeBases::new(&graph, a, b).unwrap().guided_first();
            assert_eq!(walk.run(&graph, MORE), Ok(Step::Done(expected)), "{a:?} {b:?}");
        }
    }
}

#[test]
fn a_small_difference_from_far_above_is_found_without_walking_down_there() {
    let mut parents = chain();
    let branch = parents.len();
    parents.push(vec![10]);
    parents.extend((0..4).map(|n| vec![branch + n]));
    let graph = graph_of(&parents);
    label(&graph);
    let mut out = Vec::new();
    let (from, to) = (pos(LONG - 1), pos(branch + 4));
    let mut walk = Difference::new(&graph, &[from], &[to]).unwrap().guided_first();
    assert_eq!(walk.run(&graph, FEW, usize::MAX, &mut out), Ok(Step::Done(())));
    assert_eq!(numbers(&out), [branch + 4, branch + 3, branch + 2, branch + 1, branch]);
}

/// Visits until an answer.
fn visits(mut run: impl FnMut(u64) -> bool) -> u64 {
    (1..10 * LONG as u64).find(|_| run(1)).unwrap()
}

fn search_visits(graph: &Graph, low: Pos, high: Pos) -> u64 {
    let mut search = IsAncestor::new(graph, low, high).unwrap();
    visits(|budget| matches!(search.run(graph, budget), Ok(Step::Done(_))))
}

#[test]
fn long_walks_make_labels_for_those_after_them() {
    let graph = graph_of(&chain());
    let ends = || search_visits(&graph, pos(0), pos(LONG - 1));
    let (first, rest) = (ends(), [ends(), ends(), ends()]);
    assert!(first >= LONG as u64 - 1, "{first}");
    assert!(rest.iter().any(|&visits| visits <= 3), "{rest:?}");
    assert!(first + rest.iter().sum::<u64>() <= 8 * LONG as u64, "{first} {rest:?}");
}

#[test]
fn differences_and_merge_bases_make_labels_too() {
    let parents = chain();
    let graph = graph_of(&parents);
    for _ in 0..3 {
        assert_eq!(merge_bases(&graph, pos(0), pos(LONG - 1)), Ok(vec![pos(0)]));
    }
    assert!(search_visits(&graph, pos(0), pos(LONG - 1)) <= 3);
    let graph = graph_of(&parents);
    for _ in 0..3 {
        assert_eq!(difference(&graph, &[pos(LONG - 1)], &[pos(0)]), Ok(vec![]));
    }
    assert!(search_visits(&graph, pos(0), pos(LONG - 1)) <= 3);
}

#[test]
fn a_whole_history_is_returned_without_making_labels() {
    let graph = graph_of(&chain());
    for _ in 0..5 {
        assert_eq!(difference(&graph, &[], &[pos(LONG - 1)]).unwrap().len(), LONG);
    }
    assert!(search_visits(&graph, pos(0), pos(LONG - 1)) >= LONG as u64 - 1);
}

#[test]
fn a_walk_that_is_dropped_while_it_makes_labels_leaves_that_to_others() {
    let graph = graph_of(&chain());
    let mut search = IsAncestor::new(&graph, pos(0), pos(LONG - 1)).unwrap();
    let mut again = IsAncestor::new(&graph, pos(0), pos(LONG - 1)).unwrap();
    assert_eq!(search.run(&graph, LONG as u64 - 10), Ok(Step::Pending));
    assert_eq!(again.run(&graph, 3_000), Ok(Step::Pending));
    drop((search, again));
    label(&graph);
    assert!(search_visits(&graph, pos(0), pos(LONG - 1)) <= 3);
}

#[test]
fn what_is_pushed_after_labels_is_searched_down_to_them() {
    let mut index = index_of(&chain());
    label(&index.snapshot());
    for number in LONG..LONG + 100 {
        index.push(ref_of(number), &[pos(number - 1)]).unwrap();
    }
    let graph = index.snapshot();
    assert!(search_visits(&graph, pos(0), pos(LONG + 99)) <= 102);
}

#[test]
fn labels_are_made_if_all_that_was_loaded_is_deleted() {
    let mut index = Index::new(7);
    for _ in 0..3 {
        index.push_deleted().unwrap();
    }
    label(&index.snapshot());
    index.push(ref_of(3), &[]).unwrap();
    assert_eq!(is_ancestor(&index.snapshot(), pos(3), pos(3)), Ok(true));
}

/// The first `labelled` revisions have labels, if there are any.
fn labelled_in_part(parents: &[Vec<usize>], labelled: usize) -> Graph {
    let mut index = Index::new(7);
    for (number, own) in parents.iter().enumerate() {
        if number == labelled {
            label(&index.snapshot());
        }
        index.push(ref_of(number), &positions(own)).unwrap();
    }
    index.snapshot()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn labels_of_a_part_change_no_answer(
        parents in prop_oneof![picked(0..=2, 4, 80), picked(0..=2, 80, 80), picked(0..=6, 12, 80)],
        a: Pick, b: Pick, c: Pick, part: Pick,
    ) {
        let [a, b, c] = [a, b, c].map(|pick| pick.index(parents.len()));
        let graph = labelled_in_part(&parents, part.index(parents.len()));
        prop_assert_eq!(is_ancestor(&graph, pos(a), pos(b)), Ok(reference::is_ancestor(&parents, a, b)));
        let mut walk = MergeBases::new(&graph, pos(a), pos(b)).unwrap().guided_first();
        let Ok(Step::Done(bases)) = walk.run(&graph, u64::MAX) else { panic!("the walk did not end") };
        let expected = reference::merge_bases(&parents, a, b);
        prop_assert_eq!(numbers(&bases), expected.into_iter().rev().collect::<Vec<_>>());
        let mut out = Vec::new();
        let from = positions(&[a, c]);
        let mut walk = Difference::new(&graph, &from, &[pos(b)]).unwrap().guided_first();
        prop_assert_eq!(walk.run(&graph, u64::MAX, usize::MAX, &mut out), Ok(Step::Done(())));
        let expected = reference::difference(&parents, &[a, c], &[b]);
        prop_assert_eq!(numbers(&out), expected.into_iter().rev().collect::<Vec<_>>());
    }
}
