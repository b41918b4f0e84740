//! Keeping the index up to date with deletions of any process.
//!
//! The store numbers its deletions. Blocks that a newer deletion changed are read again and replace those of
//! the index. Each look-up first compares the last transaction, so that nothing deleted is found.

use std::sync::atomic::Ordering;

use super::Engine;
use crate::graph::{Graph, Loss, Pos};
use crate::store::{CHUNK, Dead, View};
use crate::{Error, Ref, Result};

impl Engine {
    /// Loads deletions of other processes. Costs some 20 ns if nothing was committed.
    pub(super) fn notice_deletions(&self) -> Result<()> {
        if self.medium.last_txn()? == self.looked.load(Ordering::Acquire) {
            return Ok(());
        }
        self.medium.read(|view| {
            self.take_in_deletions(view)?;
            self.looked.fetch_max(view.id(), Ordering::AcqRel);
            Ok(())
        })
    }

    /// Loads the deletions that `view` sees.
    pub(super) fn take_in_deletions(&self, view: &dyn View) -> Result<()> {
        let known = self.deletions.load(Ordering::Acquire);
        let (generation, unswept) = view.deletions()?;
        if generation > known {
            let blocks = view.dead_since(known)?;
            self.lay_over(Dead { generation, blocks, unswept, bytes: 0 });
        }
        Ok(())
    }

    /// Puts newer blocks of deleted revisions into the index.
    pub(super) fn lay_over(&self, dead: Dead) {
        if dead.blocks.is_empty() {
            return;
        }
        let mut index = self.index_mut();
        for (first, block) in dead.blocks {
            index.set_dead(first.get() / CHUNK, block);
        }
        drop(index);
        self.deletions.fetch_max(dead.generation, Ordering::AcqRel);
    }

    /// Returns why the store has no data at `pos`.
    pub(super) fn absence(&self, graph: &Graph, pos: Pos) -> Error {
        let reference = graph.ref_at(pos);
        if let Err(error) = self.notice_deletions() {
            return error;
        }
        let now = self.graph();
        if now.dead().is_deleted(pos) {
            return Error::NotFound(reference.to_string());
        }
        match now.loss(pos) {
            Some(loss) => loss.error(reference),
            None => super::read::damaged(reference),
        }
    }

    /// Returns the refs of tombstones that are damaged or do not hash to their ref.
    pub(super) fn untrue_tombstones(&self, graph: &Graph) -> Vec<Ref> {
        let mut untrue = Vec::new();
        for (number, block) in graph.dead().blocks() {
            for (slot, _) in block.tombstones() {
                let pos = Pos::new(number.saturating_mul(CHUNK).saturating_add(slot));
                let remains = self.medium.read(|view| view.tombstone(pos));
                if !graph.contains(pos) || matches!(&remains, Ok(None)) {
                    continue; // filled in meanwhile
                }
                if !remains.is_ok_and(|left| left.is_some_and(|left| left.is_true())) {
                    untrue.push(*graph.ref_at(pos));
                }
            }
        }
        untrue
    }

    /// Returns the error for a ref that is not found: it may have been cut away.
    pub(super) fn not_found(&self, reference: &Ref) -> Error {
        match self.was_cut(reference) {
            Ok(true) => Error::cut(reference),
            Ok(false) => Error::NotFound(reference.to_string()),
            Err(error) => error,
        }
    }

    /// Whether a revision was cut away. Such a revision is neither accepted from elsewhere nor asked for.
    ///
    /// # Errors
    /// Any error of reading the store.
    pub fn was_cut_away(&self, reference: &Ref) -> Result<bool> {
        match self.find_patiently(reference)? {
            Some(pos) => Ok(self.index().loss(pos).is_some_and(Loss::is_cut)),
            None => self.was_cut(reference),
        }
    }

    fn was_cut(&self, reference: &Ref) -> Result<bool> {
        if self.index().is_intact() {
            return Ok(false);
        }
        self.medium.read(|view| view.was_cut(reference))
    }
}
