//! Ancestry: whether one position reaches another.
//!
//! Runs the search as a walk of its own, guided by labels once there are some.

use crate::error::Result;
use crate::graph::index::columns::Graph;
use crate::graph::index::pos::Pos;
use crate::graph::labels::Guide;
use crate::graph::walks::search::Search;
use crate::graph::walks::step::Step;

/// Visits between two checks for labels.
const GUIDE_INTERVAL: u64 = 1024;

/// The search for one position below another. Follows each link between them at most once.
pub struct IsAncestor {
    search: Search,
    guide: Guide,
}

impl IsAncestor {
    /// Starts at `descendant`.
    ///
    /// # Errors
    /// `HISTO_INTERNAL` if a position lies beyond `graph`.
    pub fn new(graph: &Graph, ancestor: Pos, descendant: Pos) -> Result<Self> {
        graph.check(&[ancestor, descendant])?;
        let search = Search::new(graph, ancestor, descendant);
        Ok(Self { search, guide: Guide::new(graph) })
    }

    /// Visits at most `budget` more positions. A position reaches itself.
    ///
    /// # Errors
    /// `HISTO_SHALLOW` if no path is found, but one may lead through what was cut away.
    pub fn run(&mut self, graph: &Graph, budget: u64) -> Result<Step<bool>> {
        let mut rest = budget;
        loop {
            self.guide.build(graph, &mut rest);
            let steps = rest.min(GUIDE_INTERVAL);
            let mut left = steps;
            let step = self.search.run(graph, self.guide.labels(), &mut left);
            self.guide.note(graph, self.search.take_missed_visits());
            rest -= steps - left;
            if step == Step::Done(false)
                && let Some(hidden) = self.search.hidden()
            {
                return Err(graph.depends_on(hidden));
            }
            if matches!(step, Step::Done(_)) || rest == 0 {
                return Ok(step);
            }
        }
    }
}

/// Returns whether `descendant` reaches `ancestor`; `true` if they are equal.
///
/// # Errors
/// `HISTO_INTERNAL` if a position lies beyond `graph`; `HISTO_SHALLOW` as `IsAncestor::run`.
pub fn is_ancestor(graph: &Graph, ancestor: Pos, descendant: Pos) -> Result<bool> {
    let mut walk = IsAncestor::new(graph, ancestor, descendant)?;
    loop {
        if let Step::Done(answer) = walk.run(graph, u64::MAX)? {
            return Ok(answer);
        }
    }
}
