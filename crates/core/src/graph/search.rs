//! Search: the way down from one position to another.
//!
//! Holds the search, nothing else. It goes down first parents, comes back to the lowest merge first,
//! and looks at nothing that lies below the ancestor sought, has no higher generation, or, by its
//! label, cannot reach it. Where there are labels it goes from chain to chain.

use super::columns::Graph;
use super::pos::Pos;
use super::reach::{Label, Labels, Verdict};
use super::seen::Seen;
use super::step::Step;

/// The search for `ancestor` below a descendant. Follows each link between the two at most once.
pub(super) struct Search {
    ancestor: Pos,
    /// Generation of `ancestor`.
    generation: u32,
    /// The position to look at; `None` once the search ended in vain.
    next: Option<Pos>,
    /// What to look at afterwards, the first last.
    waiting: Vec<Pos>,
    /// What a waiting position could reach again. A position met while nothing waits needs no mark:
    /// all that comes later is below it.
    seen: Seen,
    /// Visits to positions without labels.
    blind: u64,
}

impl Search {
    /// Starts at `descendant`. Both must lie inside `graph`.
    pub(super) fn new(graph: &Graph, ancestor: Pos, descendant: Pos) -> Self {
        Self {
            ancestor,
            generation: graph.generation(ancestor),
            next: Some(descendant),
            waiting: Vec::new(),
            seen: Seen::new(descendant),
            blind: 0,
        }
    }

    /// Looks at no more than `rest` further positions, which are taken off it. A position reaches
    /// itself. The labels may be others, or none, at each call.
    pub(super) fn run(
        &mut self,
        graph: &Graph,
        labels: Option<&Labels>,
        rest: &mut u64,
    ) -> Step<bool> {
        let known = labels.and_then(|labels| Some((labels, labels.get(self.ancestor)?)));
        while let Some(pos) = self.next {
            if pos == self.ancestor {
                return Step::Done(true);
            }
            if *rest == 0 {
                return Step::Pending;
            }
            *rest -= 1;
            let exit = match self.judge(known, pos) {
                Verdict::Reaches => return Step::Done(true),
                Verdict::Search(exit) => self.may_reach(graph, exit).then_some(exit),
                Verdict::Never => None,
            };
            self.next = match exit.filter(|&exit| self.is_new(exit)) {
                Some(exit) => self.descend(graph, exit),
                None => self.waiting.pop(),
            };
        }
        Step::Done(false)
    }

    /// Returns how many positions without labels were visited since the last call.
    pub(super) const fn take_blind(&mut self) -> u64 {
        std::mem::replace(&mut self.blind, 0)
    }

    #[inline]
    fn judge(&mut self, known: Option<(&Labels, Label)>, pos: Pos) -> Verdict {
        if pos < self.ancestor {
            return Verdict::Never;
        }
        let labels = known.and_then(|(labels, sought)| Some((labels.get(pos)?, sought)));
        let Some((label, sought)) = labels else {
            self.blind += 1;
            return Verdict::Search(pos);
        };
        label.reaches(sought)
    }

    fn may_reach(&self, graph: &Graph, pos: Pos) -> bool {
        pos > self.ancestor && graph.generation(pos) > self.generation
    }

    fn is_new(&mut self, pos: Pos) -> bool {
        if self.waiting.is_empty() {
            return !self.seen.contains(pos);
        }
        self.seen.insert(pos)
    }

    /// Returns the first parent; the others wait.
    fn descend(&mut self, graph: &Graph, pos: Pos) -> Option<Pos> {
        let mut parents = graph.parents(pos).filter(|&parent| parent >= self.ancestor);
        let first = parents.next();
        let start = self.waiting.len();
        self.waiting.extend(parents);
        self.waiting[start..].reverse();
        first.or_else(|| self.waiting.pop())
    }
}
