//! Which revisions can be deleted: on random small graphs, the answer is that of plain sets.
#![cfg(test)]

use std::collections::{BTreeMap, VecDeque};

use histo_core::graph::{Edge, Horizon, Reclaim, reclaim};
use histo_reference::{self as reference, Set};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index as Pick;

use crate::graph_support::{graph_of, numbers, picked, positions};

/// Returns the steps from the nearest of `tips`, for all that these reach.
fn steps(parents: &[Vec<usize>], tips: &[usize]) -> BTreeMap<usize, u32> {
    let mut steps = BTreeMap::new();
    let mut waiting: VecDeque<(usize, u32)> = tips.iter().map(|&tip| (tip, 0)).collect();
    while let Some((revision, count)) = waiting.pop_front() {
        if let std::collections::btree_map::Entry::Vacant(place) = steps.entry(revision) {
            place.insert(count);
            waiting.extend(parents[revision].iter().map(|&parent| (parent, count + 1)));
        }
    }
    steps
}

/// Returns what `edge` reaches through at least one link.
fn below(parents: &[Vec<usize>], edge: &[usize]) -> Set {
    let direct: Vec<usize> = edge.iter().flat_map(|&revision| parents[revision].clone()).collect();
    reference::reachable(parents, &direct)
}

fn sorted(set: &Set) -> Vec<usize> {
    set.iter().copied().collect()
}

proptest! {
    #[test]
    fn revisions_unreached_for_long_enough_go_unless_something_younger_descends_from_them(
        parents in picked(0..=3, 6, 40),
        tips in vec(any::<Pick>(), 0..4),
        marked in vec((any::<Pick>(), 1_u64..40), 0..60),
        grace in 0_u64..20,
    ) {
        let len = parents.len();
        let tips: Vec<usize> = tips.iter().map(|tip| tip.index(len)).collect();
        let marks: BTreeMap<u32, u64> =
            marked.iter().map(|(at, time)| (u32::try_from(at.index(len)).unwrap(), *time)).collect();
        let now = 20;
        // A mark by a clock that was ahead counts as now.
        let time = |revision: usize| {
            marks.get(&u32::try_from(revision).unwrap()).map(|&time| time.min(now))
        };
        let places = positions(&tips);
        let ask = Reclaim { tips: &places, logged: &[], marks: &marks, now, grace, horizon: None };
        let found = reclaim(&graph_of(&parents), &ask).unwrap();
        let reached = reference::reachable(&parents, &tips);
        let young: Vec<usize> =
            (0..len).filter(|&r| time(r).is_none_or(|time| time + grace > now)).collect();
        let held = &reference::reachable(&parents, &young) | &reached;
        let gone: Vec<usize> = (0..len).filter(|r| !held.contains(r)).collect();
        prop_assert_eq!(numbers(&found.unreached), gone);
        let waiting: BTreeMap<u32, u64> = (&held - &reached)
            .iter()
            .map(|&r| (u32::try_from(r).unwrap(), time(r).unwrap_or(now)))
            .collect();
        prop_assert_eq!(found.waiting as usize, waiting.len());
        prop_assert_eq!(found.marks, waiting);
    }

    #[test]
    fn behind_a_horizon_are_older_revisions_that_are_no_tips_and_that_every_remote_has(
        parents in picked(0..=3, 6, 40),
        tips in vec(any::<Pick>(), 1..4),
        edge in vec(any::<Pick>(), 1..3),
        remotes in vec(any::<Pick>(), 0..3),
        depth in proptest::option::of(0_u32..8),
    ) {
        let len = parents.len();
        let all = |picks: &[Pick]| picks.iter().map(|pick| pick.index(len)).collect::<Vec<_>>();
        let (tips, edge, remotes) = (all(&tips), all(&edge), all(&remotes));
        let places = (positions(&tips), positions(&edge), positions(&remotes));
        let horizon = Horizon {
            edge: depth.map_or(Edge::Before(&places.1), Edge::Depth),
            remotes: &places.2,
        };
        let marks = BTreeMap::new();
        let ask =
            Reclaim { tips: &places.0, logged: &[], marks: &marks, now: 5, grace: 0, horizon: Some(horizon) };
        let found = reclaim(&graph_of(&parents), &ask).unwrap();
        let old: Set = match depth {
            None => below(&parents, &edge),
            Some(depth) => steps(&parents, &tips)
                .into_iter()
                .filter(|(_, steps)| *steps >= depth)
                .map(|(revision, _)| revision)
                .collect(),
        };
        let tips: Set = tips.iter().copied().collect();
        let has = |remote: usize, revision| reference::is_ancestor(&parents, revision, remote);
        let cut: Set = (&old - &tips)
            .into_iter()
            .filter(|&revision| remotes.iter().all(|&remote| has(remote, revision)))
            .collect();
        let islands = &below(&parents, &sorted(&cut)) - &cut;
        let named: Set =
            (0..len).filter(|r| !cut.contains(r)).flat_map(|r| parents[r].clone()).collect();
        prop_assert_eq!(numbers(&found.boundary), sorted(&(&cut & &named)));
        prop_assert_eq!(numbers(&found.behind), sorted(&(&cut - &named)));
        prop_assert_eq!(numbers(&found.islands), sorted(&islands));
        prop_assert!(found.unreached.is_empty());
    }
}
