//! Input and output of deciding a group of writes.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::{Erasure, Logging, Moved, Step};
use crate::graph::{Graph, Pos};
use crate::revision::{Kind, StoredMeta};
use crate::store::{MetaRemains, Remains};
use crate::{Ref, Result};

/// What a store has of a revision.
#[derive(Debug)]
pub struct Data<'a> {
    /// How the data is to be read.
    pub kind: Kind,
    /// Canonical JSON, or binary data.
    pub payload: Cow<'a, [u8]>,
    /// Its meta.
    pub meta: StoredMeta<'a>,
}

/// The store as a group's transaction sees it, beside the graph.
pub trait Stored {
    /// Returns the ref under a key such as `heads/main`.
    ///
    /// # Errors
    /// Any error of reading the store.
    fn read(&self, key: &str) -> Result<Option<Ref>>;

    /// The data and the meta of the revision at a position; `None` where the data is damaged or was deleted.
    ///
    /// # Errors
    /// Any error of reading the store.
    fn data(&self, pos: Pos, reference: &Ref) -> Result<Option<Data<'_>>>;

    /// Whether the revision at a position was found to be reached by nothing.
    ///
    /// # Errors
    /// Any error of reading the store.
    fn is_marked(&self, pos: Pos) -> Result<bool>;

    /// Whether a revision was cut away with the history that was older than a horizon.
    ///
    /// # Errors
    /// Any error of reading the store.
    fn was_cut(&self, reference: &Ref) -> Result<bool>;

    /// Shows the moves of a branch that the log has, newest first, until `show` returns `false`.
    ///
    /// # Errors
    /// `Corrupt` where the log is damaged; any error of reading the store.
    fn moves_back(&self, branch: &str, show: &mut dyn FnMut(&Step) -> bool) -> Result<()>;
}

/// A revision that the group would append.
#[derive(Debug)]
pub struct Staged<'a> {
    /// Its ref.
    pub reference: Ref,
    /// Its generation: 1 for a root, else one more than the highest of its parents.
    pub generation: u32,
    /// Positions of its ancestors, in order.
    pub parents: Vec<Pos>,
    /// How the payload is to be read.
    pub kind: Kind,
    /// The data to be stored.
    pub payload: &'a [u8],
    /// The canonical JSON of the meta to be stored.
    pub meta: Option<&'a [u8]>,
    /// Set where the data was erased: a tombstone is to be stored.
    pub erased: Option<Erasure>,
}

impl Staged<'_> {
    /// Its tombstone, where its data was erased; `ref_at` returns the refs of its parents.
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
    /// Damaged and deleted revisions that came again, to be written anew in their places.
    pub healed: Vec<(Pos, Staged<'o>)>,
    /// Revisions that were about to be pruned and are asked for again.
    pub fresh: Vec<Pos>,
    /// Heads to set or, where there is none, to remove, by key.
    pub heads: BTreeMap<String, Option<Ref>>,
    /// The moves of heads to be logged, in order, with the time of the latest and the days that they are kept.
    pub moves: Moves,
}

/// Moves of heads to be logged.
#[derive(Debug, Default)]
pub struct Moves {
    /// In order.
    pub list: Vec<Moved>,
    /// The time of the latest, in ms since 1970.
    pub time: u64,
    /// Days that entries are kept.
    pub days: u32,
}

impl Moves {
    /// Adds a move of a write that is logged so.
    pub(super) fn add(&mut self, log: &Logging, moved: Moved) {
        self.time = self.time.max(log.time);
        self.days = self.days.max(log.days);
        self.list.push(moved);
    }
}

impl Changes<'_> {
    /// Whether nothing is to be written.
    pub(crate) fn is_empty(&self) -> bool {
        let revisions = self.staged.len() + self.healed.len() + self.fresh.len();
        revisions == 0 && self.heads.is_empty()
    }

    /// Returns the refs of positions of `graph` and, behind these, of staged revisions.
    pub(crate) fn ref_at(&self, graph: &Graph) -> impl Fn(Pos) -> Ref {
        /// A ref that no revision has.
        const NOBODY: Ref = Ref::from_bytes([0; 32]);
        |pos| match pos.get().checked_sub(graph.len()) {
            None => *graph.ref_at(pos),
            Some(later) => self.staged.get(later as usize).map_or(NOBODY, |it| it.reference),
        }
    }

    /// Whether what is dead may change by it.
    pub(crate) fn concern_the_dead(&self) -> bool {
        !self.healed.is_empty() || self.staged.iter().any(|revision| revision.erased.is_some())
    }
}
