//! Guided bases: merge bases by a descent from the lower position, with labels.
//!
//! Finds the bases among the shared positions that the descent meets: those that none of the others reaches.

use crate::graph::index::columns::Graph;
use crate::graph::index::pos::Pos;
use crate::graph::labels::Labels;
use crate::graph::walks::descent::Descent;
use crate::graph::walks::search::Search;
use crate::graph::walks::step::Step;

/// With more candidates than this, the plain walk finds the bases.
const MAX_CANDIDATES: usize = 64;

/// The descent to the merge bases of two positions.
pub(in crate::graph) struct GuidedBases {
    descent: Descent,
    /// Whether the descent has ended.
    is_down: bool,
    /// Shared positions, descending, that must still be compared with the bases.
    candidates: Vec<Pos>,
    /// Index of the current candidate.
    candidate: usize,
    bases: Vec<Pos>,
    /// Index of the base that is asked whether it reaches the candidate.
    base: usize,
    search: Option<Search>,
}

impl GuidedBases {
    pub(in crate::graph) fn new(lower: Pos, upper: Pos) -> Self {
        Self {
            descent: Descent::new(lower, vec![upper]).leaping(),
            is_down: false,
            candidates: Vec::new(),
            candidate: 0,
            bases: Vec::new(),
            base: 0,
            search: None,
        }
    }

    /// Returns the bases, highest first. `None` if there are too many candidates or the descent gave up. Makes
    /// at most `rest` visits, and subtracts them.
    pub(in crate::graph) fn run(
        &mut self,
        graph: &Graph,
        labels: &Labels,
        rest: &mut u64,
    ) -> Step<Option<Vec<Pos>>> {
        while !self.is_down {
            match self.descent.next(graph, labels, rest) {
                Step::Pending => return Step::Pending,
                Step::Done(None) if self.descent.is_lost() => return Step::Done(None),
                Step::Done(None) => self.is_down = true,
                Step::Done(Some(met)) if met.is_shared => self.candidates.push(met.pos),
                Step::Done(Some(_)) => {}
            }
            if self.candidates.len() > MAX_CANDIDATES {
                return Step::Done(None);
            }
        }
        while let Some(&candidate) = self.candidates.get(self.candidate) {
            let Some(&base) = self.bases.get(self.base) else {
                self.bases.push(candidate);
                self.go_on();
                continue;
            };
            let search = self.search.get_or_insert_with(|| Search::new(graph, candidate, base));
            match search.run(graph, Some(labels), rest) {
                Step::Pending => return Step::Pending,
                Step::Done(true) => self.go_on(),
                Step::Done(false) => self.base += 1,
            }
            self.search = None;
        }
        Step::Done(Some(std::mem::take(&mut self.bases)))
    }

    /// Returns how many visits since the last call labels would have saved.
    pub(in crate::graph) fn take_missed_visits(&mut self) -> u64 {
        self.descent.take_missed_visits()
    }

    /// Moves to the next candidate.
    const fn go_on(&mut self) {
        self.candidate += 1;
        self.base = 0;
    }
}
