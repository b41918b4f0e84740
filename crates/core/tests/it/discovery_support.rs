//! Runs a discovery against a simulated side, and counts.
#![cfg(test)]

use histo_core::graph::{Graph, Pos, Step};
use histo_core::sync::{Discovery, Turn};

/// The result of a discovery, and its cost.
#[derive(Debug)]
pub(crate) struct Found {
    /// Descending.
    pub(crate) common: Vec<Pos>,
    pub(crate) rounds: usize,
    /// Refs of each round.
    pub(crate) asked: Vec<usize>,
}

impl Found {
    pub(crate) fn total(&self) -> usize {
        self.asked.iter().sum()
    }
}

/// Discovers, `budget` visits at a time, what the other side has according to `has`.
pub(crate) fn discover(
    graph: &Graph,
    tips: &[Pos],
    seed: u64,
    budget: u64,
    mut has: impl FnMut(Pos) -> bool,
) -> Found {
    let mut discovery = Discovery::new(graph, tips, seed).unwrap();
    let mut asked = Vec::new();
    loop {
        let Step::Done(turn) = discovery.run(graph, budget).unwrap() else {
            continue;
        };
        match turn {
            Turn::Ask(refs) => {
                assert!(!refs.is_empty(), "a round asks about nothing");
                asked.push(refs.len());
                assert!(asked.len() < 200, "a discovery does not end: {asked:?}");
                let answers: Vec<bool> = refs.iter().map(|&pos| has(pos)).collect();
                discovery.handle(&answers).unwrap();
            }
            Turn::Done(common) => return Found { common, rounds: asked.len(), asked },
        }
    }
}
