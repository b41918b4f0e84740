//! Search: the way down from one position to another.
//!
//! The search goes down first parents and returns to the lowest merge first. It skips positions that are below
//! the ancestor sought, have no higher generation, or by their label cannot reach it. With labels it goes from
//! chain to chain. It cannot look below what was cut away, and reports that it met some; labels are of no use
//! for an ancestor that may be below such.

use crate::graph::index::columns::Graph;
use crate::graph::index::pos::Pos;
use crate::graph::labels::{Label, Labels, Verdict};
use crate::graph::walks::seen::Seen;
use crate::graph::walks::step::Step;

/// The search for `ancestor` below a descendant. Follows each link between them at most once.
pub(in crate::graph) struct Search {
    ancestor: Pos,
    /// Generation of `ancestor`.
    generation: u32,
    /// The position to look at; `None` once the search has failed.
    next: Option<Pos>,
    /// Positions to look at afterwards, the next one last.
    waiting: Vec<Pos>,
    /// Positions that a waiting one could reach again. A position met while nothing waits needs no mark:
    /// everything later is below it.
    seen: Seen,
    /// Visits without a label since `take_missed_visits`.
    missed_visits: u64,
    /// A position that was cut away and could reach the ancestor.
    hidden: Option<Pos>,
}

impl Search {
    /// Starts at `descendant`. Both must be inside `graph`.
    pub(in crate::graph) fn new(graph: &Graph, ancestor: Pos, descendant: Pos) -> Self {
        Self {
            ancestor,
            generation: graph.generation(ancestor),
            next: Some(descendant),
            waiting: Vec::new(),
            seen: Seen::new(descendant),
            missed_visits: 0,
            hidden: None,
        }
    }

    /// Visits at most `rest` more positions, and subtracts them. A position reaches itself. The labels may
    /// differ, or be missing, at each call.
    pub(in crate::graph) fn run(
        &mut self,
        graph: &Graph,
        labels: Option<&Labels>,
        rest: &mut u64,
    ) -> Step<bool> {
        let labels = labels.filter(|_| graph.is_lit(self.ancestor));
        let known = labels.and_then(|labels| Some((labels, labels.get(self.ancestor)?)));
        while let Some(pos) = self.next {
            if pos == self.ancestor {
                return Step::Done(true);
            }
            if *rest == 0 {
                return Step::Pending;
            }
            *rest -= 1;
            if graph.is_hidden(pos) {
                self.hidden = self.hidden.or_else(|| (pos > self.ancestor).then_some(pos));
                self.next = self.waiting.pop();
                continue;
            }
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

    /// Returns how many visits since the last call labels would have saved.
    pub(in crate::graph) const fn take_missed_visits(&mut self) -> u64 {
        std::mem::replace(&mut self.missed_visits, 0)
    }

    /// A position met that was cut away and could reach the ancestor.
    pub(in crate::graph) const fn hidden(&self) -> Option<Pos> {
        self.hidden
    }

    #[inline]
    fn judge(&mut self, known: Option<(&Labels, Label)>, pos: Pos) -> Verdict {
        if pos < self.ancestor {
            return Verdict::Never;
        }
        let verdict = known.and_then(|(labels, sought)| labels.tell(pos, sought));
        verdict.unwrap_or_else(|| {
            self.missed_visits += 1;
            Verdict::Search(pos)
        })
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

    /// Returns the first parent to look at; the others wait.
    fn descend(&mut self, graph: &Graph, pos: Pos) -> Option<Pos> {
        let ancestor = self.ancestor;
        let start = self.waiting.len();
        self.waiting.extend(graph.parents(pos).filter(|&parent| parent >= ancestor));
        self.waiting[start..].reverse();
        self.waiting.pop()
    }
}
