//! Walks over a history of which some was deleted: on random small graphs, each answer is that of the whole
//! history, or an error if it depends on what was cut away.
//!
//! The graph is cut as `reclaim` decides, once or twice. It is asked as it is then and as it is after
//! reopening, without labels, with labels made before and after, and with what a plain prune deleted.
//!
//! Seen to fail without each of: the failure in `hide`, each line of `is_unsure`, the blur in `is_open`,
//! `hidden` of a search, `is_lit` of a search and of a descent, the blur of a difference and its effect on
//! sending, the look at tombstones in `missing`, and `known_parents` in `reached_by`, in `own_refs`, and in
//! `explore` and `sink` of a discovery.
#![cfg(test)]

use std::collections::BTreeMap;

use histo_core::Result;
use histo_core::graph::{
    Difference, Edge, Graph, Horizon, IsAncestor, MergeBases, Pos, ReachedBy, Reclaim, Reclaimed,
    Step, missing, own_refs, reclaim,
};
use histo_core::sync::{Discovery, Turn};
use histo_reference::cut::{agreed, completions};
use histo_reference::{self as reference, Set};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index as Pick;

use crate::graph_cut_support::{Case, prune};
use crate::graph_support::{numbers, picked, pos, positions, ref_of};

/// Returns the answer, or `None` if it depends on what was cut away.
fn told<T>(answer: Result<T>) -> Option<T> {
    match answer {
        Ok(answer) => Some(answer),
        Err(error) => {
            assert_eq!(error.code(), Some("HISTO_SHALLOW"), "{error}");
            None
        }
    }
}

fn merge_bases(graph: &Graph, a: usize, b: usize, budget: u64) -> Result<Vec<Pos>> {
    let mut walk = MergeBases::new(graph, pos(a), pos(b)).unwrap().guided_first();
    loop {
        if let Step::Done(bases) = walk.run(graph, budget)? {
            return Ok(bases);
        }
    }
}

fn is_ancestor(graph: &Graph, a: usize, b: usize, budget: u64) -> Result<bool> {
    let mut walk = IsAncestor::new(graph, pos(a), pos(b)).unwrap();
    loop {
        if let Step::Done(reaches) = walk.run(graph, budget)? {
            return Ok(reaches);
        }
    }
}

/// Runs a difference to its end; also returns whether its reader lacks something.
fn run(mut walk: Difference, graph: &Graph, budget: u64) -> Result<(Vec<usize>, bool)> {
    let mut out = Vec::new();
    while walk.run(graph, budget, 3, &mut out)? == Step::Pending {}
    Ok((numbers(&out), walk.lacks(graph).is_some()))
}

fn sorted(set: &Set) -> Vec<usize> {
    set.iter().copied().collect()
}

fn descending(set: &Set) -> Vec<usize> {
    set.iter().rev().copied().collect()
}

