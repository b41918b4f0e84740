//! The writes that a caller can ask for, and their results.

use std::sync::Arc;

use super::{Arrival, Draft, Logging, Way};
use crate::{Error, Ref};

/// An error found before a write was decided, such as a payload that is too large.
pub type Refused = Error;

/// The head that a compare-and-swap expects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Previous {
    /// No condition.
    Any,
    /// The head must be this one, or there must be none.
    Exactly(Option<Ref>),
    /// The head must be a string that is no ref, so the condition is never met.
    Never,
}

/// The place of a write among those that one caller has in progress for its branch.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Chain {
    /// The caller: one for each open database object.
    pub caller: u64,
    /// Whether the caller's latest put or `setHead` of the branch was unsettled at the time of the call.
    pub follows: bool,
    /// Whether later writes of the branch are chained on this one.
    pub leads: bool,
}

/// One write.
#[derive(Debug)]
pub struct Op {
    /// The branch whose head it moves; unused by writes to remotes.
    pub branch: Arc<str>,
    /// Its place among the writes of its branch.
    pub chain: Chain,
    /// The action.
    pub action: Action,
    /// How the move of a head is logged; `None`: it is not.
    pub log: Option<Logging>,
}

impl Op {
    /// Returns the writes that later ones of their branches are chained on: this one, or parts of a batch.
    pub(crate) fn leading(&self) -> impl Iterator<Item = &Self> {
        let parts: &[Self] = match &self.action {
            Action::Batch(parts) => parts,
            _ => std::slice::from_ref(self),
        };
        parts.iter().filter(|part| part.chain.leads)
    }
}

/// The action of a write.
#[derive(Debug)]
pub enum Action {
    /// Writes drafts, all or none; the head moves to the last one.
    Put {
        /// In order. One without ancestors follows the one before it, or, as the first, the head.
        drafts: Vec<Draft>,
        /// The expected head.
        previous: Previous,
        /// Whether the head moves.
        move_head: bool,
        /// Whether the result is a list; else there is one draft and one ref.
        many: bool,
    },
    /// Moves the head to a known revision. Succeeds if the head is there already.
    SetHead {
        /// The new head.
        reference: Ref,
        /// The expected head.
        previous: Previous,
    },
    /// Removes a branch's head; revisions stay.
    DeleteBranch {
        /// The expected head.
        previous: Previous,
    },
    /// Moves the head back, before the latest moves that are not undone, or forward again.
    Travel {
        /// The direction.
        way: Way,
        /// Number of moves, at least 1.
        steps: u32,
        /// The expected head.
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
    /// Writes revisions from elsewhere, ancestors first, all or none. Moves no head of a branch.
    Insert {
        /// In an order in which every ancestor is known or comes earlier.
        arrivals: Vec<Arrival>,
        /// Names and heads of remotes to remember with them; each head must be known, or among them.
        remotes: Vec<(String, Ref)>,
    },
    /// Writes of several heads, all or none: puts of one draft, new heads, deletions of branches, remote heads.
    /// Its own branch and chain are ignored; those of its parts count.
    Batch(Vec<Op>),
    /// Fails with an error that was found earlier.
    Refuse(Refused),
    /// Runs on its own, in no group.
    Alone(Deed),
}

/// A deletion, or work after one: runs between groups, in a transaction of its own.
#[derive(Debug)]
pub enum Deed {
    /// Erases the data of revisions, all or none.
    Erase {
        /// The revisions, without repetitions.
        references: Vec<Ref>,
        /// Whether to erase their metas too.
        meta: bool,
    },
    /// Marks dead what may be deleted.
    Prune(Pruning),
    /// Removes some of the records of dead revisions, starting at a position.
    Sweep(u32),
    /// Replaces the file with a smaller one. The engine's owner does it, since the engine ends with it.
    Compact,
}

/// How to prune.
#[derive(Debug, Clone, Default)]
pub struct Pruning {
    /// The time, in ms since 1970.
    pub now: u64,
    /// How long ago an earlier prune must have found a revision unreached for this one to delete it, in ms.
    pub grace: u64,
    /// Whether only to count.
    pub dry_run: bool,
    /// Revisions to keep with all that they reach, besides heads and remote heads.
    pub keep: Vec<Ref>,
    /// All that these reach is cut away, except themselves.
    pub before: Option<Vec<Ref>>,
    /// Revisions at least this many steps from each head, remote head and `keep` are cut away.
    pub depth: Option<u32>,
    /// Whether to cut away revisions that no remote head reaches, too.
    pub force: bool,
    /// Whether to return the refs that are deleted or cut away.
    pub names: bool,
}

/// Result of a prune.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Number of revisions that nothing reached.
    pub deleted: u32,
    /// Number of revisions older than the horizon.
    pub cut: u32,
    /// Number of revisions that nothing reaches and that stay for now.
    pub waiting: u32,
    /// Bytes of the data of the deleted ones: only in memory, and for a dry run.
    pub bytes: u64,
    /// Number of records to sweep.
    pub left: u32,
    /// The refs that are deleted or cut away, newest first, if asked for.
    pub found: Vec<Ref>,
}

/// Result of a sweep, and where the next one starts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Number of records removed.
    pub records: u32,
    /// Bytes of their data.
    pub bytes: u64,
    /// Number of records still to remove.
    pub left: u32,
    /// Where the next sweep starts.
    pub next: u32,
}

/// Result of a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The ref of the one revision written, or of the head set.
    Ref(Ref),
    /// The refs of the revisions written, in order.
    Refs(Vec<Ref>),
    /// The head that an undo or redo led to, if any.
    Head(Option<Ref>),
    /// The ref that each part of a batch wrote or named; `None` for a deletion.
    Heads(Vec<Option<Ref>>),
    /// Done, without a result.
    Done,
    /// Result of a prune.
    Pruned(Pruned),
    /// Result of a sweep.
    Swept(Swept),
    /// Bytes of the file before and after it was replaced with a smaller one.
    Compacted(u64, u64),
}
