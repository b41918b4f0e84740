//! Recent tips, compared with the revisions that plainly no other one names.
#![cfg(test)]

use histo_core::graph::{DeadBlock, Graph, Index, RecentTips};
use proptest::prelude::*;

use crate::graph_support::{graph_of, index_of, numbers, picked, pos, positions, ref_of};

/// Returns the revisions from `start` on that are no parent, latest first.
fn plainly(parents: &[Vec<usize>], start: usize) -> Vec<usize> {
    let is_named = |number: usize| parents.iter().any(|own| own.contains(&number));
    (start..parents.len()).rev().filter(|&number| !is_named(number)).collect()
}

proptest! {
    #[test]
    fn nothing_in_the_window_descends_from_recent_tips(
        parents in picked(0..=2, 8, 60),
        window in 0_usize..70,
        most in 1_usize..20,
    ) {
        let start = parents.len().saturating_sub(window);
        let mut expected = plainly(&parents, start);
        expected.truncate(most);
        let found = RecentTips::new(u32::try_from(window).unwrap()).of(&graph_of(&parents), most);
        prop_assert_eq!(numbers(&found), expected);
    }
}

#[test]
fn an_empty_graph_has_no_recent_tips() {
    assert_eq!(RecentTips::new(10).of(&graph_of(&[]), 10), []);
}

proptest! {
    /// Seen to fail if `RecentTips` keeps a revision that a later one names.
    #[test]
    fn a_graph_that_grew_gives_the_same_tips_as_a_new_one(
        parents in picked(0..=2, 8, 60),
        window in 1_u32..70,
        steps in proptest::collection::vec(0_usize..60, 0..6),
    ) {
        let mut grown = RecentTips::new(window);
        let mut lengths: Vec<_> = steps.into_iter().map(|step| step.min(parents.len())).collect();
        lengths.sort_unstable();
        lengths.push(parents.len());
        for length in lengths {
            let graph = graph_of(&parents[..length]);
            let expected = RecentTips::new(window).of(&graph, usize::MAX);
            prop_assert_eq!(grown.of(&graph, usize::MAX), expected);
        }
    }

    #[test]
    fn another_graph_in_its_place_is_visited_again(
        one in picked(0..=2, 8, 30),
        other in picked(0..=2, 8, 60),
    ) {
        let mut tips = RecentTips::new(40);
        tips.of(&graph_of(&one), usize::MAX);
        // The same parents under other refs: only the last ref differs.
        let stranger = strangers(&other);
        prop_assert_eq!(
            tips.of(&stranger, usize::MAX),
            RecentTips::new(40).of(&stranger, usize::MAX)
        );
    }
}

fn strangers(parents: &[Vec<usize>]) -> Graph {
    let mut index = Index::new(7);
    for (number, own) in parents.iter().enumerate() {
        index.push(ref_of(number + 1_000_000), &positions(own)).unwrap();
    }
    index.snapshot()
}

#[test]
fn revisions_deleted_since_the_last_call_no_longer_count() {
    let mut index = index_of(&[vec![], vec![0], vec![1]]);
    let mut tips = RecentTips::new(10);
    assert_eq!(tips.of(&index.snapshot(), 10), [pos(2)]);
    let mut block = DeadBlock::new(1);
    block.delete(2);
    index.set_dead(0, block);
    assert_eq!(tips.of(&index.snapshot(), 10), [pos(1)]);
}
