//! Missing: revisions that some tips reach and another side does not have.
//!
//! The walk asks about each revision at most once and never looks below a known one. It fails at revisions that
//! were cut away, which cannot be sent.

use crate::error::Result;
use crate::graph::index::columns::Graph;
use crate::graph::index::dead::Loss;
use crate::graph::index::pos::Pos;
use crate::graph::walks::frontier::{Colours, Frontier};
use crate::graph::walks::step::Step;

/// Reached.
const REACHED: Colours = 1;

/// The walk to what some tips reach and another side does not have. Visits these revisions, and known ones
/// directly below them, once each.
pub struct Missing {
    frontier: Frontier,
    /// The positions found, descending.
    found: Vec<Pos>,
}

impl Missing {
    /// Starts at `tips`, which may be empty and may name a position twice.
    ///
    /// # Errors
    /// `HISTO_INTERNAL` if a position lies beyond `graph`.
    pub fn new(graph: &Graph, tips: &[Pos]) -> Result<Self> {
        graph.check(tips)?;
        let highest = tips.iter().max().copied();
        let mut frontier = Frontier::new(highest.unwrap_or(Pos::new(0)));
        for &tip in tips {
            frontier.paint(tip, REACHED);
        }
        Ok(Self { frontier, found: Vec::new() })
    }

    /// Visits at most `budget` more positions. Returns the missing ones, ascending: ancestors first, the order
    /// for sending.
    ///
    /// A side that has a revision has its ancestors. So `known` is asked in descending order, at most once for
    /// each position, and not for positions that are only below known revisions.
    ///
    /// # Errors
    /// `HISTO_SHALLOW` if something is missing there that was cut away here; the errors of `known`. The walk
    /// cannot be used afterwards.
    pub fn run<K>(&mut self, graph: &Graph, budget: u64, mut known: K) -> Result<Step<Vec<Pos>>>
    where
        K: FnMut(Pos) -> Result<bool>,
    {
        for _ in 0..budget {
            let Some((pos, _)) = self.frontier.pop() else {
                self.found.reverse();
                return Ok(Step::Done(std::mem::take(&mut self.found)));
            };
            if graph.is_hidden(pos) {
                return Err(graph.depends_on(pos));
            }
            if known(pos)? {
                continue;
            }
            if graph.loss(pos).is_some_and(Loss::is_cut) {
                return Err(graph.depends_on(pos));
            }
            self.found.push(pos);
            for parent in graph.parents(pos) {
                self.frontier.paint(parent, REACHED);
            }
        }
        Ok(Step::Pending)
    }
}

/// Returns what `tips` reach and `known` denies, ascending.
///
/// # Errors
/// `HISTO_INTERNAL` if a position lies beyond `graph`.
pub fn missing<K>(graph: &Graph, tips: &[Pos], mut known: K) -> Result<Vec<Pos>>
where
    K: FnMut(Pos) -> bool,
{
    let mut walk = Missing::new(graph, tips)?;
    loop {
        if let Step::Done(answer) = walk.run(graph, u64::MAX, |pos| Ok(known(pos)))? {
            return Ok(answer);
        }
    }
}
