//! Properties: over random graphs of every shape, a discovery finds exactly what the definition says, and ends
//! whatever the answers are.
#![cfg(test)]

use histo_core::graph::Pos;
use histo_core::sync::{Discovery, Turn};
use histo_reference as reference;
use proptest::prelude::*;
use proptest::sample::subsequence;

use crate::discovery_support::discover;
use crate::graph_support::{graph_of, numbers, picked, positions};

/// A graph, our tips, and tips of the other side.
fn cases() -> impl Strategy<Value = (Vec<Vec<usize>>, Vec<usize>, Vec<usize>, u64)> {
    let graphs = prop_oneof![
        picked(0..=2, 1_000, 60),
        picked(1..=1, 3, 200),
        picked(1..=2, 5, 400),
        picked(0..=1, 40, 300),
        picked(1..=3, 2, 100),
    ];
    graphs.prop_flat_map(|parents| {
        let all: Vec<usize> = (0..parents.len()).collect();
        let some = subsequence(all.clone(), 0..=4.min(all.len()));
        let others = subsequence(all.clone(), 0..=4.min(all.len()));
        (Just(parents), some, others, any::<u64>())
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_common_part_is_that_of_the_definition((parents, tips, others, seed) in cases()) {
        let graph = graph_of(&parents);
        let theirs = reference::reachable(&parents, &others);
        let expected = reference::common_heads(&parents, &tips, &others);
        for budget in [1, 7, u64::MAX] {
            let found = discover(&graph, &positions(&tips), seed, budget, |pos| {
                theirs.contains(&pos.index())
            });
            let common: reference::Set = numbers(&found.common).into_iter().collect();
            prop_assert_eq!(&common, &expected);
        }
    }

    #[test]
    fn random_answers_end_it_too((parents, tips, _, seed) in cases()) {
        let graph = graph_of(&parents);
        let mut bits = seed;
        let found = discover(&graph, &positions(&tips), seed, 100, |_| {
            bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            bits >> 63 == 1
        });
        let reached = reference::reachable(&parents, &tips);
        prop_assert!(numbers(&found.common).iter().all(|number| reached.contains(number)));
    }

    #[test]
    fn the_same_seed_asks_the_same_questions((parents, tips, others, seed) in cases()) {
        let graph = graph_of(&parents);
        let theirs = reference::reachable(&parents, &others);
        let run = |budget| {
            let mut asked: Vec<Pos> = Vec::new();
            discover(&graph, &positions(&tips), seed, budget, |pos| {
                asked.push(pos);
                theirs.contains(&pos.index())
            });
            asked
        };
        prop_assert_eq!(run(u64::MAX), run(3));
    }
}

#[test]
fn unexpected_answers_and_too_many_are_refused() {
    let graph = graph_of(&[vec![], vec![0]]);
    let mut discovery = Discovery::new(&graph, &positions(&[1]), 7).unwrap();
    assert_eq!(discovery.handle(&[true]).unwrap_err().code(), Some("HISTO_INTERNAL"));
    let turn = discovery.run(&graph, 100).unwrap();
    let asked = Turn::Ask(positions(&[1, 0]));
    assert_eq!(turn, histo_core::graph::Step::Done(asked));
    assert_eq!(discovery.handle(&[true]).unwrap_err().code(), Some("HISTO_PROTOCOL"));
    assert_eq!(discovery.run(&graph, 100).unwrap_err().code(), Some("HISTO_INTERNAL"));
    assert_eq!(discovery.handle(&[true, true]), Ok(()));
}

#[test]
fn without_tips_nothing_is_asked() {
    let graph = graph_of(&[vec![]]);
    let found = discover(&graph, &[], 7, 10, |_| true);
    assert_eq!((found.rounds, found.common), (0, Vec::new()));
}

#[test]
fn a_tip_beyond_the_graph_is_refused() {
    let graph = graph_of(&[vec![]]);
    let error = Discovery::new(&graph, &positions(&[1]), 7).unwrap_err();
    assert_eq!(error.code(), Some("HISTO_INTERNAL"));
}
