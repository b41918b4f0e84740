//! Target `graph`: over small graphs of every shape, each question gets the answer of its definition, from the
//! index, at once and in single visits, without labels and with labels of some or all revisions, and from the
//! walks without an index.
#![cfg(test)]

use histo_core::Ref;
use histo_core::graph::{Difference, Graph, Index, IsAncestor, MergeBases, Pos, Step};
use histo_core::graph::{difference, is_ancestor, label, merge_bases, missing};
use histo_core::lazy_walk::{AncestorCache, LazyWalk, Poll};
use histo_reference as reference;

use super::shapes::{Case, Choices, Parents};
use super::store::{self, name, names};

/// Some 10 s without optimization.
const SHORT: usize = 6_000;

#[test]
fn fast_answers_are_the_definitions() {
    bolero::check!().with_type::<Case>().with_iterations(SHORT).for_each(|case| {
        let (parents, mut choices) = case.graph();
        let labelled = choices.below(parents.len() + 1);
        let graph = graph_of(&parents, labelled);
        let mut ancestor_cache = AncestorCache::new(choices.below(parents.len() * 2));
        let (a, b) = (choices.below(parents.len()), choices.below(parents.len()));
        let from = some_of(&parents, &mut choices);
        check_bases(&parents, &graph, &mut ancestor_cache, (a, b));
        check_ancestry(&parents, &graph, &mut ancestor_cache, (a, b));
        check_ancestry(&parents, &graph, &mut ancestor_cache, (b, a));
        check_difference(&parents, &graph, &mut ancestor_cache, &[a], b);
        check_difference(&parents, &graph, &mut ancestor_cache, &from, b);
        check_missing(&parents, &graph, &from, b);
    });
}

fn check_bases(
    parents: &Parents,
    graph: &Graph,
    ancestor_cache: &mut AncestorCache,
    (a, b): (usize, usize),
) {
    let expected = reference::merge_bases(parents, a, b);
    let descending: Vec<usize> = expected.iter().rev().copied().collect();
    assert_eq!(numbers(&merge_bases(graph, pos(a), pos(b)).unwrap()), descending);
    let walk = || MergeBases::new(graph, pos(a), pos(b)).unwrap();
    for mut walk in [walk(), walk().guided_first()] {
        assert_eq!(
            numbers(&in_single_visits(|budget| walk.run(graph, budget).unwrap())),
            descending
        );
    }
    let walk = LazyWalk::merge_bases(&name(a), &name(b)).unwrap();
    assert_eq!(store::set(store::numbers(parents, walk, ancestor_cache)), expected);
}

fn check_ancestry(
    parents: &Parents,
    graph: &Graph,
    ancestor_cache: &mut AncestorCache,
    (a, b): (usize, usize),
) {
    let expected = reference::is_ancestor(parents, a, b);
    assert_eq!(is_ancestor(graph, pos(a), pos(b)), Ok(expected));
    let mut walk = IsAncestor::new(graph, pos(a), pos(b)).unwrap();
    assert_eq!(in_single_visits(|budget| walk.run(graph, budget).unwrap()), expected);
    let walk = LazyWalk::is_ancestor(&name(a), &name(b)).unwrap();
    assert_eq!(store::run(parents, walk, ancestor_cache), Poll::Reaches(expected));
}

/// Without `from` it is the history: newest first.
fn check_difference(
    parents: &Parents,
    graph: &Graph,
    ancestor_cache: &mut AncestorCache,
    from: &[usize],
    to: usize,
) {
    let expected = reference::difference(parents, from, &[to]);
    let descending: Vec<usize> = expected.iter().rev().copied().collect();
    assert!(reference::is_newest_first(parents, &descending));
    let (low, high) = (positions(from), [pos(to)]);
    assert_eq!(numbers(&difference(graph, &low, &high).unwrap()), descending);
    let walk = || Difference::new(graph, &low, &high).unwrap();
    for (mut walk, most) in [(walk(), usize::MAX), (walk().guided_first(), 3)] {
        let mut out = Vec::new();
        in_single_visits(|budget| walk.run(graph, budget, most, &mut out).unwrap());
        assert_eq!(numbers(&out), descending);
    }
    let walk = LazyWalk::difference(&names(from), &name(to)).unwrap();
    let answer = store::numbers(parents, walk, ancestor_cache);
    assert!(reference::is_newest_first(parents, &answer));
    assert_eq!(store::set(answer), expected);
}

fn check_missing(parents: &Parents, graph: &Graph, known: &[usize], tip: usize) {
    let expected = reference::missing(parents, &[tip], known);
    let known = reference::reachable(parents, known);
    let answer = missing(graph, &[pos(tip)], |pos| known.contains(&pos.index())).unwrap();
    assert_eq!(numbers(&answer), expected.into_iter().collect::<Vec<_>>());
}

/// Up to three revisions, perhaps with a repetition.
fn some_of(parents: &Parents, choices: &mut Choices<'_>) -> Vec<usize> {
    (0..choices.below(4)).map(|_| choices.below(parents.len())).collect()
}

/// The first `labelled` revisions have labels, if there are any.
fn graph_of(parents: &Parents, labelled: usize) -> Graph {
    let mut index = Index::new(7);
    for (number, own) in parents.iter().enumerate() {
        if number == labelled {
            label(&index.snapshot());
        }
        let mut bytes = [0; 32];
        bytes[0] = u8::try_from(number).unwrap();
        let pushed = index.push(Ref::from_bytes(bytes), &positions(own));
        assert_eq!(pushed, Ok(pos(number)));
    }
    let graph = index.snapshot();
    if labelled == parents.len() {
        label(&graph);
    }
    graph
}

fn in_single_visits<T>(mut run: impl FnMut(u64) -> Step<T>) -> T {
    for _ in 0..100_000 {
        if let Step::Done(answer) = run(1) {
            return answer;
        }
    }
    panic!("a walk over a small graph did not end");
}

fn pos(number: usize) -> Pos {
    Pos::new(u32::try_from(number).unwrap())
}

fn positions(numbers: &[usize]) -> Vec<Pos> {
    numbers.iter().map(|&number| pos(number)).collect()
}

fn numbers(positions: &[Pos]) -> Vec<usize> {
    positions.iter().map(|position| position.index()).collect()
}
