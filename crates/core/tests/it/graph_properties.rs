//! Properties: on random small graphs of every shape, fast equals plain.
//!
//! The plain side is `histo-reference`. Every walk is also run in single visits, and over positions spread far
//! apart, so that borders of its pages and of the graph's blocks lie between them.
#![cfg(test)]

use histo_core::graph::{Difference, Graph, Index, IsAncestor, MergeBases, Missing, Pos, Step};
use histo_core::graph::{difference, is_ancestor, merge_bases, missing};
use histo_reference as reference;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index as Pick, subsequence};

use crate::graph_support::{graph_of, numbers, picked, pos, positions, ref_of};

type Parents = Vec<Vec<usize>>;

fn chain() -> impl Strategy<Value = Parents> {
    (2_usize..40).prop_map(|len| (0..len).map(|i| i.checked_sub(1).into_iter().collect()).collect())
}

/// Layers of two, each with both of the layer below as parents, in one order or the other.
fn criss_cross() -> impl Strategy<Value = Parents> {
    vec(any::<(bool, bool, bool)>(), 1..15).prop_map(|layers| {
        let mut parents: Parents = vec![vec![], vec![]];
        for (swapped, crossed, both) in layers {
            let (left, right) = (parents.len() - 2, parents.len() - 1);
            let (first, second) = if swapped { (right, left) } else { (left, right) };
            parents.push(if crossed { vec![first, second] } else { vec![left] });
            parents.push(if both { vec![second, first] } else { vec![right] });
        }
        parents
    })
}

/// Two chains, where the second merges the first now and then.
fn ladder() -> impl Strategy<Value = Parents> {
    vec(any::<bool>(), 1..20).prop_map(|rungs| {
        let mut parents: Parents = vec![vec![], vec![]];
        for rung in rungs {
            let (left, right) = (parents.len() - 2, parents.len() - 1);
            parents.push(vec![left]);
            parents.push(if rung { vec![right, left] } else { vec![right] });
        }
        parents
    })
}

fn grid() -> impl Strategy<Value = Parents> {
    (1_usize..7, 1_usize..7).prop_map(|(width, height)| {
        let own = |at: usize| {
            let left = (!at.is_multiple_of(width)).then(|| at - 1);
            let above = (at >= width).then(|| at - width);
            left.into_iter().chain(above).collect()
        };
        (0..=width * height).map(own).collect()
    })
}

fn graphs() -> impl Strategy<Value = Parents> {
    prop_oneof![
        chain(),
        picked(0..=1, 3, 40),
        picked(0..=2, 4, 40),
        picked(0..=2, 40, 40),
        picked(0..=6, 12, 40),
        criss_cross(),
        ladder(),
        grid(),
    ]
}

/// A graph and two sets of its revisions.
fn with_two_sets() -> impl Strategy<Value = (Parents, Vec<usize>, Vec<usize>)> {
    graphs().prop_flat_map(|parents| {
        let all: Vec<usize> = (0..parents.len()).collect();
        let set = || subsequence(all.clone(), 0..=3.min(all.len()));
        (Just(parents), set(), set())
    })
}

/// Runs a walk one visit at a time.
fn in_single_visits<T>(mut run: impl FnMut(u64) -> Step<T>) -> T {
    drop(run(0)); // a budget of 0 is allowed
    for _ in 0..1_000_000 {
        if let Step::Done(answer) = run(1) {
            return answer;
        }
    }
    panic!("a walk over a small graph did not end");
}

