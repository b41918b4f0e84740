//! Order: one of the two orders in which all that is not trunk is ranked.
//!
//! A revision gets its number once all that name it have theirs, downward from the tips. Of those that
//! are ready that one comes first which became so last; of the parents of one revision that one which it
//! names first, in the order to the left, or last.

use super::label::Labels;
use super::rank::{Line, Rank};
use crate::graph::index::columns::Graph;
use crate::graph::index::pos::Pos;

/// An order on its way.
pub(super) struct Order {
    line: Line,
    /// What is ready, the next one last.
    ready: Vec<Pos>,
    /// One above the next number.
    number: u32,
}

impl Order {
    /// Begins with the tips, the next one last. For the numbers stands how many links name each revision.
    pub(super) const fn new(line: Line, tips: Vec<Pos>, len: u32) -> Self {
        Self { line, ready: tips, number: len }
    }

    /// Numbers the next revision; `false` if there is none.
    pub(super) fn next(&mut self, graph: &Graph, labels: &Labels, ranks: &mut [Rank]) -> bool {
        let Some(pos) = self.ready.pop() else {
            return false;
        };
        let line = self.line as usize;
        self.number -= 1;
        ranks[pos.index()].orders[line] = self.number;
        let start = self.ready.len();
        for parent in graph.parents(pos).filter(|&parent| !labels.is_trunk(parent)) {
            let links = &mut ranks[parent.index()].orders[line];
            *links -= 1;
            if *links == 0 {
                self.ready.push(parent);
            }
        }
        if self.line == Line::Left {
            self.ready[start..].reverse();
        }
        true
    }
}
