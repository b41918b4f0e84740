//! Whether revisions of the graph are whole in the store, even if other processes wrote much.

use super::Engine;
use crate::graph::{Loss, Pos};
use crate::revision::ref_of_content;
use crate::{Error, Ref, Result};

impl Engine {
    /// Whether the revision at a position is whole, as far as is known, and not at the boundary of what was cut
    /// away. Reads it only if it was found damaged before.
    ///
    /// # Errors
    /// Any error of reading the store; damage is not an error.
    pub fn is_whole(&self, pos: Pos) -> Result<bool> {
        if self.index().loss(pos).is_some_and(Loss::is_cut) {
            self.damage.forget(pos);
            return Ok(false);
        }
        if !self.damage.is_known(pos) {
            return Ok(true);
        }
        let graph = self.graph();
        if graph.dead().is_deleted(pos) || graph.loss(pos).is_some() {
            self.damage.forget(pos); // deleted meanwhile, so no longer damaged
            return Ok(true);
        }
        let ancestors = graph.parent_refs(pos);
        let mut right = false;
        let read = self.revisions_up_to(&[pos], |kind, payload, meta| {
            right = ref_of_content(&ancestors, kind, payload, meta) == *graph.ref_at(pos);
            false
        });
        match read {
            Ok(()) if right => {
                self.damage.forget(pos);
                Ok(true)
            }
            Ok(()) | Err(Error::Corrupt { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Whether a revision has a place in the graph. Loads what other processes wrote first, however much.
    ///
    /// # Errors
    /// `Shallow` if it was cut away and has no place any more; any error of reading the store.
    pub fn has_place(&self, reference: &Ref) -> Result<bool> {
        match self.find_patiently(reference)? {
            Some(_) => Ok(true),
            None => match self.not_found(reference) {
                Error::NotFound(_) => Ok(false),
                error => Err(error),
            },
        }
    }

    /// Whether a revision exists and is whole, as far as is known. Loads what other processes wrote first,
    /// however much.
    ///
    /// # Errors
    /// Any error of reading the store.
    pub fn has_whole(&self, reference: &Ref) -> Result<bool> {
        match self.find_patiently(reference)? {
            Some(pos) => self.is_whole(pos),
            None => Ok(false),
        }
    }

    /// Returns the revisions known to be damaged, ancestors first.
    ///
    /// # Errors
    /// Any error of reading the store.
    pub fn damaged(&self) -> Result<Vec<Ref>> {
        let graph = self.graph();
        let mut damaged = Vec::new();
        for pos in self.damage.positions() {
            if !self.is_whole(pos)? && self.damage.is_known(pos) {
                damaged.push(*graph.ref_at(pos));
            }
        }
        Ok(damaged)
    }
}
