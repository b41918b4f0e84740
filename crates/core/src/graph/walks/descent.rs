//! Descent: positions that one position reaches and some others do not, and the border of what they share.
//!
//! Walks down from one side only and asks the labels about the others: if these are far above, no walk down
//! from them is needed. Stops at every shared position. Gives up where history was cut away, which labels do
//! not know.

use crate::graph::index::columns::Graph;
use crate::graph::index::pos::Pos;
use crate::graph::labels::{Label, Labels};
use crate::graph::walks::frontier::{Colours, Frontier};
use crate::graph::walks::search::Search;
use crate::graph::walks::step::Step;

/// Reached without passing a shared position.
const REACHED: Colours = 1;

/// The walk down from one position. Asks once about each position that it meets.
pub(in crate::graph) struct Descent {
    others: Vec<Pos>,
    /// Whether to skip positions between two ends of a chain if neither end is shared.
    leaps: bool,
    frontier: Frontier,
    asked: Option<Asked>,
    /// Visits of the searches without a label since `take_missed_visits`.
    missed_visits: u64,
    /// Whether it met history that was cut away.
    is_lost: bool,
}

/// A position that was reached, and the question whether one of the others reaches `about`: the position
/// itself, or, if none reaches it, the end of its way through its chain.
struct Asked {
    pos: Pos,
    about: Pos,
    /// Index in `others` of the one that is asked about.
    other: usize,
    search: Search,
}

/// A position that the one side reaches through unshared positions only.
pub(in crate::graph) struct Met {
    pub(in crate::graph) pos: Pos,
    /// Whether any of the others reaches it too.
    pub(in crate::graph) is_shared: bool,
}

impl Descent {
    /// Starts at `start`. All positions must be inside the graph.
    pub(in crate::graph) fn new(start: Pos, others: Vec<Pos>) -> Self {
        let mut frontier = Frontier::new(start);
        frontier.paint(start, REACHED);
        Self { others, leaps: false, frontier, asked: None, missed_visits: 0, is_lost: false }
    }

    /// Skips unshared positions without returning them: for callers that want only shared ones.
    pub(in crate::graph) fn leaping(mut self) -> Self {
        self.leaps = true;
        self
    }

    /// Returns the next position, each lower than the one before. `None` at the end or if it gives up. Makes at
    /// most `rest` visits, and subtracts them.
    pub(in crate::graph) fn next(
        &mut self,
        graph: &Graph,
        labels: &Labels,
        rest: &mut u64,
    ) -> Step<Option<Met>> {
        loop {
            let asked = match self.asked.take() {
                Some(asked) => asked,
                None => match self.frontier.pop() {
                    Some((pos, _)) => self.ask(graph, pos, pos, 0),
                    None => return Step::Done(None),
                },
            };
            if !graph.is_lit(asked.about) {
                self.is_lost = true;
                return Step::Done(None);
            }
            let asked = self.asked.insert(asked);
            let Step::Done(is_shared) = asked.search.run(graph, Some(labels), rest) else {
                return Step::Pending;
            };
            self.missed_visits += asked.search.take_missed_visits();
            let Asked { pos, about, other, .. } = *asked;
            self.asked = None;
            if is_shared && about == pos {
                return Step::Done(Some(Met { pos, is_shared }));
            }
            if !is_shared && other + 1 < self.others.len() {
                self.asked = Some(self.ask(graph, pos, about, other + 1));
                continue;
            }
            let end = labels.get(pos).map_or(pos, Label::exit);
            if self.leaps && about == pos && end != pos {
                self.asked = Some(self.ask(graph, pos, end, 0));
                continue;
            }
            for parent in graph.parents(if is_shared { pos } else { about }) {
                self.frontier.paint(parent, REACHED);
            }
            return Step::Done(Some(Met { pos, is_shared: false }));
        }
    }

    /// Whether it gave up.
    pub(in crate::graph) const fn is_lost(&self) -> bool {
        self.is_lost
    }

    /// Returns how many visits since the last call labels would have saved.
    pub(in crate::graph) fn take_missed_visits(&mut self) -> u64 {
        std::mem::replace(&mut self.missed_visits, 0)
    }

    fn ask(&self, graph: &Graph, pos: Pos, about: Pos, other: usize) -> Asked {
        Asked { pos, about, other, search: Search::new(graph, about, self.others[other]) }
    }
}
