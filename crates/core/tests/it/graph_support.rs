//! Graphs for the tests of the graph: from lists of parents, and from the recorded histories.
#![cfg(test)]

use std::ops::RangeInclusive;

use histo_core::Ref;
use histo_core::graph::{Graph, Index, Pos};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index as Pick;

/// Returns a ref without a recognizable pattern.
pub(crate) fn ref_of(number: usize) -> Ref {
    Ref::from_bytes(*blake3::hash(&(number as u64).to_le_bytes()).as_bytes())
}

pub(crate) fn pos(number: usize) -> Pos {
    Pos::new(u32::try_from(number).unwrap())
}

pub(crate) fn positions(numbers: &[usize]) -> Vec<Pos> {
    numbers.iter().map(|&number| pos(number)).collect()
}

pub(crate) fn numbers(positions: &[Pos]) -> Vec<usize> {
    positions.iter().map(|position| position.index()).collect()
}

/// Returns an index over `parents`, each revision at its number.
pub(crate) fn index_of(parents: &[Vec<usize>]) -> Index {
    let mut index = Index::new(7);
    for (number, own) in parents.iter().enumerate() {
        let pushed = index.push(ref_of(number), &positions(own)).unwrap();
        assert_eq!(pushed, pos(number));
    }
    index
}

pub(crate) fn graph_of(parents: &[Vec<usize>]) -> Graph {
    index_of(parents).snapshot()
}

/// Returns the parents of each revision of a recorded history.
pub(crate) fn history(name: &str) -> Vec<Vec<usize>> {
    let text = std::fs::read_to_string(path(&format!("{name}.dag"))).unwrap();
    let parents: Vec<Vec<usize>> = text
        .lines()
        .map(|line| line.split_whitespace().map(|number| number.parse().unwrap()).collect())
        .collect();
    assert!(parents.len() > 1_000, "{name} is too short to be a history");
    parents
}

pub(crate) fn path(file: &str) -> String {
    format!("{}/../../test/histories/{file}", env!("CARGO_MANIFEST_DIR"))
}

/// Graphs of fewer than `below` revisions. Each picks `picks` parents among the `reach` before it; without a
/// pick it is a root.
pub(crate) fn picked(
    picks: RangeInclusive<usize>,
    reach: usize,
    below: usize,
) -> impl Strategy<Value = Vec<Vec<usize>>> {
    vec(vec(any::<Pick>(), picks), 2..below).prop_map(move |picks| {
        let own = |(child, picks): (usize, &Vec<Pick>)| {
            let lowest = child.saturating_sub(reach);
            let mut own: Vec<usize> = Vec::new();
            for pick in picks.iter().filter(|_| child > 0) {
                let parent = lowest + pick.index(child - lowest);
                if !own.contains(&parent) {
                    own.push(parent);
                }
            }
            own
        };
        picks.iter().enumerate().map(own).collect()
    })
}
