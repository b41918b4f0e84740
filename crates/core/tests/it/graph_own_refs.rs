//! What tips reach beyond bounds, compared with plain sets.
#![cfg(test)]

use histo_core::graph::own_refs;
use histo_reference::reachable;
use proptest::prelude::*;
use proptest::sample::Index as Pick;

use crate::graph_support::{graph_of, numbers, picked, pos, positions};

fn chosen(picks: &[Pick], count: usize) -> Vec<usize> {
    if count == 0 { Vec::new() } else { picks.iter().map(|pick| pick.index(count)).collect() }
}

proptest! {
    /// Seen to fail if a bound that is first met as a parent stays one of ours.
    #[test]
    fn own_refs_are_the_difference_of_what_both_reach(
        parents in picked(0..=3, 8, 60),
        tips in proptest::collection::vec(any::<Pick>(), 0..5),
        bounds in proptest::collection::vec(any::<Pick>(), 0..5),
        most in 0_usize..60,
    ) {
        let (tips, bounds) = (chosen(&tips, parents.len()), chosen(&bounds, parents.len()));
        let below = reachable(&parents, &bounds);
        let all = reachable(&parents, &tips);
        let plain: Vec<usize> =
            all.into_iter().rev().filter(|number| !below.contains(number)).collect();
        let found = own_refs(&graph_of(&parents), &positions(&tips), &positions(&bounds), most);
        let expected = (plain.len() <= most).then_some(plain);
        prop_assert_eq!(found.map(|found| numbers(&found)), expected);
    }
}

#[test]
fn a_long_walk_is_abandoned() {
    let line: Vec<Vec<usize>> =
        (0..10_000_usize).map(|number| number.checked_sub(1).into_iter().collect()).collect();
    let graph = graph_of(&line);
    // The bound is far above: everything between would have to be visited first.
    assert_eq!(own_refs(&graph, &[pos(10)], &[pos(9_999)], 5), None);
    assert_eq!(own_refs(&graph, &[pos(9_999)], &[pos(9_997)], 5), Some(positions(&[9_999, 9_998])));
}
