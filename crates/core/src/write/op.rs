//! The writes that a caller can ask for, and what they come to.

use std::sync::Arc;

use super::{Arrival, Draft};
use crate::{Error, Ref};

/// An error found before a write was decided, such as a payload that is too large.
pub type Refused = Error;

/// What a compare-and-swap expects of a head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Previous {
    /// No condition.
    Any,
    /// The head must be this one, or there must be none.
    Exactly(Option<Ref>),
    /// The head must be what no head can be: a string that is no ref.
    Never,
}

/// Where a write stands among those of its branch that one caller has under way.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Chain {
    /// The caller: one for each open database object.
    pub caller: u64,
    /// Whether the caller's latest put or `setHead` of the branch was unsettled when this was called.
    pub follows: bool,
    /// Whether later writes of the branch are chained on this one.
    pub leads: bool,
}

/// One write.
#[derive(Debug)]
pub struct Op {
    /// The branch whose head it concerns; not used by what concerns remotes.
    pub branch: Arc<str>,
    /// Its place among the writes of its branch.
    pub chain: Chain,
    /// What is to be done.
    pub action: Action,
}

/// What is to be done.
#[derive(Debug)]
pub enum Action {
    /// Writes drafts, all or none; the head moves to the last one.
    Put {
        /// In order; each without ancestors follows the one before it, the first the head.
        drafts: Vec<Draft>,
        /// What the head must be.
        previous: Previous,
        /// Whether the head moves.
        move_head: bool,
        /// Whether the answer is a list; else there is one draft and one ref.
        many: bool,
    },
    /// Moves the head to a known revision. A head that is there already is success.
    SetHead {
        /// The new head.
        reference: Ref,
        /// What the head must be.
        previous: Previous,
    },
    /// Removes a branch's head; revisions stay.
    DeleteBranch {
        /// What the head must be.
        previous: Previous,
    },
    /// Remembers the head of a remote; the revision must be known.
    SetRemoteHead {
        /// The remote's name.
        name: String,
        /// Its head.
        reference: Ref,
    },
    /// Forgets a remote.
    DeleteRemote {
        /// The remote's name.
        name: String,
    },
    /// Writes revisions from elsewhere, ancestors first, all or none. Moves no head.
    Insert {
        /// In an order in which every ancestor is known or comes before.
        arrivals: Vec<Arrival>,
    },
    /// Fails with an error that was found before.
    Refuse(Refused),
}

/// What a write came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The ref of the one revision written, or of the head set.
    Ref(Ref),
    /// The refs of the revisions written, in order.
    Refs(Vec<Ref>),
    /// Done; nothing to tell.
    Done,
}
