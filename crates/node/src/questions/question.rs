//! A question to the graph that can rest: a walk, the graph that it sees, and what it has found.
//!
//! A value that any thread can run for a while. Knows nothing of threads.

use std::sync::{Arc, Mutex};

use histo_core::graph::{Difference, Graph, IsAncestor, MergeBases, Missing, Pos, Step};
use histo_core::graph::{Reached, ReachedBy};
use histo_core::lazy_walk::Poll;
use histo_core::sync::{Discovery, Turn};
use histo_core::{Error, Ref, Result};

use crate::database::{Link, engine_of};
use crate::questions::demand::Demand;
use crate::questions::maintenance::Maintenance;

/// What a generation of a walk over a store costs, in visits of the index.
const GENERATION: u64 = 64;

/// A walk under way.
pub(crate) enum Walk {
    Bases(MergeBases),
    Ancestry(IsAncestor),
    Difference(Difference),
    /// What the database behind the link lacks and did not cut away. The link is followed anew for each stretch, so that
    /// the walk does not keep files open.
    Missing(Missing, Arc<Mutex<Link>>),
    /// Takes in what others wrote. Finds nothing.
    TakeIn(Arc<Mutex<Link>>),
    /// A walk over a store of the user's, between two reads. Finds no positions.
    Demand(Demand),
    /// What another side has. Answered when it asks, which is what it found, and at the end.
    Discovery(Box<Discovery>),
    /// All that a tip reaches, and the answer.
    Reached(Box<ReachedBy>, Option<Reached>),
    /// No walk: work over a whole database or file, in rounds.
    Maintenance(Box<Maintenance>),
}

/// A question and what is known of its answer.
pub(crate) struct Question {
    graph: Graph,
    walk: Walk,
    found: Vec<Pos>,
    /// Whether the one reaches the other, or a discovery is at its end.
    reaches: bool,
    /// So many positions are enough for now.
    goal: usize,
    ended: bool,
}

impl Question {
    /// Asks for the whole answer, over `graph` whatever is written later.
    pub(crate) fn new(graph: Graph, walk: Walk) -> Self {
        Self { graph, walk, found: Vec::new(), reaches: false, goal: usize::MAX, ended: false }
    }

    /// Sets how many positions are enough for now. Only a difference can stop there.
    pub(crate) fn aim(&mut self, goal: usize) {
        self.goal = goal;
    }

    /// Visits at most about `budget` positions. `Done`: the answer is there, as much as is aimed at.
    ///
    /// # Errors
    /// What asking another database for what it knows can end in.
    pub(crate) fn run(&mut self, budget: u64) -> Result<Step<()>> {
        if self.is_answered() {
            return Ok(Step::Done(()));
        }
        let Self { graph, walk, found, .. } = self;
        match walk {
            Walk::Bases(walk) => {
                if let Step::Done(bases) = walk.run(graph, budget)? {
                    *found = bases;
                    self.ended = true;
                }
            }
            Walk::Ancestry(walk) => {
                if let Step::Done(reaches) = walk.run(graph, budget)? {
                    self.reaches = reaches;
                    self.ended = true;
                }
            }
            Walk::Difference(walk) => {
                let room = self.goal.saturating_sub(found.len());
                self.ended = walk.run(graph, budget, room, found)? == Step::Done(());
            }
            Walk::Missing(walk, target) => {
                let target = engine_of(target)?;
                let known = |pos| {
                    let reference = graph.ref_at(pos);
                    Ok(target.has_whole(reference)? || target.was_cut_away(reference)?)
                };
                if let Step::Done(missing) = walk.run(graph, budget, known)? {
                    *found = missing;
                    self.ended = true;
                }
            }
            Walk::Discovery(walk) => {
                if let Step::Done(turn) = walk.run(graph, budget)? {
                    self.reaches = matches!(turn, Turn::Done(_));
                    let (Turn::Ask(refs) | Turn::Done(refs)) = turn;
                    *found = refs;
                    self.ended = true;
                }
            }
            Walk::Reached(walk, answer) => {
                if let Step::Done(reached) = walk.run(graph, budget) {
                    *answer = Some(reached);
                    self.ended = true;
                }
            }
            Walk::TakeIn(link) => self.ended = engine_of(link)?.take_in_some()?,
            Walk::Demand(demand) => self.ended = demand.run(budget / GENERATION + 1)?,
            Walk::Maintenance(maintenance) => self.ended = maintenance.run()? == Step::Done(()),
        }
        Ok(if self.is_answered() { Step::Done(()) } else { Step::Pending })
    }

    /// Whether there is as much of the answer as is aimed at.
    pub(crate) fn is_answered(&self) -> bool {
        let rests = matches!(&self.walk, Walk::Maintenance(maintenance) if maintenance.rests());
        self.ended || rests || self.found.len() >= self.goal
    }

    /// Whether there is nothing left to do.
    pub(crate) const fn has_ended(&self) -> bool {
        self.ended
    }

    /// The work, where it is no walk.
    pub(crate) fn maintenance(&mut self) -> Option<&mut Maintenance> {
        match &mut self.walk {
            Walk::Maintenance(maintenance) => Some(maintenance),
            _ => None,
        }
    }

    /// What the reader of a history that has ended lacks of it.
    pub(crate) fn lacks(&self) -> Option<Error> {
        match &self.walk {
            Walk::Difference(walk) if self.ended => walk.lacks(&self.graph),
            _ => None,
        }
    }

    /// Whether the one position reaches the other, or a discovery is at its end.
    pub(crate) const fn reaches(&self) -> bool {
        self.reaches
    }

    /// What a walk over a store needs or answers.
    ///
    /// # Errors
    /// `Internal` if this is no such walk, or it has more to do.
    pub(crate) fn polled(&self) -> Result<Arc<Poll>> {
        let polled = match &self.walk {
            Walk::Demand(demand) => demand.polled(),
            _ => None,
        };
        polled.ok_or_else(|| Error::Internal("a walk was asked too early".to_owned()))
    }

    /// Hands a discovery the answers to what it asked, after which it goes on.
    ///
    /// # Errors
    /// As `Discovery::handle`; `Internal` for another walk.
    pub(crate) fn tell(&mut self, answers: &[bool]) -> Result<()> {
        let Walk::Discovery(walk) = &mut self.walk else {
            return Err(Error::Internal("answers came to a walk that does not ask".into()));
        };
        walk.handle(answers)?;
        self.found.clear();
        self.ended = false;
        Ok(())
    }

    /// What a tip reaches, once; `None` before it is found.
    pub(crate) fn take_reached(&mut self) -> Option<Reached> {
        match &mut self.walk {
            Walk::Reached(_, answer) => answer.take(),
            _ => None,
        }
    }

    /// What was found so far and not yet dropped, in the order of the walk.
    pub(crate) fn found(&self) -> &[Pos] {
        &self.found
    }

    /// Forgets the first `count` that were found.
    pub(crate) fn drop_found(&mut self, count: usize) {
        self.found.drain(..count);
    }

    /// The refs of what was found, from number `start` on.
    pub(crate) fn refs(&self, start: usize) -> impl Iterator<Item = Ref> {
        let found = self.found.get(start..).unwrap_or_default();
        found.iter().map(|&pos| *self.graph.ref_at(pos))
    }
}
