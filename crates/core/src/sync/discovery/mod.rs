//! Set discovery: finds out which part of a history another side has, with as few questions as possible.
//!
//! A value without input or output: `run` returns the next questions, or what both sides have in common;
//! `handle` takes the answers. A known revision implies its ancestors, a missing one its descendants. History
//! is explored from its tips down, as far as the answers do not decide it. Questions are about the heads of the
//! undecided part, about revisions 1, 2, 4, … below them, and about some at regular distances. Where history
//! was cut away, nothing is asked about and nothing painted. Deterministic for a given seed; every step is
//! bounded. Source: Mercurial's `setdiscovery.py` and git's `negotiator/skipping.c` for where to ask; ours
//! keeps three bits a position.

mod explore;
mod marks;
mod questions;
mod sample;

use std::collections::BTreeSet;

use crate::graph::{Graph, Pos, Step};
use crate::{Error, Result};

use marks::Marks;
use sample::Sampling;

/// Revisions explored before the first question, and before the second, so that small differences do not pay
/// for long histories.
const LOOKS: [u64; 2] = [1 << 12, 1 << 17];

/// The next step of the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turn {
    /// Ask whether the other side has these, and pass the answers to `handle`.
    Ask(Vec<Pos>),
    /// The end. The other side has these, which do not reach each other, and what they reach, and nothing else
    /// of the history.
    Done(Vec<Pos>),
}

/// The current work.
#[derive(Debug)]
enum Phase {
    /// Visits at most this many more revisions that are not known.
    Explore(u64),
    /// Marks what descends from missing positions, from a position upward; then continues with the known ones,
    /// or with questions.
    Lift {
        at: u32,
        answered: bool,
    },
    /// Marks what known positions reach.
    Sink,
    Sample(Box<Sampling>),
    Asked,
    Done,
}

/// A discovery in progress.
#[derive(Debug)]
pub struct Discovery {
    marks: Marks,
    tips: Vec<Pos>,
    /// One above the highest tip.
    top: u32,
    /// All reached revisions from here on were visited: their parents are reached too.
    floor: u32,
    /// Number of positions below the floor that are reached and not known.
    waiting: u64,
    /// Number of positions from the floor on that are neither known nor missing.
    undecided: u64,
    /// Whether something below the floor is missing.
    missing_below: bool,
    /// Known positions whose parents are still to be marked.
    stack: Vec<Pos>,
    /// Known positions that no other known one is seen to reach.
    bounds: BTreeSet<Pos>,
    phase: Phase,
    asked: Vec<Pos>,
    answers: Vec<bool>,
    round: u32,
    /// Approximate number of heads of the undecided part.
    heads: u64,
    random: u64,
}

impl Discovery {
    /// Starts at `tips`, which may name a position twice. `seed` chooses among equal questions.
    ///
    /// # Errors
    /// `Internal` if a position lies beyond `graph`.
    pub fn new(graph: &Graph, tips: &[Pos], seed: u64) -> Result<Self> {
        if let Some(pos) = tips.iter().find(|&&pos| !graph.contains(pos)) {
            return Err(Error::Internal(format!("position {} lies beyond the graph", pos.get())));
        }
        let mut tips = tips.to_vec();
        tips.sort_unstable_by(|a, b| b.cmp(a));
        tips.dedup();
        let top = tips.first().map_or(0, |tip| tip.get() + 1);
        let mut marks = Marks::new(top);
        for &tip in &tips {
            marks.reach(tip);
        }
        Ok(Self {
            marks,
            top,
            floor: top,
            waiting: tips.len() as u64,
            heads: tips.len() as u64,
            tips,
            undecided: 0,
            missing_below: false,
            stack: Vec::new(),
            bounds: BTreeSet::new(),
            phase: Phase::Explore(LOOKS[0]),
            asked: Vec::new(),
            answers: Vec::new(),
            round: 0,
            random: seed,
        })
    }

    /// Takes the answers to the last questions, in order: whether the other side has each revision.
    ///
    /// # Errors
    /// `Protocol` if their number is wrong; `Internal` if nothing was asked.
    pub fn handle(&mut self, answers: &[bool]) -> Result<()> {
        if !matches!(self.phase, Phase::Asked) {
            return Err(Error::Internal("answers came without a question".into()));
        }
        if answers.len() != self.asked.len() {
            return Err(Error::Protocol(format!(
                "{} answers came to {} questions",
                answers.len(),
                self.asked.len()
            )));
        }
        self.answers = answers.to_vec();
        let lowest = self.note_missing();
        self.phase = Phase::Lift { at: lowest.unwrap_or(self.top), answered: true };
        Ok(())
    }

    /// Works for about `budget` visits. After `Turn::Ask` it waits for `handle`.
    ///
    /// # Errors
    /// `Internal` if it is waiting for answers.
    pub fn run(&mut self, graph: &Graph, budget: u64) -> Result<Step<Turn>> {
        let mut left = budget;
        while left > 0 {
            match &mut self.phase {
                Phase::Explore(_) => self.explore(graph, &mut left),
                Phase::Lift { .. } => self.lift(graph, &mut left),
                Phase::Sink => self.sink(graph, &mut left),
                Phase::Sample(_) => {
                    if let Some(asked) = self.sample(graph, &mut left)
                        && self.begin_round(&asked)
                    {
                        return Ok(Step::Done(Turn::Ask(asked)));
                    }
                }
                Phase::Asked => {
                    return Err(Error::Internal("a discovery waits for answers".into()));
                }
                Phase::Done => {
                    let bounds = self.bounds.iter().rev().copied().collect();
                    return Ok(Step::Done(Turn::Done(bounds)));
                }
            }
        }
        Ok(Step::Pending)
    }

    /// Ends, or explores more and then asks.
    fn decide(&mut self) {
        let looks = LOOKS.get(self.round as usize).copied().unwrap_or(u64::MAX);
        self.phase = if self.is_decided() { Phase::Done } else { Phase::Explore(looks) };
    }

    /// Prepares to wait for answers. Returns `false` if there is nothing to ask before more was explored.
    fn begin_round(&mut self, asked: &[Pos]) -> bool {
        if asked.is_empty() {
            let is_all_seen = self.waiting == 0;
            self.phase = if is_all_seen { Phase::Done } else { Phase::Explore(u64::MAX) };
            return false;
        }
        asked.clone_into(&mut self.asked);
        self.phase = Phase::Asked;
        self.round += 1;
        true
    }

    const fn is_decided(&self) -> bool {
        self.undecided == 0 && self.waiting == 0
    }
}
