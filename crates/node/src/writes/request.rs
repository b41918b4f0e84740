//! A write as JavaScript asked for it: not yet checked, canonicalised or hashed.

use std::sync::{Arc, Mutex};

use histo_core::sync::{Batch, ReorderBuffer, Taking};
use histo_core::write::{Chain, Draft, Logging, Previous, Pruning, Way};
use histo_core::{Ref, Result};

/// Data as it came.
pub(crate) enum Raw {
    Json(Vec<u8>),
    /// JSON that is canonical, since it was made here.
    Canonical(Vec<u8>),
    Bytes(Vec<u8>),
}

impl Raw {
    /// JSON that must be made canonical.
    fn json(&self) -> &[u8] {
        match self {
            Self::Json(text) => text,
            Self::Canonical(_) | Self::Bytes(_) => &[],
        }
    }
}

/// Refs as they came; a string that no revision can have is kept for the error.
pub(crate) type Named = std::result::Result<Ref, String>;

/// A revision to write.
pub(crate) struct Item {
    pub(crate) raw: Raw,
    pub(crate) ancestors: Option<Vec<Named>>,
    /// The JSON of its meta.
    pub(crate) meta: Option<Vec<u8>>,
    /// The ref under which it came in a stream.
    pub(crate) claimed: Option<Named>,
}

/// Revisions to be written.
pub(crate) enum Items {
    Each(Vec<Item>),
    /// JSON data alone, as one array.
    Array {
        json: Vec<u8>,
        count: usize,
    },
    /// Drafts that were made ahead, or the error that refused one.
    Made(Result<Vec<Draft>>),
}

impl Items {
    fn bytes(&self) -> usize {
        match self {
            Self::Each(items) => items.iter().map(|item| item.raw.json().len()).sum(),
            Self::Array { json, .. } => json.len(),
            Self::Made(_) => 0,
        }
    }
}

/// One write.
pub(crate) struct Request {
    pub(crate) branch: Arc<str>,
    pub(crate) chain: Chain,
    pub(crate) wish: Wish,
    pub(crate) log: Option<Logging>,
}

/// The operation that a write asks for.
pub(crate) enum Wish {
    /// The items of a `put` or `putMany`, after those that came earlier under the number `part`.
    Put {
        items: Items,
        previous: Previous,
        move_head: bool,
        many: bool,
        part: u32,
    },
    /// The first items of a `putMany` that follows under the same number, passed while JavaScript still makes
    /// the others.
    Part {
        number: u32,
        items: Items,
    },
    /// The `putMany` with that number does not follow.
    DropPart {
        number: u32,
    },
    SetHead {
        reference: Named,
        previous: Previous,
    },
    DeleteBranch {
        previous: Previous,
    },
    /// An undo or redo.
    Travel {
        way: Way,
        steps: u32,
        previous: Previous,
    },
    /// Writes of several branches, all or none.
    Batch(Vec<Request>),
    SetRemoteHead {
        name: String,
        reference: Named,
    },
    DeleteRemote {
        name: String,
    },
    /// Revisions of a stream, in any order.
    Arrivals {
        reorder_buffer: Arc<Mutex<ReorderBuffer>>,
        items: Vec<Item>,
    },
    /// A batch of a binary stream of revisions.
    Frame {
        taking: Arc<Mutex<Taking>>,
        frame: Batch,
    },
    /// The end of a binary stream: nothing may be left waiting. Comes with its last batch, and names and heads
    /// of remotes to remember; all of it is done or nothing.
    FinishFrames {
        taking: Arc<Mutex<Taking>>,
        last: Option<Batch>,
        remotes: Vec<(String, Named)>,
    },
    /// The end of a stream: nothing may be left waiting.
    Finish {
        reorder_buffer: Arc<Mutex<ReorderBuffer>>,
    },
    Erase {
        references: Vec<Named>,
        /// Whether to erase their metas too.
        meta: bool,
    },
    /// Whatever may be deleted, except the refs that it names.
    Prune {
        pruning: Pruning,
        keep: Vec<Named>,
        before: Option<Vec<Named>>,
    },
    /// The records of deleted revisions, from a position on.
    Sweep {
        start: u32,
    },
    Compact,
}

impl Wish {
    /// Bytes of the JSON of puts.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Put { items, .. } | Self::Part { items, .. } => items.bytes(),
            _ => 0,
        }
    }

    /// Whether it changes nothing.
    pub(crate) const fn only_reads(&self) -> bool {
        matches!(self, Self::Prune { pruning, .. } if pruning.dry_run)
    }
}
