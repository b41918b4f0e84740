//! Simulations over a million revisions: how many rounds a discovery takes, and about how many refs it asks.
#![cfg(test)]

use std::sync::OnceLock;

use histo_core::Ref;
use histo_core::graph::{Graph, Index, Pos};

use crate::discovery_support::{Found, discover};

const MANY: u32 = 1_000_000;

/// Bytes of a request with this many refs, as `encodeRefs` writes it.
const fn bytes(refs: usize) -> usize {
    1 + 32 * refs
}

/// All of `cases` with `HISTO_LONG=1`, else some: without optimization a walk over a million takes seconds.
fn cases(cases: &[u32]) -> impl Iterator<Item = u32> {
    let long = std::env::var_os("HISTO_LONG").is_some_and(|value| value == "1");
    let step = if long { 1 } else { cases.len() - 1 };
    cases.iter().copied().rev().step_by(step)
}

fn graph(parents: impl Iterator<Item = Vec<Pos>>) -> Graph {
    let mut index = Index::new(7);
    let mut rows = parents.enumerate();
    index
        .extend(|own| {
            let (number, parents) = rows.next()?;
            own.extend(parents);
            let mut bytes = [0; 32];
            bytes[..8].copy_from_slice(&(number as u64 + 1).to_le_bytes());
            Some(Ref::from_bytes(bytes))
        })
        .unwrap();
    index.snapshot()
}

/// A line, and a history with branches.
fn histories() -> &'static [Graph; 2] {
    static MADE: OnceLock<[Graph; 2]> = OnceLock::new();
    MADE.get_or_init(|| [line(), branchy()])
}

fn line() -> Graph {
    graph((0..MANY).map(|number| number.checked_sub(1).map(Pos::new).into_iter().collect()))
}

/// A line where every fourth revision merges one from up to 40 before it.
fn branchy() -> Graph {
    graph((0..MANY).map(|number| {
        let mut own: Vec<Pos> = number.checked_sub(1).map(Pos::new).into_iter().collect();
        if number % 4 == 0 && number > 100 {
            own.push(Pos::new(number - 2 - (number / 4 * 7) % 39));
        }
        own
    }))
}

/// A trunk of `trunk`, then forks from its end that grow in turn.
fn forks(trunk: u32, forks: u32) -> Graph {
    graph((0..MANY).map(move |number| {
        let parent = match number.checked_sub(trunk) {
            None => number.checked_sub(1),
            Some(place) if place < forks => Some(trunk - 1),
            Some(_) => Some(number - forks),
        };
        parent.map(Pos::new).into_iter().collect()
    }))
}

/// The last of each fork.
fn fork_tips(forks: u32) -> Vec<Pos> {
    (MANY - forks..MANY).map(Pos::new).collect()
}

fn check(found: &Found, common: &[Pos], rounds: usize, refs: usize) {
    assert_eq!(found.common, common);
    assert!(found.rounds <= rounds, "{} rounds: {:?}", found.rounds, found.asked);
    assert!(found.total() <= refs, "{} refs: {:?}", found.total(), found.asked);
}

fn check_forks(found: &Found, count: u32) {
    let refs = if count < 100 { 4_500 } else { 70_000 };
    assert!(found.rounds <= 6, "{count} forks: {:?}", found.asked);
    assert!(found.total() <= refs, "{count} forks: {:?}", found.asked);
}

fn run(graph: &Graph, tips: &[Pos], has: impl FnMut(Pos) -> bool) -> Found {
    discover(graph, tips, 7, 1 << 15, has)
}

const TIP: Pos = Pos::new(MANY - 1);

#[test]
fn equal_histories_take_one_request_below_a_kilobyte() {
    for graph in histories() {
        let found = run(graph, &[TIP], |_| true);
        check(&found, &[TIP], 1, 28);
        assert!(bytes(found.total()) < 1024);
    }
}

#[test]
fn small_differences_take_few_rounds() {
    for graph in histories() {
        for ours in [1, 2, 10, 100, 1000] {
            let last = MANY - 1 - ours;
            let found = run(graph, &[TIP], |pos| pos.get() <= last);
            assert_eq!(found.common.first(), Some(&Pos::new(last)));
            assert!(found.rounds <= 3, "{ours}: {:?}", found.asked);
            assert!(found.total() <= 700, "{ours}: {:?}", found.asked);
        }
    }
}

#[test]
fn revisions_that_only_the_other_side_has_cost_nothing() {
    let [line, _] = histories();
    let tip = Pos::new(MANY / 2);
    let found = run(line, &[tip], |_| true);
    check(&found, &[tip], 1, 28);
}

#[test]
fn large_differences_take_at_most_six_rounds() {
    for graph in histories() {
        for ours in cases(&[5_000, 20_000, 150_000, 500_000, 999_000]) {
            let last = MANY - 1 - ours;
            let found = run(graph, &[TIP], |pos| pos.get() <= last);
            assert_eq!(found.common.first(), Some(&Pos::new(last)));
            assert!(found.rounds <= 6, "{ours}: {:?}", found.asked);
            assert!(found.total() <= 4_000, "{ours}: {:?}", found.asked);
        }
    }
}

#[test]
fn nothing_in_common_takes_at_most_six_rounds() {
    for graph in histories() {
        let found = run(graph, &[TIP], |_| false);
        check(&found, &[], 6, 4_000);
    }
}

#[test]
fn forks_that_the_other_side_has_all_of_take_one_round() {
    for count in cases(&[5, 50, 500, 5_000]) {
        let graph = forks(MANY / 2, count);
        let tips = fork_tips(count);
        let found = run(&graph, &tips, |_| true);
        let mut descending = tips.clone();
        descending.reverse();
        check(&found, &descending, 1, tips.len().max(28));
    }
}

#[test]
fn forks_that_the_other_side_has_none_of_end_at_the_trunk() {
    for count in cases(&[5, 50, 500, 5_000]) {
        let trunk = MANY / 2;
        let graph = forks(trunk, count);
        let found = run(&graph, &fork_tips(count), |pos| pos.get() < trunk);
        assert_eq!(found.common, [Pos::new(trunk - 1)]);
        check_forks(&found, count);
    }
}

#[test]
fn forks_of_which_the_other_side_has_some_and_parts() {
    for count in cases(&[5, 50, 500, 5_000]) {
        let trunk = MANY / 2;
        let graph = forks(trunk, count);
        let length = (MANY - trunk) / count;
        // A part of each fork, as its number says, mixed.
        let has = |pos: Pos| match pos.get().checked_sub(trunk) {
            None => true,
            Some(place) => place / count < (place % count).wrapping_mul(2_654_435_761) % length,
        };
        let found = run(&graph, &fork_tips(count), &has);
        check_forks(&found, count);
        let common = found.common.iter().filter(|pos| pos.get() >= trunk).count();
        let parts = (0..count).filter(|fork| has(Pos::new(trunk + fork))).count();
        assert_eq!(common, parts);
    }
}
