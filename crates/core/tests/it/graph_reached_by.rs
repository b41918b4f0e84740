//! The bitmap of what a tip reaches, from scratch and from the bitmap of another tip.
#![cfg(test)]

use histo_core::graph::{Graph, Pos, Reached, ReachedBy, Reaches, Step};
use histo_reference as reference;
use proptest::prelude::*;

use crate::graph_support::{graph_of, picked, pos};

fn reached(graph: &Graph, tip: usize, budget: u64, reaches: Option<&Reaches>) -> Reached {
    let base = reaches.and_then(|reaches| reaches.below(pos(tip)));
    let mut walk = ReachedBy::new(graph, pos(tip), base).unwrap();
    loop {
        if let Step::Done(reached) = walk.run(graph, budget) {
            return reached;
        }
    }
}

fn numbers(reached: &Reached, len: usize) -> reference::Set {
    (0..len + 100).filter(|&number| reached.contains(pos(number))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn it_is_what_the_tip_reaches_whatever_was_kept(
        parents in prop_oneof![picked(0..=2, 30, 300), picked(1..=1, 3, 300)],
        tips in proptest::collection::vec(any::<proptest::sample::Index>(), 1..9),
    ) {
        let graph = graph_of(&parents);
        let mut reaches = Reaches::default();
        for tip in tips {
            let tip = tip.index(parents.len());
            let expected = reference::reachable(&parents, &[tip]);
            let alone = reached(&graph, tip, 1, None);
            prop_assert_eq!(numbers(&alone, parents.len()), expected.clone());
            reaches.keep(reached(&graph, tip, 3, Some(&reaches)));
            let kept = reaches.of(&graph, pos(tip)).unwrap();
            prop_assert_eq!(numbers(&kept, parents.len()), expected);
        }
    }

    #[test]
    fn several_tips_reach_what_each_of_them_does(
        parents in picked(0..=2, 30, 300),
        tips in proptest::collection::vec(any::<proptest::sample::Index>(), 1..9),
    ) {
        let graph = graph_of(&parents);
        let tips: Vec<usize> = tips.into_iter().map(|tip| tip.index(parents.len())).collect();
        let at: Vec<Pos> = tips.iter().map(|&tip| pos(tip)).collect();
        let mut walk = ReachedBy::many(&graph, &at).unwrap();
        let reached = loop {
            if let Step::Done(reached) = walk.run(&graph, 3) {
                break reached;
            }
        };
        prop_assert_eq!(numbers(&reached, parents.len()), reference::reachable(&parents, &tips));
    }
}

#[test]
fn a_descendant_costs_only_what_is_new() {
    let line: Vec<Vec<usize>> =
        (0..100_000_usize).map(|number| number.checked_sub(1).into_iter().collect()).collect();
    let graph = graph_of(&line);
    let mut reaches = Reaches::default();
    reaches.keep(reached(&graph, 99_000, u64::MAX, None));
    let mut walk = ReachedBy::new(&graph, pos(99_100), reaches.below(pos(99_100))).unwrap();
    // Empty words of the bitmap also count, and so does what is new.
    assert!(matches!(walk.run(&graph, 2_000), Step::Done(_)));
}

#[test]
fn the_last_few_are_kept_and_none_of_another_graph() {
    let line: Vec<Vec<usize>> =
        (0..20_usize).map(|number| number.checked_sub(1).into_iter().collect()).collect();
    let graph = graph_of(&line);
    let mut reaches = Reaches::default();
    for tip in 10..15 {
        reaches.keep(reached(&graph, tip, u64::MAX, None));
    }
    assert!(reaches.of(&graph, pos(10)).is_none());
    assert!(reaches.of(&graph, pos(11)).is_some());
    assert!(reaches.of(&graph_of(&line[..12]), pos(11)).is_none());
    assert!(reaches.of(&graph, pos(12)).is_none());
}

#[test]
fn a_tip_beyond_the_graph_is_refused() {
    let graph = graph_of(&[vec![]]);
    assert!(ReachedBy::new(&graph, Pos::new(1), None).is_err());
    assert!(ReachedBy::many(&graph, &[Pos::new(0), Pos::new(1)]).is_err());
    assert!(ReachedBy::many(&graph, &[]).is_err());
}
