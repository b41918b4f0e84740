//! A move of a head as the log records it, and the information that a write gives for that.

use std::sync::Arc;

use crate::graph::Pos;

/// The cause of a move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// `put`, `putMany`, `update` or `restore`.
    Put,
    /// `setHead`.
    SetHead,
    /// A merge that made a revision.
    Merge,
    /// A merge in which ours was an ancestor of theirs, or a push that moved the head forward.
    FastForward,
    /// `undo`.
    Undo,
    /// `redo`.
    Redo,
    /// `deleteBranch`.
    Delete,
    /// `batch`.
    Batch,
}

impl Cause {
    /// All causes, by their numbers in the format.
    pub const ALL: [Self; 8] = [
        Self::Put,
        Self::SetHead,
        Self::Merge,
        Self::FastForward,
        Self::Undo,
        Self::Redo,
        Self::Delete,
        Self::Batch,
    ];

    /// Its number in the format: its place in `ALL`.
    pub(crate) const fn number(self) -> u8 {
        self as u8
    }

    /// Its name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Put => "put",
            Self::SetHead => "setHead",
            Self::Merge => "merge",
            Self::FastForward => "fast-forward",
            Self::Undo => "undo",
            Self::Redo => "redo",
            Self::Delete => "delete",
            Self::Batch => "batch",
        }
    }

    /// Whether it moves back and forth among earlier moves.
    pub const fn is_travel(self) -> bool {
        matches!(self, Self::Undo | Self::Redo)
    }
}

/// How the moves of a write are logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logging {
    /// When it was called, in ms since 1970.
    pub time: u64,
    /// Days that entries are kept.
    pub days: u32,
    /// The cause, if it is not that of the write's own name.
    pub cause: Option<Cause>,
    /// The remote database that asked for the move.
    pub remote: Option<Arc<str>>,
}

/// A move of a head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// The branch.
    pub branch: Arc<str>,
    /// The head before; `None` if there was none.
    pub from: Option<Pos>,
    /// The head after.
    pub to: Option<Pos>,
    /// The cause.
    pub cause: Cause,
    /// Number of moves of an undo or redo; else 1.
    pub steps: u32,
    /// Whether the same call also made the move before it.
    pub is_same_call: bool,
    /// The remote database that asked for the move.
    pub remote: Option<Arc<str>>,
}

/// The part of a move that undoing needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// The head before.
    pub from: Option<Pos>,
    /// The head after.
    pub to: Option<Pos>,
    /// The cause.
    pub cause: Cause,
    /// Number of moves of an undo or redo.
    pub steps: u32,
}

impl Moved {
    /// Returns the part of it that undoing needs.
    pub(super) const fn step(&self) -> Step {
        Step { from: self.from, to: self.to, cause: self.cause, steps: self.steps }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_a_cause_is_its_place_among_all() {
        for (number, cause) in (0..).zip(Cause::ALL) {
            assert_eq!(cause.number(), number);
        }
    }
}
