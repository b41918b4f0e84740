//! Difference: what some positions reach and others do not.
//!
//! Holds the painted walk, which answers lazily: asked for n answers, it visits little more than what
//! stands above the last of them. Descending positions are newest first: no revision comes before one
//! of its descendants. Source: git, `revision.c`, `limit_list`; ours needs no slop for skewed clocks.

use super::columns::Graph;
use super::frontier::{Colours, Frontier};
use super::pos::Pos;
use super::step::Step;
use crate::error::Result;

/// Reached from `to`. Alone: an answer.
const WANTED: Colours = 1;
/// Reached from `from`.
const EXCLUDED: Colours = 2;

/// The walk over what `to` reaches and `from` does not. Visits each position above its last answer at most once.
pub struct Difference {
    frontier: Frontier,
    /// How many waiting positions are wanted and not excluded.
    wanted: u32,
}

impl Difference {
    /// Starts at `to`, without what `from` reaches. Both may be empty and name a position twice.
    ///
    /// # Errors
    /// `HISTO_INTERNAL` if a position lies beyond `graph`.
    pub fn new(graph: &Graph, from: &[Pos], to: &[Pos]) -> Result<Self> {
        graph.check(from)?;
        graph.check(to)?;
        let highest = from.iter().chain(to).max();
        let mut walk =
            Self { frontier: Frontier::new(highest.copied().unwrap_or(Pos::new(0))), wanted: 0 };
        for &pos in to {
            walk.paint(pos, WANTED);
        }
        for &pos in from {
            walk.paint(pos, EXCLUDED);
        }
        Ok(walk)
    }

    /// Visits at most `budget` more positions and appends at most `max_answers` to `out`, descending
    /// and below all that came before.
    pub fn run(
        &mut self,
        graph: &Graph,
        budget: u64,
        max_answers: usize,
        out: &mut Vec<Pos>,
    ) -> Step<()> {
        let mut rest = budget;
        let full = out.len().saturating_add(max_answers);
        while self.wanted > 0 {
            if rest == 0 || out.len() >= full {
                return Step::Pending;
            }
            rest -= 1;
            let Some((pos, colours)) = self.frontier.pop() else {
                break;
            };
            if colours == WANTED {
                self.wanted -= 1;
                out.push(pos);
            }
            for parent in graph.parents(pos) {
                self.paint(parent, colours);
            }
        }
        Step::Done(())
    }

    fn paint(&mut self, pos: Pos, colours: Colours) {
        let before = self.frontier.paint(pos, colours);
        self.wanted += u32::from(before | colours == WANTED);
        self.wanted -= u32::from(before == WANTED);
    }
}

/// Returns what `to` reaches and `from` does not, descending.
///
/// # Errors
/// `HISTO_INTERNAL` if a position lies beyond `graph`.
pub fn difference(graph: &Graph, from: &[Pos], to: &[Pos]) -> Result<Vec<Pos>> {
    let mut walk = Difference::new(graph, from, to)?;
    let mut out = Vec::new();
    while walk.run(graph, u64::MAX, usize::MAX, &mut out) == Step::Pending {}
    Ok(out)
}
