//! Recent tips: the last added revisions from which nothing descends.
//!
//! An interrupted transfer leaves revisions that no head names. They are the last that were added, so
//! that the next one finds where it stands without a list of all revisions. A second call visits
//! only what was added since.

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

/// A mark of what was visited: enough to recognize the same graph, grown.
#[derive(Debug)]
struct Seen {
    last: Pos,
    reference: Ref,
    /// How many had been deleted.
    deleted: u32,
}

impl RecentTips {
    /// Of the last `window` revisions.
    pub const fn new(window: u32) -> Self {
        Self { window, tips: BTreeSet::new(), seen: None }
    }

    /// Returns revisions of the window that no other one names, the latest first, at most `most`. Deleted
    /// ones neither count nor name. Visits what was added since the last call; all of the window
    /// once, and again where something was deleted.
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

/// The tips from `start` on; visits each once.
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
