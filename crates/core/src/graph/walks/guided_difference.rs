//! Guided difference: a descent from `to`, with labels.
//!
//! Collects a small difference completely, and returns it at once.

use crate::graph::index::columns::Graph;
use crate::graph::index::pos::Pos;
use crate::graph::labels::Labels;
use crate::graph::walks::descent::Descent;
use crate::graph::walks::step::Step;

/// Larger answers are left to the plain walk, which visits little more than their positions.
const MAX_ANSWER: usize = 4096;

/// The descent through what one position reaches and others do not.
pub(in crate::graph) struct GuidedDifference {
    descent: Descent,
    /// The positions found, descending.
    found: Vec<Pos>,
}

impl GuidedDifference {
    /// Starts at `to`, without what `from` reaches, which must not be empty.
    pub(in crate::graph) fn new(from: Vec<Pos>, to: Pos) -> Self {
        Self { descent: Descent::new(to, from), found: Vec::new() }
    }

    /// Returns the whole difference. `None` if it is large or the descent gave up. Makes at most `rest` visits,
    /// and subtracts them.
    pub(in crate::graph) fn run(
        &mut self,
        graph: &Graph,
        labels: &Labels,
        rest: &mut u64,
    ) -> Step<Option<Vec<Pos>>> {
        loop {
            match self.descent.next(graph, labels, rest) {
                Step::Pending => return Step::Pending,
                Step::Done(None) if self.descent.is_lost() => return Step::Done(None),
                Step::Done(None) => return Step::Done(Some(std::mem::take(&mut self.found))),
                Step::Done(Some(met)) if met.is_shared => {}
                Step::Done(Some(_)) if self.found.len() == MAX_ANSWER => return Step::Done(None),
                Step::Done(Some(met)) => self.found.push(met.pos),
            }
        }
    }

    /// Returns how many visits since the last call labels would have saved.
    pub(in crate::graph) fn take_missed_visits(&mut self) -> u64 {
        self.descent.take_missed_visits()
    }
}
