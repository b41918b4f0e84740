//! Recent tips: the revisions added last from which nothing descends.
//!
//! An interrupted transfer leaves revisions that no head names. They are the last ones added. With them the
//! next transfer finds where to continue, without a list of all revisions. A second call visits only what was
//! added since.

use std::collections::BTreeSet;

use crate::graph::index::columns::Graph;
use crate::graph::index::pos::Pos;
use crate::refs::Ref;

/// The recent tips of a graph that grows.
#[derive(Debug)]
pub struct RecentTips {
    window: u32,
    tips: BTreeSet<Pos>,
    seen: Option<Seen>,
}

/// A mark of what was visited: enough to recognize the same graph after it has grown.
#[derive(Debug)]
struct Seen {
    last: Pos,
    reference: Ref,
    /// Number of deleted revisions at that time.
    deleted: u32,
}

impl RecentTips {
    /// Considers the last `window` revisions.
    pub const fn new(window: u32) -> Self {
        Self { window, tips: BTreeSet::new(), seen: None }
    }

    /// Returns at most `most` revisions of the window that no other one names, latest first. Ignores deleted
    /// ones. Visits what was added since the last call; all of the window at the first call, and after a
    /// deletion.
    pub fn of(&mut self, graph: &Graph, most: usize) -> Vec<Pos> {
        let start = graph.len().saturating_sub(self.window);
        match self.seen.as_ref().filter(|seen| seen.is_of(graph)) {
            Some(seen) => {
                let next = seen.last.get() + 1;
                for number in start.max(next)..graph.len() {
                    self.add(graph, Pos::new(number));
                }
                self.tips = self.tips.split_off(&Pos::new(start));
            }
            None => self.tips = tips(graph, start),
        }
        self.seen = Seen::all(graph);
        self.tips.iter().rev().take(most).copied().collect()
    }

    fn add(&mut self, graph: &Graph, pos: Pos) {
        if graph.dead().is_deleted(pos) {
            return;
        }
        for parent in graph.parents(pos) {
            self.tips.remove(&parent);
        }
        self.tips.insert(pos);
    }
}

impl Seen {
    fn all(graph: &Graph) -> Option<Self> {
        let last = Pos::new(graph.len().checked_sub(1)?);
        Some(Self { last, reference: *graph.ref_at(last), deleted: deleted(graph) })
    }

    fn is_of(&self, graph: &Graph) -> bool {
        graph.contains(self.last)
            && *graph.ref_at(self.last) == self.reference
            && deleted(graph) == self.deleted
    }
}

fn deleted(graph: &Graph) -> u32 {
    graph.len() - graph.count()
}

/// Returns the tips from `start` on; visits each revision once.
fn tips(graph: &Graph, start: u32) -> BTreeSet<Pos> {
    let mut named = vec![false; (graph.len() - start) as usize];
    let mut tips = BTreeSet::new();
    for number in (start..graph.len()).rev() {
        let pos = Pos::new(number);
        if graph.dead().is_deleted(pos) {
            continue;
        }
        if !named.get((number - start) as usize).copied().unwrap_or_default() {
            tips.insert(pos);
        }
        for parent in graph.parents(pos) {
            let place = parent.get().checked_sub(start);
            if let Some(mark) = place.and_then(|place| named.get_mut(place as usize)) {
                *mark = true;
            }
        }
    }
    tips
}