fn descending(set: &reference::Set) -> Vec<usize> {
    set.iter().rev().copied().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn merge_bases_are_those_of_the_definition(parents in graphs(), a: Pick, b: Pick) {
        let (a, b) = (a.index(parents.len()), b.index(parents.len()));
        let graph = graph_of(&parents);
        let expected = descending(&reference::merge_bases(&parents, a, b));
        prop_assert_eq!(numbers(&merge_bases(&graph, pos(a), pos(b)).unwrap()), &expected[..]);
        let mut walk = MergeBases::new(&graph, pos(a), pos(b)).unwrap();
        let stepped = in_single_visits(|budget| walk.run(&graph, budget).unwrap());
        prop_assert_eq!(numbers(&stepped), expected);
    }

    #[test]
    fn ancestry_is_that_of_the_definition(parents in graphs(), a: Pick, b: Pick) {
        let (a, b) = (a.index(parents.len()), b.index(parents.len()));
        let graph = graph_of(&parents);
        let expected = reference::is_ancestor(&parents, a, b);
        prop_assert_eq!(is_ancestor(&graph, pos(a), pos(b)), Ok(expected));
        let mut walk = IsAncestor::new(&graph, pos(a), pos(b)).unwrap();
        prop_assert_eq!(in_single_visits(|budget| walk.run(&graph, budget).unwrap()), expected);
    }

    #[test]
    fn the_difference_is_that_of_the_definition((parents, from, to) in with_two_sets(), batch in 1_usize..4) {
        let graph = graph_of(&parents);
        let expected = descending(&reference::difference(&parents, &from, &to));
        prop_assert!(reference::is_newest_first(&parents, &expected));
        let (from, to) = (positions(&from), positions(&to));
        prop_assert_eq!(numbers(&difference(&graph, &from, &to).unwrap()), &expected[..]);
        prop_assert_eq!(numbers(&in_batches(&graph, &from, &to, batch)), &expected[..]);
        let mut walk = Difference::new(&graph, &from, &to).unwrap();
        let mut out = Vec::new();
        in_single_visits(|budget| walk.run(&graph, budget, usize::MAX, &mut out).unwrap());
        prop_assert_eq!(numbers(&out), expected);
    }

    #[test]
    fn missing_revisions_are_those_of_the_definition((parents, known, tips) in with_two_sets()) {
        let graph = graph_of(&parents);
        let expected: Vec<usize> = reference::missing(&parents, &tips, &known).into_iter().collect();
        let known = reference::reachable(&parents, &known);
        let mut asked = Vec::new();
        let answer = missing(&graph, &positions(&tips), |pos| {
            asked.push(pos);
            known.contains(&pos.index())
        });
        prop_assert_eq!(numbers(&answer.unwrap()), &expected[..]);
        let mut walk = Missing::new(&graph, &positions(&tips)).unwrap();
        let known = |pos: Pos| Ok(known.contains(&pos.index()));
        let stepped = in_single_visits(|budget| walk.run(&graph, budget, known).unwrap());
        prop_assert_eq!(numbers(&stepped), expected);
        prop_assert!(asked.is_sorted_by(|higher, lower| higher > lower));
    }
}

/// Returns the difference a few revisions at a time; every batch but the last must be full.
fn in_batches(graph: &Graph, from: &[Pos], to: &[Pos], batch: usize) -> Vec<Pos> {
    let mut walk = Difference::new(graph, from, to).unwrap();
    let mut all = Vec::new();
    loop {
        let mut out = Vec::new();
        let step = walk.run(graph, u64::MAX, batch, &mut out).unwrap();
        all.extend(&out);
        match step {
            Step::Done(()) => return all,
            Step::Pending => assert_eq!(out.len(), batch),
        }
    }
}

/// Builds a graph with `gap` unrelated roots before each revision.
fn spread(parents: &Parents, gap: usize) -> Graph {
    let mut index = Index::new(5);
    for (number, own) in parents.iter().enumerate() {
        for filler in 0..gap {
            index.push(ref_of(number * (gap + 1) + filler), &[]).unwrap();
        }
        let own: Vec<usize> = own.iter().map(|&parent| place(parent, gap)).collect();
        index.push(ref_of(place(number, gap)), &positions(&own)).unwrap();
    }
    index.snapshot()
}

fn place(number: usize, gap: usize) -> usize {
    number * (gap + 1) + gap
}

fn places(numbers: &[usize], gap: usize) -> Vec<usize> {
    numbers.iter().map(|&number| place(number, gap)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn answers_are_right_if_positions_are_far_apart(
        parents in prop_oneof![picked(0..=3, 40, 40), criss_cross(), ladder()],
        gap in prop_oneof![Just(62_usize), Just(63), Just(700), Just(1_023), Just(1_500)],
        pairs in vec(any::<(Pick, Pick)>(), 10),
    ) {
        let graph = spread(&parents, gap);
        for (a, b) in pairs {
            let (a, b) = (a.index(parents.len()), b.index(parents.len()));
            let (low, high) = (pos(place(a, gap)), pos(place(b, gap)));
            let bases = places(&descending(&reference::merge_bases(&parents, a, b)), gap);
            prop_assert_eq!(numbers(&merge_bases(&graph, low, high).unwrap()), bases);
            let only = places(&descending(&reference::difference(&parents, &[a], &[b])), gap);
            prop_assert_eq!(numbers(&difference(&graph, &[low], &[high]).unwrap()), only);
            let reaches = reference::is_ancestor(&parents, a, b);
            prop_assert_eq!(is_ancestor(&graph, low, high), Ok(reaches));
        }
    }
}
