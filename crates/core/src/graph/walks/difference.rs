//! Difference: positions that some reach and others do not.
//!
//! The painted walk is lazy: asked for n answers, it visits little more than the positions above the last of
//! them. Positions descend, so newest come first: no revision comes before one of its descendants. Source: git,
//! `revision.c`, `limit_list`; ours needs no slop for skewed clocks. If it takes long and there are labels, a
//! guided descent takes turns with it. Both return the same positions in the same order, so the first to end
//! provides the rest.
//!
//! A revision that was cut away has unknown ancestors. If `from` reaches it, anything below may be excluded
//! too. If only `to` reaches it, it is an answer that does not exist. How the walk then continues depends on
//! its use.

use crate::error::{Error, Result};
use crate::graph::index::columns::Graph;
use crate::graph::index::dead::Loss;
use crate::graph::index::pos::Pos;
use crate::graph::labels::Guide;
use crate::graph::walks::frontier::{Colours, Frontier};
use crate::graph::walks::guided_difference::GuidedDifference;
use crate::graph::walks::step::Step;
use crate::graph::walks::turns::Turns;

/// Reached from `to`. On its own: an answer.
const WANTED: Colours = 1;
/// Reached from `from`.
const EXCLUDED: Colours = 2;

/// A plain walk wastes little if it makes at most this many visits for each position that it returns.
const MAX_VISITS_PER_ANSWER: u64 = 8;

/// The use of an answer, which decides how the walk continues where history was cut away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    /// Exact: fails where the answer depends on history that was cut away.
    Exact,
    /// To be sent to a side that has all that `from` reaches, and may get some of it again. Fails if a revision
    /// to be sent was cut away.
    Sending,
    /// To be read: leaves out revisions that were cut away, and ends where nothing more is certain.
    Reading,
}

/// The walk over all that `to` reaches and `from` does not. Visits each position above its last answer at most
/// once; with labels, only its answers and their parents, if these are fewer.
pub struct Difference {
    painted: Painted,
    guide: Guide,
    guided: Option<GuidedDifference>,
    highest: Pos,
    /// Number of answers returned.
    told: usize,
    /// Visits of the plain walk.
    visits: u64,
    /// All answers, once the guided descent has found them.
    all: Option<Vec<Pos>>,
    turns: Turns,
}

impl Difference {
    /// Starts at `to`, without what `from` reaches. Both may be empty, and may name a position twice.
    ///
    /// # Errors
    /// `HISTO_INTERNAL` if a position lies beyond `graph`.
    pub fn new(graph: &Graph, from: &[Pos], to: &[Pos]) -> Result<Self> {
        graph.check(from)?;
        graph.check(to)?;
        let highest = from.iter().chain(to).max().copied().unwrap_or(Pos::new(0));
        let guided = match *to {
            [only] if !from.is_empty() => Some(GuidedDifference::new(from.to_vec(), only)),
            _ => None,
        };
        Ok(Self {
            painted: Painted::new(highest, from, to),
            guide: Guide::new(graph),
            guided,
            highest,
            told: 0,
            visits: 0,
            all: None,
            turns: Turns::default(),
        })
    }

    /// Lets a guided descent take the first turn, if there are labels.
    #[must_use]
    pub fn guided_first(mut self) -> Self {
        self.turns = Turns::other_first();
        self
    }

    /// For sending to a side that has all that `from` reaches, and may get some of it again. Where history was
    /// cut away below `from`, returns more than asked for rather than fail.
    #[must_use]
    pub fn for_sending(mut self) -> Self {
        self.painted.purpose = Use::Sending;
        self
    }

    /// For reading as far as possible: returns the answers that exist and were not cut away. At the end,
    /// `lacks` says whether that was all.
    #[must_use]
    pub fn for_reading(mut self) -> Self {
        self.painted.purpose = Use::Reading;
        self
    }

    /// Returns what the answers of a walk `for_reading` lack, once it has ended.
    pub fn lacks(&self, graph: &Graph) -> Option<Error> {
        self.painted.lacking.map(|hidden| graph.depends_on(hidden))
    }

    /// Visits at most `budget` more positions and appends at most `max_answers` to `out`, descending and below
    /// all earlier ones.
    ///
    /// # Errors
    /// `HISTO_SHALLOW` if the answer depends on what was cut away, except for a walk `for_reading`.
    pub fn run(
        &mut self,
        graph: &Graph,
        budget: u64,
        max_answers: usize,
        out: &mut Vec<Pos>,
    ) -> Result<Step<()>> {
        let mut rest = budget;
        let full = out.len().saturating_add(max_answers);
        loop {
            if let Some(all) = &self.all {
                let answers = all.get(self.told..).unwrap_or_default();
                let count = answers.len().min(full - out.len());
                out.extend(&answers[..count]);
                self.told += count;
                return Ok(if self.told >= all.len() { Step::Done(()) } else { Step::Pending });
            }
            self.guide.build(graph, &mut rest);
            let step = self.run_painted(graph, &mut rest, full, out)?;
            if step != Step::Pending || out.len() >= full {
                return Ok(step);
            }
            self.run_guided(graph, &mut rest);
            if rest == 0 && self.all.is_none() {
                return Ok(Step::Pending);
            }
        }
    }

