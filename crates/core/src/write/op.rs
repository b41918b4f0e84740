//! The writes that a caller can ask for, and what they come to.

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
    /// The action.
    pub action: Action,
    /// How the move of a head is logged; `None`: not at all.
    pub log: Option<Logging>,
}

impl Op {
    /// The writes in it that later ones of their branches are chained on: itself, or parts of a batch.
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
        /// In order; each without ancestors follows the one before it, the first the head.
        drafts: Vec<Draft>,
        /// The head that is expected.
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
        /// The head that is expected.
        previous: Previous,
    },
    /// Removes a branch's head; revisions stay.
    DeleteBranch {
        /// The head that is expected.
        previous: Previous,
    },
    /// Moves the head back to where it was before the latest moves that are not undone, or forward again.
    Travel {
        /// Which way.
        way: Way,
        /// How many moves, from 1 on.
        steps: u32,
        /// The head that is expected.
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
        /// In an order in which every ancestor is known or comes before.
        arrivals: Vec<Arrival>,
        /// A remote's name and head to remember with them; it must be known, or among them.
        remote: Option<(String, Ref)>,
    },
    /// Writes of several heads, all or none: puts of one draft, new heads, deletions of branches, remote heads. Its own branch
    /// and chain count for nothing; those of its parts do.
    Batch(Vec<Op>),
    /// Fails with an error that was found before.
    Refuse(Refused),
    /// Is done by itself, in no group.
    Alone(Deed),
}

/// A deletion, or work after one: runs between groups, in a transaction of its own.
#[derive(Debug)]
pub enum Deed {
    /// Erases the data of revisions, all or none.
    Erase {
        /// The revisions, none twice.
        references: Vec<Ref>,
        /// Whether their metas go too.
        meta: bool,
    },
    /// Makes dead what may be deleted.
    Prune(Pruning),
    /// Removes some of the records of what is dead, from a position on.
    Sweep(u32),
    /// Exchanges the file for a smaller one. Done by the engine's owner, since the engine ends with it.
    Compact,
}

/// How to prune.
#[derive(Debug, Clone, Default)]
pub struct Pruning {
    /// The time, in ms since 1970.
    pub now: u64,
    /// How long ago an earlier prune must have found what this one deletes, in ms.
    pub grace: u64,
    /// Whether to count only.
    pub dry_run: bool,
    /// Kept beside heads and remote heads, with all that they reach.
    pub keep: Vec<Ref>,
    /// All that these reach is cut away, but for themselves.
    pub before: Option<Vec<Ref>>,
    /// Revisions this many steps or more from each head, remote head and `keep` are cut away.
    pub depth: Option<u32>,
    /// Whether to cut away also revisions that no remote head reaches.
    pub force: bool,
    /// Whether to say which revisions are deleted or cut away.
    pub names: bool,
}

/// Result of a prune.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Revisions that nothing reached.
    pub deleted: u32,
    /// Revisions that were older than the horizon.
    pub cut: u32,
    /// Revisions that nothing reaches, and that stay for now.
    pub waiting: u32,
    /// Bytes of their data: in memory, and of a dry run.
    pub bytes: u64,
    /// Records that are to be swept.
    pub left: u32,
    /// What is deleted or cut away, newest first, if that was asked for.
    pub found: Vec<Ref>,
}

/// Result of a sweep, and where it goes on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// How many records.
    pub records: u32,
    /// Bytes of their data.
    pub bytes: u64,
    /// Records that are still to be removed.
    pub left: u32,
    /// Where to look next.
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
    /// The ref that each part of a batch wrote or named; `None` of a deletion.
    Heads(Vec<Option<Ref>>),
    /// Done, without a result.
    Done,
    /// Result of a prune.
    Pruned(Pruned),
    /// Of a sweep.
    Swept(Swept),
    /// Bytes of the file before and after it was exchanged for a smaller one.
    Compacted(u64, u64),
}
