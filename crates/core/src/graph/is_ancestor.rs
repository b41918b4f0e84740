//! Ancestry: whether one position reaches another.
//!
//! Holds the search, nothing else. It goes down first parents, comes back to the lowest merge first,
//! and looks at nothing that lies below the ancestor sought or has no higher generation: neither can
//! reach it.

use super::columns::Graph;
use super::pos::Pos;
use super::seen::Seen;
use super::step::Step;
use crate::error::Result;

/// The search for `ancestor` below `descendant`. Follows each link between the two at most once.
pub struct IsAncestor {
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
}

impl IsAncestor {
    /// Starts at `descendant`.
    ///
    /// # Errors
    /// `HISTO_INTERNAL` if a position lies beyond `graph`.
    pub fn new(graph: &Graph, ancestor: Pos, descendant: Pos) -> Result<Self> {
        graph.check(&[ancestor, descendant])?;
        Ok(Self {
            ancestor,
            generation: graph.generation(ancestor),
            next: Some(descendant),
            waiting: Vec::new(),
            seen: Seen::new(descendant),
        })
    }

    /// Looks at no more than `budget` further positions. A position reaches itself.
    pub fn run(&mut self, graph: &Graph, budget: u64) -> Step<bool> {
        let mut rest = budget;
        while let Some(pos) = self.next {
            if pos == self.ancestor {
                return Step::Done(true);
            }
            if rest == 0 {
                return Step::Pending;
            }
            rest -= 1;
            self.next = if self.may_reach(graph, pos) && self.is_new(pos) {
                self.descend(graph, pos)
            } else {
                self.waiting.pop()
            };
        }
        Step::Done(false)
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

/// Returns whether `descendant` reaches `ancestor`; `true` if they are equal.
///
/// # Errors
/// `HISTO_INTERNAL` if a position lies beyond `graph`.
pub fn is_ancestor(graph: &Graph, ancestor: Pos, descendant: Pos) -> Result<bool> {
    let mut walk = IsAncestor::new(graph, ancestor, descendant)?;
    loop {
        if let Step::Done(answer) = walk.run(graph, u64::MAX) {
            return Ok(answer);
        }
    }
}
