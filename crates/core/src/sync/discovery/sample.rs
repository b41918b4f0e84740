//! Sampling: a pass over the undecided part. It finds the heads, the revisions at distances 1, 2, 4, … below a
//! head, and those at regular distances.

use hashbrown::HashMap;

use super::marks::Marks;
use crate::graph::{Graph, Pos};

/// At least this many questions for each head if there are many: they cut a branch into four.
pub(super) const MIN_PER_HEAD: usize = 3;
/// At least this many questions in the second round; doubles in each later one.
const SECOND_ROUND: u64 = 256;

/// A pass over the undecided part, downward.
#[derive(Debug)]
pub(super) struct Sampling {
    /// All positions from here on were passed.
    pub(super) at: u32,
    /// Distances from the nearest head, of positions below.
    distances: HashMap<Pos, u32>,
    /// Every `stride`-th distance is taken.
    stride: u32,
    pub(super) heads: Vec<Pos>,
    /// Positions at a distance that is a power of two, with the exponent.
    pub(super) powers: Vec<(u32, Pos)>,
    pub(super) even: Vec<Pos>,
}

impl Sampling {
    /// Begins below `top`: `undecided` positions are undecided, and about `heads` of them are heads.
    pub(super) fn new(round: u32, top: u32, undecided: u64, heads: u64) -> Self {
        let wanted = usual(round).max(heads * MIN_PER_HEAD as u64) + heads;
        let stride = u32::try_from(undecided / wanted).unwrap_or(u32::MAX).max(1);
        Self {
            at: top,
            distances: HashMap::new(),
            stride,
            heads: Vec::new(),
            powers: Vec::new(),
            even: Vec::new(),
        }
    }

    /// Processes the next position.
    pub(super) fn pass(&mut self, graph: &Graph, marks: &Marks, pos: Pos) {
        let distance = self.distances.remove(&pos).unwrap_or(0);
        if distance == 0 {
            self.heads.push(pos);
        }
        if distance.is_power_of_two() {
            self.powers.push((distance.ilog2(), pos));
        }
        if (distance + 1).is_multiple_of(self.stride) {
            self.even.push(pos);
        }
        for parent in graph.parents(pos) {
            if marks.is_undecided(parent) {
                let known = self.distances.entry(parent).or_insert(u32::MAX);
                *known = (*known).min(distance.saturating_add(1));
            }
        }
        self.at = pos.get();
    }
}

/// Returns the approximate number of questions in a round.
pub(super) fn usual(round: u32) -> u64 {
    SECOND_ROUND << round.min(12)
}
