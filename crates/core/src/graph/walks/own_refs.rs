//! Own refs: a small difference, bounded in visits and answers.
//!
//! Lists in one request what only the client has; if that is too much, the client negotiates. Never names a
//! deleted revision.

use std::collections::BinaryHeap;

use hashbrown::HashMap;

use crate::graph::index::columns::Graph;
use crate::graph::index::pos::Pos;

/// At most this many visits: some 100 us.
const MOST_VISITS: u32 = 4096;

/// Returns what `tips` reach and none of `bounds` does, highest first. `None` if that is more than `most`, or
/// takes more than 4,096 visits.
pub fn own_refs(graph: &Graph, tips: &[Pos], bounds: &[Pos], most: usize) -> Option<Vec<Pos>> {
    let mut walk = Unvisited::default();
    for &bound in bounds {
        walk.meet(bound, true);
    }
    for &tip in tips {
        walk.meet(tip, false);
    }
    let mut own = Vec::new();
    for _ in 0..MOST_VISITS {
        if walk.own == 0 {
            return Some(own);
        }
        let (pos, is_below) = walk.pop()?;
        if !is_below {
            own.push(pos);
        }
        if own.len() > most {
            return None;
        }
        for parent in graph.known_parents(pos) {
            walk.meet(parent, is_below);
        }
    }
    None
}

/// Positions to visit.
#[derive(Default)]
struct Unvisited {
    heap: BinaryHeap<Pos>,
    /// Whether a bound reaches it.
    is_below: HashMap<Pos, bool>,
    /// Number of them that no bound is known to reach.
    own: usize,
}

impl Unvisited {
    fn meet(&mut self, pos: Pos, is_below: bool) {
        let is_new = !self.is_below.contains_key(&pos);
        let known = self.is_below.entry(pos).or_insert(is_below);
        if is_new {
            self.heap.push(pos);
            self.own += usize::from(!is_below);
        } else if is_below && !*known {
            *known = true;
            self.own -= 1;
        }
    }

    /// Takes the highest; all revisions that name it were visited before.
    fn pop(&mut self) -> Option<(Pos, bool)> {
        let pos = self.heap.pop()?;
        let is_below = self.is_below.remove(&pos)?;
        self.own -= usize::from(!is_below);
        Some((pos, is_below))
    }
}
