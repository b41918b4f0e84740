//! Tombstones: places of revisions whose data was erased, here or in the database they came from.
//!
//! Data that was erased here stays erased, even if it comes again. A tombstone that came from elsewhere lacks
//! its data: synchronizers ask for the data, and it is filled in.

use super::Engine;
use crate::graph::Loss;
use crate::{Error, Ref, Result};

/// How much of a revision this database has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holding {
    /// Nothing, or a revision that was cut away or is known to be damaged.
    Nothing,
    /// The data.
    Data,
    /// A tombstone: the data was erased here, and is not accepted again.
    Erased,
    /// A tombstone that came from a database where the data was erased: the data is wanted.
    Tombstone,
}

impl Engine {
    /// Returns how much of a revision this database has, for a synchronizer.
    ///
    /// # Errors
    /// Any error of reading the store.
    pub fn data_of(&self, reference: &Ref) -> Result<Holding> {
        let Some(pos) = self.find(reference)? else {
            return Ok(Holding::Nothing);
        };
        Ok(match self.index().loss(pos) {
            None if self.is_whole(pos)? => Holding::Data,
            Some(Loss::Erased) => Holding::Erased,
            Some(Loss::Elsewhere) => Holding::Tombstone,
            None | Some(_) => Holding::Nothing,
        })
    }

    /// Returns the revisions whose data was erased and did not come again, ancestors first. With
    /// `only_elsewhere`, only those whose data was never here.
    ///
    /// # Errors
    /// `Behind` if the index lacks some that others wrote; any error of reading the store.
    pub fn tombstones(&self, only_elsewhere: bool) -> Result<Vec<Ref>> {
        self.notice_deletions()?;
        let graph = self.graph();
        let mut refs = Vec::new();
        for pos in graph.dead().erased(only_elsewhere) {
            if !graph.contains(pos) {
                return Err(Error::Behind); // the index has the deletion, but not yet the revision
            }
            refs.push(*graph.ref_at(pos));
        }
        Ok(refs)
    }

    /// Returns a number that changes whenever the result of `tombstones` may have changed.
    ///
    /// # Errors
    /// Any error of reading the store.
    pub fn tombstones_version(&self) -> Result<u64> {
        self.notice_deletions()?;
        Ok(self.graph().dead().version())
    }
}
