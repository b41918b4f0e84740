//! Exploring history, and painting according to the answers.

use super::sample::Sampling;
use super::{Discovery, Phase};
use crate::graph::{Graph, Pos};

impl Discovery {
    /// Visits what is reached, highest first, until enough was seen or everything else is known.
    pub(super) fn explore(&mut self, graph: &Graph, left: &mut u64) {
        let Phase::Explore(mut looks) = self.phase else {
            return;
        };
        let before = self.floor;
        while self.waiting > 0 && looks > 0 {
            if *left == 0 {
                self.phase = Phase::Explore(looks);
                return;
            }
            *left -= 1;
            let Some(pos) = self.marks.highest_reached(self.floor) else {
                self.waiting = 0; // the answers contradict each other
                break;
            };
            self.floor = pos.get();
            let is_known = self.marks.is_known(pos);
            if !is_known {
                looks -= 1;
                self.waiting = self.waiting.saturating_sub(1);
                self.undecided += u64::from(!self.marks.is_missing(pos));
            }
            for parent in graph.known_parents(pos) {
                self.meet(parent, is_known);
            }
        }
        let at = if self.floor < before && self.missing_below { self.floor } else { self.top };
        self.phase = Phase::Lift { at, answered: false };
    }

    /// Marks a position below the floor as reached, from a known one or not.
    fn meet(&mut self, pos: Pos, from_known: bool) {
        let is_new = self.marks.reach(pos);
        if !from_known {
            self.waiting += u64::from(is_new);
            return;
        }
        self.bounds.remove(&pos);
        if self.marks.know(pos) && !is_new {
            self.waiting = self.waiting.saturating_sub(1);
        }
    }

    /// Marks the positions that the other side lacks; returns the lowest.
    pub(super) fn note_missing(&mut self) -> Option<u32> {
        let mut lowest = None;
        for (&pos, &is_there) in self.asked.iter().zip(&self.answers) {
            if is_there || !self.marks.miss(pos) {
                continue;
            }
            if pos.get() >= self.floor {
                self.undecided = self.undecided.saturating_sub(1);
            } else {
                self.missing_below = true;
            }
            lowest = Some(lowest.unwrap_or(u32::MAX).min(pos.get()));
        }
        lowest
    }

    /// Marks as missing whatever descends from a missing position.
    pub(super) fn lift(&mut self, graph: &Graph, left: &mut u64) {
        let Phase::Lift { at, answered } = self.phase else {
            return;
        };
        let mut from = at.max(self.floor);
        while let Some(pos) = self.marks.lowest_undecided(from, self.top) {
            if *left == 0 {
                self.phase = Phase::Lift { at: from, answered };
                return;
            }
            *left -= 1;
            if graph.parents(pos).any(|parent| self.marks.is_missing(parent)) {
                self.marks.miss(pos);
                self.undecided = self.undecided.saturating_sub(1);
            }
            from = pos.get() + 1;
        }
        if answered {
            self.note_known();
            self.phase = Phase::Sink;
        } else if self.is_decided() {
            self.phase = Phase::Done;
        } else {
            let sampling = Sampling::new(self.round, self.top, self.undecided, self.heads);
            self.phase = Phase::Sample(Box::new(sampling));
        }
    }

    /// Marks the positions that the other side has. Missing ones come first: if a known one descends from a
    /// missing one, because the other side has lost something, more is sent than needed.
    fn note_known(&mut self) {
        let mut known: Vec<Pos> = self
            .asked
            .iter()
            .zip(&self.answers)
            .filter(|&(&pos, &is_there)| is_there && !self.marks.is_missing(pos))
            .map(|(&pos, _)| pos)
            .collect();
        known.sort_unstable();
        // The highest is taken first.
        for pos in known {
            self.bounds.insert(pos);
            self.paint(pos);
        }
    }

    /// Marks as known whatever a known position reaches.
    pub(super) fn sink(&mut self, graph: &Graph, left: &mut u64) {
        while let Some(pos) = self.stack.pop() {
            for parent in graph.known_parents(pos) {
                self.bounds.remove(&parent);
                self.paint(parent);
            }
            *left = left.saturating_sub(1);
            if *left == 0 && !self.stack.is_empty() {
                return;
            }
        }
        self.decide();
    }

    /// Marks a reached position as known.
    fn paint(&mut self, pos: Pos) {
        if !self.marks.know(pos) {
            return;
        }
        if pos.get() < self.floor {
            self.waiting = self.waiting.saturating_sub(1);
        } else {
            self.undecided = self.undecided.saturating_sub(1);
            self.stack.push(pos);
        }
    }
}
