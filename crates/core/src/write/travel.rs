//! The target of undo and redo, found in the moves of a branch, newest first.
//!
//! Holds no store. An undo of n moves takes back the latest n that are not undone. A redo repeats the latest
//! undone ones. Any other move becomes the latest and ends what can be redone. If a move does not begin where
//! the one before it ended, heads were moved without the log: nothing is known of the time before such a gap.

use super::{Cause, Step};
use crate::graph::Pos;

/// The direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Back.
    Undo,
    /// Forward again.
    Redo,
}

impl Way {
    /// Its cause in the log.
    pub const fn cause(self) -> Cause {
        match self {
            Self::Undo => Cause::Undo,
            Self::Redo => Cause::Redo,
        }
    }
}

/// A search in progress.
#[derive(Debug)]
pub struct Travel {
    way: Way,
    /// Number of moves asked for.
    asked: u32,
    /// Where the next, older, move must have ended.
    head: Option<Pos>,
    /// Moves still to come that are undone, less those redone.
    undone: i64,
    /// Moves to find before the end. For a redo it is known at the first move that is no undo or redo.
    left: Option<u64>,
    /// Number of moves found that can be undone or redone.
    found: u64,
    /// The target, once found.
    target: Option<Option<Pos>>,
    ended: bool,
}

impl Travel {
    /// Begins at a head.
    pub fn new(way: Way, steps: u32, head: Option<Pos>) -> Self {
        let left = (way == Way::Undo).then_some(u64::from(steps));
        Self { way, asked: steps, head, undone: 0, left, found: 0, target: None, ended: false }
    }

    /// Takes the next, older, move; returns whether more are wanted.
    pub fn take(&mut self, step: &Step) -> bool {
        if self.ended || step.to != self.head {
            self.ended = true;
            return false;
        }
        self.head = step.from;
        match step.cause {
            Cause::Undo => self.undone = self.undone.saturating_add(i64::from(step.steps)),
            Cause::Redo => self.undone = self.undone.saturating_sub(i64::from(step.steps)),
            _ => self.pass(step),
        }
        self.ended |= self.target.is_some();
        !self.ended
    }

    fn pass(&mut self, step: &Step) {
        if self.way == Way::Redo && self.left.is_none() {
            // All undone moves are this one or older: the latest of them is the last to redo.
            self.found = u64::try_from(self.undone).unwrap_or(0);
            self.undone = 0;
            self.left =
                (self.found + 1).checked_sub(u64::from(self.asked)).filter(|&left| left > 0);
            if self.left.is_none() {
                self.ended = true;
                return;
            }
        }
        if self.undone > 0 {
            self.undone -= 1;
            return;
        }
        let left = self.left.map_or(0, |left| left.saturating_sub(1));
        self.left = Some(left);
        if self.way == Way::Undo {
            self.found += 1;
        }
        if left == 0 {
            self.target = Some(if self.way == Way::Undo { step.from } else { step.to });
        }
    }

    /// Returns the target.
    ///
    /// # Errors
    /// The number of moves that can be undone or redone, if that is less than asked for.
    pub fn end(self) -> Result<Option<Pos>, u64> {
        self.target.ok_or(self.found)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A branch kept the plain way: the head after each move, and the number of undone moves.
    struct Plain {
        states: Vec<Option<Pos>>,
        undone: usize,
    }

    impl Plain {
        fn head(&self) -> Option<Pos> {
            self.states[self.states.len() - 1 - self.undone]
        }

        fn travel(&mut self, way: Way, steps: usize) -> Option<Option<Pos>> {
            let made = self.states.len() - 1 - self.undone;
            match way {
                Way::Undo if steps <= made => self.undone += steps,
                Way::Redo if steps <= self.undone => self.undone -= steps,
                _ => return None,
            }
            Some(self.head())
        }
    }

    fn found(moves: &[Step], way: Way, steps: u32, head: Option<Pos>) -> Option<Option<Pos>> {
        let mut travel = Travel::new(way, steps, head);
        for step in moves.iter().rev() {
            if !travel.take(step) {
                break;
            }
        }
        travel.end().ok()
    }

    proptest! {
        #[test]
        fn undo_and_redo_give_the_states_of_a_plain_list(
            calls in proptest::collection::vec((0_u8..4, 0_u32..4), 0..60)
        ) {
            let mut plain = Plain { states: vec![None], undone: 0 };
            let mut moves: Vec<Step> = Vec::new();
            for (kind, number) in calls {
                let from = plain.head();
                let mut note = |to, cause, steps| moves.push(Step { from, to, cause, steps });
                match kind {
                    0 | 1 => {
                        let way = if kind == 0 { Way::Undo } else { Way::Redo };
                        let steps = number.max(1);
                        let got = found(&moves, way, steps, from);
                        let wanted = plain.travel(way, steps as usize);
                        prop_assert_eq!(got, wanted);
                        if let Some(to) = wanted {
                            moves.push(Step { from, to, cause: way.cause(), steps });
                        }
                    }
                    _ => {
                        let to = number.checked_sub(1).map(Pos::new);
                        if to != from {
                            note(to, Cause::SetHead, 1);
                            plain.states.truncate(plain.states.len() - plain.undone);
                            plain.undone = 0;
                            plain.states.push(to);
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn nothing_is_undone_across_a_move_that_was_not_logged() {
        let step = |from, to| Step { from, to, cause: Cause::Put, steps: 1 };
        let [a, b, c] = [0, 1, 2].map(|pos| Some(Pos::new(pos)));
        let moves = [step(None, a), step(b, c)];
        assert_eq!(found(&moves, Way::Undo, 1, c), Some(b));
        assert_eq!(found(&moves, Way::Undo, 2, c), None);
        assert_eq!(found(&moves, Way::Undo, 1, b), None);
    }
}
