//! Set discovery: which of a history another side has, by asking about as little of it as possible.
//!
//! A value without input or output: `run` returns the next questions, or what both sides have in common, `handle`
//! takes the answers. A known revision implies its ancestors, a missing one its descendants. History is looked at
//! from its tips down, as far as the answers do not decide it. Questions are about the heads of the undecided part,
//! about revisions 1, 2, 4, … below them, and about some evenly between.
//! Where history was cut away nothing is asked about and nothing painted.
//! Deterministic by its seed; every step is bounded. Source: Mercurial's `setdiscovery.py` and git's
//! `negotiator/skipping.c` for where to ask; ours keeps three bits a position.

mod explore;
mod marks;
mod questions;
mod sample;

use std::collections::BTreeSet;

use crate::graph::{Graph, Pos, Step};
use crate::{Error, Result};

use marks::Marks;
use sample::Sampling;

/// Revisions that are looked at before the first question, and before the second: small differences
/// do not pay for long histories.
const LOOKS: [u64; 2] = [1 << 12, 1 << 17];

/// The next step of the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turn {
    /// Ask whether the other side has these, and `handle` the answers.
    Ask(Vec<Pos>),
    /// The end: of the history the other side has these, which do not reach each other, and what they
    /// reach, and nothing else.
    Done(Vec<Pos>),
}

/// The work under way.
#[derive(Debug)]
enum Phase {
    /// Looks at this many more revisions that are not known.
    Explore(u64),
    /// Paints what descends from missing ones, from a position upward; then goes on to the known, or
    /// to questions.
    Lift {
        at: u32,
        answered: bool,
    },
    /// Paints what known ones reach.
    Sink,
    Sample(Box<Sampling>),
    Asked,
    Done,
}

/// A discovery under way.
#[derive(Debug)]
pub struct Discovery {
    marks: Marks,
    tips: Vec<Pos>,
    /// One above the highest tip.
    top: u32,
    /// From here on all reached revisions were looked at: their parents are reached too.
    floor: u32,
    /// How many below the floor are reached and not known.
    waiting: u64,
    /// How many from the floor on are neither known nor missing.
    undecided: u64,
    /// Whether something below the floor is missing.
    missing_below: bool,
    /// Known ones whose parents are to be painted.
    stack: Vec<Pos>,
    /// Known ones that no other known one is seen to reach.
    bounds: BTreeSet<Pos>,
    phase: Phase,
    asked: Vec<Pos>,
    answers: Vec<bool>,
    round: u32,
    /// About how many heads what is undecided has.
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

    /// How many times it has asked.
    pub fn rounds(&self) -> u32 {
        self.round
    }

    /// Takes the answers to the last questions, in their order: whether the other side has each.
    ///
    /// # Errors
    /// `Protocol` where they are not as many; `Internal` where nothing was asked.
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

    /// Works for about `budget` visits. After `Turn::Ask` it rests until `handle`.
    ///
    /// # Errors
    /// `Internal` where it waits for answers.
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

    /// Ends, or goes on to look at more and then to ask.
    fn decide(&mut self) {
        let looks = LOOKS.get(self.round as usize).copied().unwrap_or(u64::MAX);
        self.phase = if self.is_decided() { Phase::Done } else { Phase::Explore(looks) };
    }

    /// Begins to wait for answers. `false`: there is nothing to ask about before more is looked at.
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
