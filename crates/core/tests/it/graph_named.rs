//! The named graph against the plain definitions, filled one by one and by batches in any order.
#![cfg(test)]

use histo_core::Error;
use histo_core::graph::{Batch, NamedGraph, Pos, difference, is_ancestor, merge_bases};
use histo_reference as plain;
use proptest::prelude::*;

use crate::graph_support::picked;

fn name(number: usize) -> String {
    format!("rév {number}")
}

fn names(numbers: &[usize]) -> Vec<String> {
    numbers.iter().map(|&number| name(number)).collect()
}

fn by_one(parents: &[Vec<usize>]) -> NamedGraph {
    let mut graph = NamedGraph::new(1);
    for (number, own) in parents.iter().enumerate() {
        graph.add(&name(number), names(own).iter().map(String::as_str)).unwrap();
    }
    graph
}

fn by_batch(parents: &[Vec<usize>], order: &[usize]) -> NamedGraph {
    let (mut graph, mut batch) = (NamedGraph::new(2), Batch::new(3));
    for &number in order {
        let own = names(&parents[number]);
        batch.push(&name(number), own.iter().map(String::as_str)).unwrap();
    }
    graph.add_batch(&batch).unwrap();
    graph
}

fn told(graph: &NamedGraph, at: &[Pos]) -> Vec<String> {
    let mut told: Vec<String> = at.iter().map(|&pos| graph.name(pos).to_owned()).collect();
    told.sort();
    told
}

fn expected(numbers: impl IntoIterator<Item = usize>) -> Vec<String> {
    let mut expected: Vec<String> = numbers.into_iter().map(name).collect();
    expected.sort();
    expected
}

proptest! {
    #[test]
    fn answers_are_those_of_the_definitions(
        parents in picked(0..=3, 8, 40),
        order in Just((0..40).collect::<Vec<usize>>()).prop_shuffle(),
        a in 0..40_usize,
        b in 0..40_usize,
    ) {
        let count = parents.len();
        let (a, b) = (a % count, b % count);
        let order: Vec<usize> = order.into_iter().filter(|&number| number < count).collect();
        for graph in [by_one(&parents), by_batch(&parents, &order)] {
            prop_assert_eq!(graph.len() as usize, count);
            let (at, bt) = (graph.position(&name(a)).unwrap(), graph.position(&name(b)).unwrap());
            let seen = graph.snapshot();
            let bases = merge_bases(&seen, at, bt).unwrap();
            prop_assert_eq!(told(&graph, &bases), expected(plain::merge_bases(&parents, a, b)));
            let answer = difference(&seen, &[at], &[bt]).unwrap();
            prop_assert_eq!(told(&graph, &answer), expected(plain::difference(&parents, &[a], &[b])));
            let reaches = plain::is_ancestor(&parents, a, b);
            prop_assert_eq!(is_ancestor(&seen, at, bt).unwrap(), reaches);
            let tips = (0..count).filter(|tip| !parents.iter().any(|own| own.contains(tip)));
            prop_assert_eq!(told(&graph, &graph.tips()), expected(tips));
        }
    }
}

#[test]
fn listing_the_newest_first_gives_the_order_of_the_oldest_first() {
    let parents: Vec<Vec<usize>> =
        (0..100).map(|n: usize| (n.saturating_sub(3)..n.saturating_sub(1)).collect()).collect();
    let forth: Vec<usize> = (0..100).collect();
    let back: Vec<usize> = (0..100).rev().collect();
    for order in [forth, back] {
        let graph = by_batch(&parents, &order);
        for number in 0..100 {
            assert_eq!(graph.position(&name(number)).unwrap().index(), number);
        }
    }
}

#[test]
fn a_refused_batch_leaves_the_graph_unchanged() {
    let mut graph = by_one(&[vec![], vec![0]]);
    let refused = |rows: &[(&str, &[&str])], graph: &mut NamedGraph| -> Error {
        let mut batch = Batch::new(4);
        batch.push("good", ["rév 1"]).unwrap();
        for (name, ancestors) in rows {
            batch.push(name, ancestors.iter().copied()).unwrap();
        }
        graph.add_batch(&batch).unwrap_err()
    };
    let missing = refused(&[("new", &["none"])], &mut graph);
    assert_eq!(missing, Error::MissingAncestor("none".to_owned()));
    for rows in
        [&[("rév 1", &[] as &[&str])][..], &[("x", &["y"]), ("y", &["x"])], &[("s", &["s"])]]
    {
        assert_eq!(refused(rows, &mut graph).code(), Some("HISTO_CORRUPT"));
    }
    assert_eq!((graph.len(), graph.has("good"), graph.tips().len()), (2, false, 1));
}
