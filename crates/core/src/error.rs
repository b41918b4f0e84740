//! Errors: one enum, and the stable code that each variant has in JavaScript.
//!
//! Messages contain nothing of the user's except names, refs and paths. Codes are stable within a major
//! version. Messages are not, except `head conflict`, which users compare.

use crate::refs::Ref;

/// Every error of the engine.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Misuse: a `TypeError` in JavaScript, without a code.
    #[error("{0}")]
    Misuse(String),
    /// A ref that is not in the database.
    #[error("revision not found: {}", shortened(.0))]
    NotFound(String),
    /// Fewer moves exist than were asked to be undone or redone.
    #[error("the branch '{branch}' has {}", moves_left(way, *found, *asked))]
    NoMove {
        /// The branch.
        branch: String,
        /// `undo` or `redo`.
        way: &'static str,
        /// Number of moves that exist. Some of those to redo may be forgotten.
        found: u64,
        /// Number of moves asked for.
        asked: u32,
    },
    /// A compare-and-swap expected another head than the branch has.
    #[error("head conflict")]
    HeadConflict {
        /// The branch.
        branch: String,
        /// The head that the branch has.
        head: Option<Ref>,
    },
    /// A put was chained on a write that failed.
    #[error("the write that this one was chained on failed")]
    Chained,
    /// A revision names an ancestor that is not in the database.
    #[error("missing ancestor: {}", shortened(.0))]
    MissingAncestor(String),
    /// A revision, or the set of revisions waiting for ancestors, exceeds a limit; the message says which.
    #[error("{message}")]
    TooLarge {
        /// Which limit, and what exceeds it.
        message: String,
        /// The ref of the revision concerned, if known.
        subject: Option<String>,
    },
    /// Data that is damaged, forged, or not of this format.
    #[error("{message}")]
    Corrupt {
        /// The fault, naming the ref or the path.
        message: String,
        /// The ref of the revision concerned, if known.
        subject: Option<String>,
    },
    /// The answer depends on erased data or on history that was cut away; the message says which.
    #[error("{message}")]
    Shallow {
        /// Names what was cut away, and by what.
        message: String,
        /// The ref of the revision concerned.
        subject: Option<String>,
    },
    /// The medium failed, the format is newer than this code, or a permission is missing.
    #[error("{message}")]
    Store {
        /// What was attempted, with the path.
        message: String,
        /// The message of the operating system or LMDB.
        cause: String,
    },
    /// Another process or call holds what this one needs exclusively; names the path.
    #[error("{0}")]
    Locked(String),
    /// The medium has no space left, or the format has no position left.
    #[error("{0}")]
    Full(String),
    /// Bytes from another side break the protocol: damaged, cut short, or over a bound of the format.
    #[error("{0}")]
    Protocol(String),
    /// Bytes from another side exceed a limit set for them, or something that is open for reading only should
    /// be written to; the message says which.
    #[error("{message}")]
    Denied {
        /// Which limit, or what is refused.
        message: String,
        /// The ref of the revision concerned, if known.
        subject: Option<String>,
    },
    /// An operation of a batch failed, and with it the whole batch.
    #[error("{error}")]
    InBatch {
        /// Its index in the batch, from 0.
        index: u32,
        /// Its error.
        error: Box<Self>,
    },
    /// The index lags further behind the store than a reader may load. Never leaves the package: the caller has
    /// the index brought up to date elsewhere and calls again.
    #[error("much was written elsewhere")]
    Behind,
    /// The database was closed.
    #[error("the database is closed")]
    Closed,
    /// A bug in this package.
    #[error("internal error: {0}")]
    Internal(String),
}

impl Error {
    /// Returns the error for something over a limit where no revision is known to be concerned.
    pub fn too_large<M: Into<String>>(message: M) -> Self {
        Self::TooLarge { message: message.into(), subject: None }
    }

    /// Returns the error for a failed operation of a batch.
    pub(crate) fn in_batch(index: usize, error: Self) -> Self {
        Self::InBatch { index: u32::try_from(index).unwrap_or(u32::MAX), error: Box::new(error) }
    }

    /// Whether this is misuse.
    pub fn is_misuse(&self) -> bool {
        self.code().is_none()
    }

    /// The ref of the revision concerned, in the form that its store uses.
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

    /// Returns the error for a write to a database that is open for reading only.
    pub fn read_only(path: &std::path::Path) -> Self {
        let message = format!("cannot write to {}: it is open for reading only", path.display());
        Self::Denied { message, subject: None }
    }

    /// Returns the error for a revision that came without its data where tombstones are refused.
    pub(crate) fn tombstone(reference: &Ref) -> Self {
        let message =
            format!("revision {reference} comes without its data, which was erased: refused");
        Self::Denied { message, subject: Some(reference.to_string()) }
    }

    /// Returns the error for a revision that was deleted with the history older than a horizon.
    pub(crate) fn cut(reference: &Ref) -> Self {
        let message =
            format!("revision {reference} was cut away with the history before it (by prune)");
        Self::Shallow { message, subject: Some(reference.to_string()) }
    }

    /// Returns the error for a move of a head to a deleted revision.
    pub(crate) fn moved_to_the_deleted(branch: &str) -> Self {
        let message =
            format!("the revision that the branch '{branch}' would be at was cut away (by prune)");
        Self::Shallow { message, subject: None }
    }

    /// Returns the error for an answer that depends on a revision that was cut away, or on what it reached.
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

/// Most characters of a ref in a message. A user may give any text as one.
const LONGEST_SHOWN: usize = 200;

/// What a branch has to undo or redo, where that is less than asked for. Of a redo the log may have forgotten the move
/// that it ends with, but not later ones.
fn moves_left(way: &str, found: u64, asked: u32) -> String {
    match found {
        0 => format!("nothing to {way}"),
        _ if found >= u64::from(asked) => {
            format!("forgotten the move that a {way} of {asked} ends with")
        }
        1 => format!("only 1 move to {way}, not {asked}"),
        _ => format!("only {found} moves to {way}, not {asked}"),
    }
}

/// A ref for a message: its first characters.
fn shortened(reference: &str) -> String {
    match reference.char_indices().nth(LONGEST_SHOWN) {
        Some((end, _)) => format!("{}…", reference.get(..end).unwrap_or_default()),
        None => reference.to_owned(),
    }
}