    fn run_painted(
        &mut self,
        graph: &Graph,
        rest: &mut u64,
        full: usize,
        out: &mut Vec<Pos>,
    ) -> Result<Step<()>> {
        let turn = self.turns.plain(*rest);
        let (mut left, before) = (turn, out.len());
        let step = self.painted.run(graph, &mut left, full, out)?;
        let (visits, answers) = (turn - left, out.len() - before);
        *rest -= visits;
        self.turns.plain_took(visits);
        self.told += answers;
        self.visits += visits;
        if self.guide.lacks(self.highest) {
            self.guide.note(graph, visits - answers as u64);
        }
        Ok(step)
    }

    fn run_guided(&mut self, graph: &Graph, rest: &mut u64) {
        let turn = self.turns.other(*rest);
        if turn == 0 {
            return;
        }
        if self.told as u64 > self.visits / MAX_VISITS_PER_ANSWER {
            self.turns.other_passes();
            return;
        }
        let (Some(guided), Some(labels)) = (&mut self.guided, self.guide.labels()) else {
            self.turns.other_passes();
            return;
        };
        let mut left = turn;
        let step = guided.run(graph, labels, &mut left);
        *rest -= turn - left;
        self.turns.other_took(turn - left);
        let missed = guided.take_missed_visits();
        self.guide.note(graph, missed);
        match step {
            Step::Pending => {}
            Step::Done(Some(all)) => self.all = Some(all),
            Step::Done(None) => self.guided = None,
        }
    }
}

/// The painted walk.
struct Painted {
    frontier: Frontier,
    /// Number of waiting positions that are wanted and not excluded.
    wanted: u32,
    purpose: Use,
    /// The last position met that was cut away and that `from` reaches.
    blur: Option<Pos>,
    /// A position that was wanted and does not exist or is not certain.
    lacking: Option<Pos>,
}

impl Painted {
    fn new(highest: Pos, from: &[Pos], to: &[Pos]) -> Self {
        let mut walk = Self {
            frontier: Frontier::new(highest),
            wanted: 0,
            purpose: Use::Exact,
            blur: None,
            lacking: None,
        };
        for &pos in to {
            walk.paint(pos, WANTED);
        }
        for &pos in from {
            walk.paint(pos, EXCLUDED);
        }
        walk
    }

    /// Continues for at most `rest` visits, and subtracts them, or until `out` has `full` answers.
    fn run(
        &mut self,
        graph: &Graph,
        rest: &mut u64,
        full: usize,
        out: &mut Vec<Pos>,
    ) -> Result<Step<()>> {
        let mut left = *rest;
        while self.wanted > 0 {
            if left == 0 || out.len() >= full {
                *rest = left;
                return Ok(Step::Pending);
            }
            left -= 1;
            let Some((pos, colours)) = self.frontier.pop() else {
                break;
            };
            self.wanted -= u32::from(colours == WANTED);
            if graph.is_lit(pos) {
                out.extend((colours == WANTED).then_some(pos));
            } else if !self.go_on_in_the_dark(graph, pos, colours, out)? {
                continue;
            }
            for parent in graph.parents(pos) {
                self.paint(parent, colours);
            }
        }
        *rest = left;
        Ok(Step::Done(()))
    }

    /// Visits a position where history was cut away; returns whether to paint its parents.
    #[cold]
    fn go_on_in_the_dark(
        &mut self,
        graph: &Graph,
        pos: Pos,
        colours: Colours,
        out: &mut Vec<Pos>,
    ) -> Result<bool> {
        let is_hidden = graph.is_hidden(pos);
        if colours != WANTED {
            self.blur = if is_hidden { Some(pos) } else { self.blur };
            return Ok(!is_hidden);
        }
        let unsure = self.blur.filter(|_| self.purpose != Use::Sending);
        match self.purpose {
            _ if !is_hidden && unsure.is_none() => {
                if self.purpose == Use::Reading && graph.loss(pos).is_some_and(Loss::is_cut) {
                    self.lacking = Some(pos);
                } else {
                    out.push(pos);
                }
                Ok(true)
            }
            Use::Reading => {
                self.lacking = Some(unsure.unwrap_or(pos));
                self.wanted = if unsure.is_some() { 0 } else { self.wanted };
                Ok(false)
            }
            Use::Exact | Use::Sending => Err(graph.depends_on(unsure.unwrap_or(pos))),
        }
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
/// `HISTO_INTERNAL` if a position lies beyond `graph`; `HISTO_SHALLOW` as `Difference::run`.
pub fn difference(graph: &Graph, from: &[Pos], to: &[Pos]) -> Result<Vec<Pos>> {
    let mut walk = Difference::new(graph, from, to)?;
    let mut out = Vec::new();
    while walk.run(graph, u64::MAX, usize::MAX, &mut out)? == Step::Pending {}
    Ok(out)
}
