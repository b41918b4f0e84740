//! Input and output of deciding a group of writes.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::{Erasure, Logging, Moved, Step};
use crate::graph::{Graph, Pos};
use crate::revision::{Kind, StoredMeta};
use crate::store::{MetaRemains, Remains};
use crate::{Ref, Result};

/// The content of a revision in a store.
#[derive(Debug)]
pub struct Data<'a> {
    /// How to read the data.
    pub kind: Kind,
    /// Canonical JSON, or binary data.
    pub payload: Cow<'a, [u8]>,
    /// Its meta.
    pub meta: StoredMeta<'a>,
}

/// The store, as the transaction of a group sees it.
pub trait Stored {
    /// Returns the ref under a key such as `heads/main`.
    ///
    /// # Errors
    /// Any error of reading the store.
    fn read(&self, key: &str) -> Result<Option<Ref>>;

    /// Returns the data and the meta of the revision at a position; `None` if the data is damaged or was
    /// deleted.
    ///
    /// # Errors
    /// Any error of reading the store.
    fn data(&self, pos: Pos, reference: &Ref) -> Result<Option<Data<'_>>>;

    /// Whether the revision at a position was found unreached.
    ///
    /// # Errors
    /// Any error of reading the store.
    fn is_marked(&self, pos: Pos) -> Result<bool>;

    /// Whether a revision was cut away with the history older than a horizon.
    ///
    /// # Errors
    /// Any error of reading the store.
    fn was_cut(&self, reference: &Ref) -> Result<bool>;

    /// Shows the moves of a branch in the log, newest first, until `show` returns `false`.
    ///
    /// # Errors
    /// `Corrupt` if the log is damaged; any error of reading the store.
    fn moves_back(&self, branch: &str, show: &mut dyn FnMut(&Step) -> bool) -> Result<()>;
}

/// A revision that the group appends.
#[derive(Debug)]
pub struct Staged<'a> {
    /// Its ref.
    pub reference: Ref,
    /// Its generation: 1 for a root, else one more than the highest of its parents'.
    pub generation: u32,
    /// Positions of its ancestors, in order.
    pub parents: Vec<Pos>,
    /// How to read the payload.
    pub kind: Kind,
    /// The data to store.
    pub payload: &'a [u8],
    /// The canonical JSON of the meta to store.
    pub meta: Option<&'a [u8]>,
    /// Present if the data was erased: a tombstone is stored.
    pub erased: Option<Erasure>,
}

impl Staged<'_> {
    /// Returns its tombstone, if its data was erased; `ref_at` returns the refs of its parents.
    pub(crate) fn remains(&self, ref_at: impl Fn(Pos) -> Ref) -> Option<Remains> {
        let erasure = self.erased?;
        let meta = erasure.meta;
        Some(Remains {
            reference: self.reference,
            digest: erasure.digest,
            meta: meta.map(|digest| MetaRemains { digest, kept: Ok(self.meta.map(Box::from)) }),
            kind: self.kind,
            loss: erasure.loss(),
            generation: self.generation,
            parents: self.parents.iter().map(|&parent| (parent, ref_at(parent))).collect(),
        })
    }
}

/// Changes of a group to the store.
#[derive(Debug)]
pub struct Changes<'o> {
    /// Revisions to append, in order.
    pub staged: Vec<Staged<'o>>,
    /// Damaged and deleted revisions that came again, to be written in their places.
    pub healed: Vec<(Pos, Staged<'o>)>,
    /// Revisions that were marked for pruning and are in use again.
    pub fresh: Vec<Pos>,
    /// Heads by key, to set or, with `None`, to remove.
    pub heads: BTreeMap<String, Option<Ref>>,
    /// The moves of heads to log, in order, with the time of the latest and the days to keep them.
    pub moves: Moves,
}

/// Moves of heads to log.
#[derive(Debug, Default)]
pub struct Moves {
    /// The moves, in order.
    pub list: Vec<Moved>,
    /// The time of the latest, in ms since 1970.
    pub time: u64,
    /// Days that entries are kept.
    pub days: u32,
}

impl Moves {
    /// Adds a move of a write with this logging.
    pub(super) fn add(&mut self, log: &Logging, moved: Moved) {
        self.time = self.time.max(log.time);
        self.days = self.days.max(log.days);
        self.list.push(moved);
    }
}

impl Changes<'_> {
    /// Whether there is nothing to write.
    pub(crate) fn is_empty(&self) -> bool {
        let revisions = self.staged.len() + self.healed.len() + self.fresh.len();
        revisions == 0 && self.heads.is_empty()
    }

    /// Returns the refs of positions of `graph`, and of the staged revisions after them.
    pub(crate) fn ref_at(&self, graph: &Graph) -> impl Fn(Pos) -> Ref {
        /// A ref that no revision has.
        const NOBODY: Ref = Ref::from_bytes([0; 32]);
        |pos| match pos.get().checked_sub(graph.len()) {
            None => *graph.ref_at(pos),
            Some(later) => self.staged.get(later as usize).map_or(NOBODY, |it| it.reference),
        }
    }

    /// Whether the changes may affect dead revisions.
    pub(crate) fn concern_the_dead(&self) -> bool {
        !self.healed.is_empty() || self.staged.iter().any(|revision| revision.erased.is_some())
    }
}
