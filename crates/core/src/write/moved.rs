//! A move of a head as the log has it, and what a write says about itself for that.

use std::sync::Arc;

use crate::graph::Pos;

/// Days that entries of the log are kept by default.
pub const LOG_DAYS: u32 = 90;

/// What moved a head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// `put`, `putMany`, `update` or `restore`.
    Put,
    /// `setHead`.
    SetHead,
    /// A merge made a revision.
    Merge,
    /// A merge found that ours was an ancestor of theirs, or a push moved the head forward.
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
    /// All, by their numbers in the format.
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

    /// What the API calls it.
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

    /// The cause of that name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.name() == name)
    }

    /// Whether it moves to and fro in what others have moved.
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
    /// What moves the head, where that is not what the write is called.
    pub cause: Option<Cause>,
    /// The remote database that asked for it.
    pub remote: Option<Arc<str>>,
}

/// A move of a head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// The branch.
    pub branch: Arc<str>,
    /// Where the head was; `None` where there was none.
    pub from: Option<Pos>,
    /// Where it is.
    pub to: Option<Pos>,
    /// What moved it.
    pub cause: Cause,
    /// Of an undo or redo: how many moves; else 1.
    pub steps: u32,
    /// Whether the move before it was made by the same call.
    pub is_same_call: bool,
    /// The remote database that asked for it.
    pub remote: Option<Arc<str>>,
}

/// What undoing needs to know of a move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// Where the head was.
    pub from: Option<Pos>,
    /// Where it went.
    pub to: Option<Pos>,
    /// What moved it.
    pub cause: Cause,
    /// Of an undo or redo: how many moves.
    pub steps: u32,
}

impl Moved {
    /// What undoing needs to know of it.
    pub(super) const fn step(&self) -> Step {
        Step { from: self.from, to: self.to, cause: self.cause, steps: self.steps }
    }
}
