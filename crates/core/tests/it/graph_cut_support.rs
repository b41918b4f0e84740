//! Pruned histories for the tests of walks, cut as `reclaim` decides.
#![cfg(test)]

use std::collections::BTreeMap;
use std::sync::Arc;

use histo_core::Ref;
use histo_core::graph::{
    Edge, Graph, Horizon, Index, Loss, Pos, Reclaim, Reclaimed, Tombstone, label, reclaim,
};
use histo_reference::Set;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index as Pick;

use crate::graph_support::{index_of, numbers, pos, positions, ref_of};

const BLOCK: u32 = 4096;

/// One prune: tips, an edge or a depth, remotes, and whether unreached revisions are deleted.
pub(crate) type Prune = (Vec<Pick>, Vec<Pick>, Option<u32>, Vec<Pick>, bool);

pub(crate) fn prune() -> impl Strategy<Value = Prune> {
    let tips = vec(any::<Pick>(), 1..4);
    let remotes = prop_oneof![3 => Just(vec![]), 1 => vec(any::<Pick>(), 1..3)];
    (tips, vec(any::<Pick>(), 1..4), proptest::option::of(1_u32..5), remotes, any::<bool>())
}

/// A history and its deletions.
pub(crate) struct Case {
    pub(crate) parents: Vec<Vec<usize>>,
    pub(crate) index: Index,
    /// Deleted positions.
    pub(crate) gone: Set,
    /// Tombstones of a cut.
    pub(crate) cut: Set,
}

impl Case {
    pub(crate) fn new(parents: Vec<Vec<usize>>, prunes: &[Prune]) -> Self {
        let index = index_of(&parents);
        let mut case = Self { parents, index, gone: Set::new(), cut: Set::new() };
        for prune in prunes {
            case.prune(prune);
        }
        case
    }

    pub(crate) fn left(&self) -> Vec<usize> {
        (0..self.parents.len()).filter(|revision| !self.gone.contains(revision)).collect()
    }

    fn prune(&mut self, (tips, edge, depth, remotes, all): &Prune) {
        let left = self.left();
        if left.is_empty() {
            return;
        }
        let places = |picks: &[Pick]| {
            let picked = picks.iter().map(|pick| left[pick.index(left.len())]);
            // A revision that was cut away cannot be a head.
            positions(&picked.filter(|it| !self.cut.contains(it)).collect::<Vec<_>>())
        };
        let (tips, edge, remotes) = (places(tips), places(edge), places(remotes));
        let tips = [tips, remotes.clone()].concat();
        let condemned = || (0..self.index.len()).map(|pos| (pos, 1));
        let marks = if *all { condemned().collect() } else { BTreeMap::new() };
        let edge = depth.map_or(Edge::Before(&edge), Edge::Depth);
        let horizon = Some(Horizon { edge, remotes: &remotes });
        let ask = Reclaim { tips: &tips, logged: &[], marks: &marks, now: 9, grace: 0, horizon };
        let found = reclaim(&self.index.snapshot(), &ask).unwrap();
        self.gone.extend(numbers(&[&found.unreached[..], &found.behind].concat()));
        self.cut.extend(numbers(&found.boundary));
        self.delete(&found);
    }

    pub(crate) fn delete(&mut self, found: &Reclaimed) {
        let mut block = self.index.dead_block(Pos::new(0)).cloned().unwrap_or_default();
        block.generation += 1;
        for &pos in &found.boundary {
            let parents: Arc<[Ref]> =
                self.parents[pos.index()].iter().map(|&parent| ref_of(parent)).collect();
            block.set_tombstone(pos.get() % BLOCK, Some(Tombstone { loss: Loss::Cut, parents }));
        }
        for &pos in found.unreached.iter().chain(&found.behind) {
            block.delete(pos.get() % BLOCK);
        }
        self.index.set_dead(0, block);
    }

    /// The index after reopening: nothing is known of deleted revisions.
    fn reopened(&self) -> Index {
        let mut index = Index::new(3);
        if let Some(block) = self.index.dead_block(Pos::new(0)) {
            index.set_dead(0, block.clone());
        }
        for (revision, own) in self.parents.iter().enumerate() {
            let own = positions(own);
            if self.gone.contains(&revision) {
                index.push_deleted().unwrap();
            } else if self.cut.contains(&revision) {
                let generation = self.index.generation(pos(revision));
                index.push_tombstone(ref_of(revision), generation, &own).unwrap();
            } else {
                index.push(ref_of(revision), &own).unwrap();
                assert_eq!(index.generation(pos(revision)), self.index.generation(pos(revision)));
            }
        }
        index
    }

    /// The cut history as it is now and after reopening, without labels and with labels made before and after
    /// the cut.
    pub(crate) fn graphs(&self) -> Vec<Graph> {
        let mut graphs = vec![self.index.snapshot(), self.reopened().snapshot()];
        let mut before = index_of(&self.parents);
        label(&before.snapshot());
        if let Some(block) = self.index.dead_block(Pos::new(0)) {
            before.set_dead(0, block.clone());
        }
        let after = self.reopened();
        label(&after.snapshot());
        graphs.extend([before.snapshot(), after.snapshot()]);
        graphs
    }
}