fn graphs() -> impl Strategy<Value = Vec<Vec<usize>>> {
    prop_oneof![
        picked(0..=1, 3, 24),
        picked(0..=2, 4, 24),
        picked(0..=2, 24, 24),
        picked(0..=4, 9, 24)
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_answer_is_that_of_the_whole_history_or_depends_on_what_was_cut_away(
        parents in graphs(),
        prunes in vec(prune(), 1..3),
        a: Pick, b: Pick, c: Pick,
        budget in prop_oneof![Just(1_u64), Just(u64::MAX)],
    ) {
        let case = Case::new(parents, &prunes);
        let (parents, gone, left) = (&case.parents, &case.gone, case.left());
        prop_assume!(!left.is_empty());
        let [a, b, c] = [a, b, c].map(|pick| left[pick.index(left.len())]);
        let histories = completions(parents, gone);
        let is_there = |set: &Set| set.is_disjoint(gone);
        let bases = agreed(&histories, |h| reference::merge_bases(h, a, b)).filter(is_there);
        let only = agreed(&histories, |h| reference::difference(h, &[a, c], &[b])).filter(is_there);
        let reaches = agreed(&histories, |h| reference::is_ancestor(h, a, b));
        for graph in case.graphs() {
            let answer = told(merge_bases(&graph, a, b, budget)).map(|bases| numbers(&bases));
            if let Some(answer) = &answer {
                prop_assert_eq!(answer, &descending(&reference::merge_bases(parents, a, b)));
            }
            prop_assert_eq!(answer, bases.as_ref().map(descending));
            let walk = Difference::new(&graph, &positions(&[a, c]), &[pos(b)]).unwrap();
            let answer = told(run(walk.guided_first(), &graph, budget)).map(|(answer, _)| answer);
            if let Some(answer) = &answer {
                let whole = reference::difference(parents, &[a, c], &[b]);
                prop_assert_eq!(answer, &descending(&whole));
            }
            prop_assert_eq!(answer, only.as_ref().map(descending));
            let answer = told(is_ancestor(&graph, a, b, budget));
            if answer.is_some() {
                prop_assert_eq!(answer, Some(reference::is_ancestor(parents, a, b)));
            }
            // Generations say more than the history that is left.
            prop_assert!(answer == reaches || reaches.is_none(), "{answer:?} {reaches:?}");
        }
    }

    #[test]
    fn a_difference_for_sending_has_all_that_is_wanted_or_fails(
        parents in graphs(),
        prunes in vec(prune(), 1..3),
        a: Pick, b: Pick,
    ) {
        let case = Case::new(parents, &prunes);
        let left = case.left();
        prop_assume!(!left.is_empty());
        let [a, b] = [a, b].map(|pick| left[pick.index(left.len())]);
        let seen = &completions(&case.parents, &case.gone)[0];
        let wanted = reference::difference(seen, &[a], &[b]);
        let expected = wanted.is_disjoint(&case.gone).then(|| descending(&wanted));
        for graph in case.graphs() {
            let walk = Difference::new(&graph, &[pos(a)], &[pos(b)]).unwrap().for_sending();
            let answer = told(run(walk.guided_first(), &graph, 1)).map(|(answer, _)| answer);
            prop_assert_eq!(&answer, &expected);
            let own = own_refs(&graph, &[pos(b)], &[pos(a)], 100).unwrap();
            prop_assert_eq!(numbers(&own), descending(&(&wanted - &case.gone)));
        }
    }

    #[test]
    fn a_reader_gets_all_that_exists_and_learns_what_is_lacking(
        parents in graphs(),
        prunes in vec(prune(), 1..3),
        a: Pick, b: Pick,
    ) {
        let case = Case::new(parents, &prunes);
        let left = case.left();
        prop_assume!(!left.is_empty());
        let [a, b] = [a, b].map(|pick| left[pick.index(left.len())]);
        let histories = completions(&case.parents, &case.gone);
        let seen = reference::reachable(&histories[0], &[b]);
        let expected: Set = &(&seen - &case.gone) - &case.cut;
        let from_a = reference::difference(&case.parents, &[a], &[b]);
        let is_whole = |set: &Set| set.is_disjoint(&case.gone) && set.is_disjoint(&case.cut);
        let certain = agreed(&histories, |h| reference::difference(h, &[a], &[b])).filter(is_whole);
        for graph in case.graphs() {
            let walk = Difference::new(&graph, &[], &[pos(b)]).unwrap().for_reading();
            let (answer, lacks) = run(walk, &graph, 1).unwrap();
            prop_assert_eq!(&answer, &descending(&expected));
            prop_assert_eq!(lacks, answer.len() < seen.len());
            let walk = Difference::new(&graph, &[pos(a)], &[pos(b)]).unwrap().for_reading();
            let (answer, lacks) = run(walk.guided_first(), &graph, 1).unwrap();
            prop_assert!(answer.iter().all(|revision| from_a.contains(revision)));
            prop_assert_eq!(lacks, certain.is_none());
            if let Some(certain) = &certain {
                prop_assert_eq!(&answer, &descending(certain));
            }
        }
    }

    #[test]
    fn revisions_missing_elsewhere_are_returned_unless_they_were_cut_away_here(
        parents in graphs(),
        prunes in vec(prune(), 1..3),
        tip: Pick,
        known: Pick,
    ) {
        let case = Case::new(parents, &prunes);
        let left = case.left();
        prop_assume!(!left.is_empty());
        let tip = left[tip.index(left.len())];
        let known = reference::reachable(&case.parents, &[known.index(case.parents.len())]);
        let seen = reference::reachable(&completions(&case.parents, &case.gone)[0], &[tip]);
        // Nothing below a known revision is visited, although it may be missing as far as can be seen.
        let wanted = reference::difference(&case.parents, &sorted(&known), &[tip]);
        let lost = &case.gone | &case.cut;
        let expected = wanted.is_disjoint(&lost).then(|| sorted(&(&wanted & &seen)));
        for graph in case.graphs() {
            let answer = told(missing(&graph, &[pos(tip)], |pos| known.contains(&pos.index())));
            prop_assert_eq!(answer.map(|answer| numbers(&answer)), expected.clone());
            let mut walk = ReachedBy::new(&graph, pos(tip), None).unwrap();
            let Step::Done(reached) = walk.run(&graph, u64::MAX) else { panic!("the walk did not end") };
            for &revision in &left {
                prop_assert_eq!(reached.contains(pos(revision)), seen.contains(&revision));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_discovery_finds_the_common_part_of_what_is_left_and_asks_about_nothing_else(
        parents in graphs(),
        prunes in vec(prune(), 1..3),
        tip: Pick,
        known: Pick,
    ) {
        let case = Case::new(parents, &prunes);
        let left = case.left();
        prop_assume!(!left.is_empty());
        let tip = left[tip.index(left.len())];
        let known = reference::reachable(&case.parents, &[known.index(case.parents.len())]);
        let seen = &completions(&case.parents, &case.gone)[0];
        let common: Set =
            &(&reference::reachable(seen, &[tip]) & &known) - &case.gone;
        let below: Set = common.iter().flat_map(|&it| seen[it].clone()).collect();
        let below = reference::reachable(seen, &sorted(&below));
        for graph in case.graphs() {
            let mut discovery = Discovery::new(&graph, &[pos(tip)], 7).unwrap();
            let found = loop {
                match discovery.run(&graph, u64::MAX).unwrap() {
                    Step::Pending => {}
                    Step::Done(Turn::Done(found)) => break found,
                    Step::Done(Turn::Ask(asked)) => {
                        let asked = numbers(&asked);
                        prop_assert!(asked.iter().all(|it| !case.gone.contains(it)));
                        let answers: Vec<bool> = asked.iter().map(|it| known.contains(it)).collect();
                        discovery.handle(&answers).unwrap();
                    }
                }
            };
            prop_assert_eq!(numbers(&found).into_iter().collect::<Set>(), &common - &below);
        }
    }
}

/// A line of 100 of which the last 11 are left; the one before them is a tombstone.
fn line() -> Case {
    let parents = (0..100).map(|child: usize| child.checked_sub(1).into_iter().collect()).collect();
    let mut case = Case::new(parents, &[]);
    let marks = BTreeMap::new();
    let (tips, edge) = ([pos(99)], [pos(89)]);
    let horizon = Some(Horizon { edge: Edge::Before(&edge), remotes: &[] });
    let ask = Reclaim { tips: &tips, logged: &[], marks: &marks, now: 9, grace: 0, horizon };
    let found = reclaim(&case.index.snapshot(), &ask).unwrap();
    assert_eq!((numbers(&found.boundary), found.behind.len()), (vec![88], 88));
    case.gone.extend(numbers(&found.behind));
    case.cut.extend(numbers(&found.boundary));
    case.delete(&found);
    case
}

#[test]
fn near_the_tip_of_a_line_that_was_cut_all_is_answered() {
    for graph in line().graphs() {
        for (low, high) in (89..100).flat_map(|low| (low..100).map(move |high| (low, high))) {
            assert_eq!(merge_bases(&graph, low, high, 9), Ok(positions(&[low])));
            assert_eq!(is_ancestor(&graph, low, high, 9), Ok(true));
            assert_eq!(is_ancestor(&graph, high, low, 9), Ok(low == high));
            let walk = Difference::new(&graph, &[pos(low)], &[pos(high)]).unwrap();
            let answer: Vec<_> = (low + 1..=high).rev().collect();
            assert_eq!(run(walk, &graph, 9), Ok((answer, false)));
        }
    }
}

#[test]
fn an_answer_that_depends_on_what_was_cut_away_names_it() {
    for graph in line().graphs() {
        let walk = Difference::new(&graph, &[], &[pos(99)]).unwrap();
        let error = run(walk, &graph, 9).unwrap_err();
        assert!(error.to_string().contains(&ref_of(87).to_string()), "{error}");
        assert_eq!(error.code(), Some("HISTO_SHALLOW"));
    }
}

#[test]
fn a_prune_with_the_same_horizon_cuts_nothing_more() {
    let case = line();
    let marks = BTreeMap::new();
    let (tips, edge) = ([pos(99)], [pos(89)]);
    let horizon = Some(Horizon { edge: Edge::Before(&edge), remotes: &[] });
    let ask = Reclaim { tips: &tips, logged: &[], marks: &marks, now: 9, grace: 0, horizon };
    assert_eq!(reclaim(&case.index.snapshot(), &ask).unwrap(), Reclaimed::default());
}
