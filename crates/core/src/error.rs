//! Errors: one enum, and the stable code that each variant has in JavaScript.
//!
//! Holds no text of the user's beyond names, refs and paths. Codes are stable within a major
//! version, messages are not (`head conflict` is: users compare it).

use crate::refs::Ref;

/// Every error of the engine.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Misuse: a `TypeError` in JavaScript, without a code.
    #[error("{0}")]
    Misuse(String),
    /// A ref that is not in the database.
    #[error("revision not found: {0}")]
    NotFound(String),
    /// More moves were to be undone or redone than there are.
    #[error("branch {branch:?} has {found} moves to {way}, not {asked}")]
    NoMove {
        /// The branch.
        branch: String,
        /// `undo` or `redo`.
        way: &'static str,
        /// How many there are.
        found: u64,
        /// How many were asked for.
        asked: u32,
    },
    /// The branch has no head and the call needs one.
    #[error("branch {0:?} has no head")]
    NoHead(String),
    /// A compare-and-swap of a head met another head than it expected.
    #[error("head conflict")]
    HeadConflict {
        /// The head that is there.
        head: Option<Ref>,
    },
    /// A put was chained on a write that failed.
    #[error("the write that this one was chained on failed")]
    Chained,
    /// A revision names an ancestor that is not in the database.
    #[error("missing ancestor: {0}")]
    MissingAncestor(String),
    /// A revision, or what waits for ancestors, is over a limit; says which.
    #[error("{message}")]
    TooLarge {
        /// Which limit, and what is over it.
        message: String,
        /// The ref of the revision that it concerns, where it is known.
        subject: Option<String>,
    },
    /// Data that is damaged, forged, or not ours.
    #[error("{message}")]
    Corrupt {
        /// The fault, naming the ref or the path.
        message: String,
        /// The ref of the revision that it concerns, where it is known.
        subject: Option<String>,
    },
    /// The answer depends on data that was erased or history that was cut away; says which.
    #[error("{message}")]
    Shallow {
        /// Names what was cut away, and what cut it.
        message: String,
        /// The ref of the revision that it concerns.
        subject: Option<String>,
    },
    /// The medium failed, the format is newer than this code, or a permission is missing.
    #[error("{message}")]
    Store {
        /// The attempt, naming the path.
        message: String,
        /// The message of the operating system or LMDB.
        cause: String,
    },
    /// Somebody else holds what is needed alone; names the path.
    #[error("{0}")]
    Locked(String),
    /// No space is left on the medium, or no position in the format.
    #[error("{0}")]
    Full(String),
    /// Bytes of another side break the protocol: damaged, cut short, or over a bound of the format.
    #[error("{0}")]
    Protocol(String),
    /// Bytes of another side are over a limit that was set for it, or what is open for reading only was to be
    /// written to; says which.
    #[error("{message}")]
    Denied {
        /// Which limit, or what is refused.
        message: String,
        /// The ref of the revision that it concerns, where it is known.
        subject: Option<String>,
    },
    /// A part of a batch failed, and so the batch.
    #[error("{error}")]
    InBatch {
        /// Which one, from 0 on.
        index: u32,
        /// Its error.
        error: Box<Self>,
    },
    /// The index lacks more of what was committed than a reader takes in. Never leaves the package: the
    /// index is brought up to date elsewhere and the call made again.
    #[error("much was written elsewhere")]
    Behind,
    /// The database was closed.
    #[error("the database is closed")]
    Closed,
    /// A fault of ours.
    #[error("internal error: {0}")]
    Internal(String),
}

impl Error {
    /// Something is over a limit, and no revision is known that it concerns.
    pub fn too_large<M: Into<String>>(message: M) -> Self {
        Self::TooLarge { message: message.into(), subject: None }
    }

    /// A part of a batch failed.
    pub(crate) fn in_batch(index: usize, error: Self) -> Self {
        Self::InBatch { index: u32::try_from(index).unwrap_or(u32::MAX), error: Box::new(error) }
    }

    /// Whether it is misuse.
    pub fn is_misuse(&self) -> bool {
        self.code().is_none()
    }

    /// The ref of the revision that it concerns, in any form that a store uses.
    pub fn subject(&self) -> Option<&str> {
        match self {
            Self::InBatch { error, .. } => error.subject(),
            Self::NotFound(reference) | Self::MissingAncestor(reference) => Some(reference),
            Self::TooLarge { subject, .. }
            | Self::Denied { subject, .. }
            | Self::Corrupt { subject, .. }
            | Self::Shallow { subject, .. } => subject.as_deref(),
            _ => None,
        }
    }

    /// A database that is open for reading only was to be written to.
    pub fn read_only(path: &std::path::Path) -> Self {
        let message = format!("cannot write to {}: it is open for reading only", path.display());
        Self::Denied { message, subject: None }
    }

    /// A revision came without its data, and that was not wanted.
    pub(crate) fn tombstone(reference: &Ref) -> Self {
        let message =
            format!("revision {reference} comes without its data, which was erased: refused");
        Self::Denied { message, subject: Some(reference.to_string()) }
    }

    /// A revision was deleted with the history that was older than a horizon.
    pub(crate) fn cut(reference: &Ref) -> Self {
        let message =
            format!("revision {reference} was cut away with the history before it (by prune)");
        Self::Shallow { message, subject: Some(reference.to_string()) }
    }

    /// The head of a branch stood at a revision that was deleted.
    pub(crate) fn moved_to_the_deleted(branch: &str) -> Self {
        let message =
            format!("the revision that branch {branch:?} would be at was cut away (by prune)");
        Self::Shallow { message, subject: None }
    }

    /// The answer depends on a revision that was cut away, or on what it reached.
    pub(crate) fn depends_on(reference: &Ref) -> Self {
        let message = format!(
            "the answer depends on history that was cut away (by prune): revision {reference} and what it reached"
        );
        Self::Shallow { message, subject: Some(reference.to_string()) }
    }

    /// The stable code in JavaScript; `None` for misuse, which is a `TypeError` without one.
    pub fn code(&self) -> Option<&'static str> {
        Some(match self {
            Self::Misuse(_) => return None,
            Self::NotFound(_) | Self::NoMove { .. } => "HISTO_NOT_FOUND",
            Self::InBatch { error, .. } => return error.code(),
            Self::NoHead(_) => "HISTO_NO_HEAD",
            Self::HeadConflict { .. } => "HISTO_HEAD_CONFLICT",
            Self::Chained => "HISTO_CHAINED",
            Self::MissingAncestor(_) => "HISTO_MISSING_ANCESTOR",
            Self::TooLarge { .. } => "HISTO_TOO_LARGE",
            Self::Corrupt { .. } => "HISTO_CORRUPT",
            Self::Shallow { .. } => "HISTO_SHALLOW",
            Self::Store { .. } => "HISTO_STORE",
            Self::Locked(_) => "HISTO_LOCKED",
            Self::Full(_) => "HISTO_FULL",
            Self::Protocol(_) => "HISTO_PROTOCOL",
            Self::Denied { .. } => "HISTO_DENIED",
            Self::Behind => "BEHIND",
            Self::Closed => "HISTO_CLOSED",
            Self::Internal(_) => "HISTO_INTERNAL",
        })
    }
}

/// Result of the engine's fallible calls.
pub type Result<T, E = Error> = std::result::Result<T, E>;
