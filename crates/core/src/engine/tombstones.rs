//! Tombstones: places of revisions whose data was erased, here or where they came from.
//!
//! Data that was erased here stays erased, whatever comes from elsewhere. A tombstone that came from elsewhere is
//! not the data: synchronizers ask for it, and it is filled in.

use super::Engine;
use crate::graph::Loss;
use crate::{Error, Ref, Result};

/// How much is here of a revision's data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holding {
    /// Neither data nor a place, or what is cut away or known to be damaged.
    Nothing,
    /// The data.
    Data,
    /// It was erased here, and stays erased whatever comes from elsewhere.
    Erased,
    /// A place that came from where the data was erased: the data is wanted.
    Tombstone,
}

impl Engine {
    /// Returns how much is here of a revision's data, as a synchronizer asks for it.
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

    /// The revisions whose data was erased and did not come again, ancestors first: here and elsewhere, or only
    /// elsewhere, and so known by their places alone.
    ///
    /// # Errors
    /// `Behind` where others wrote some that the index has not; what reading the store can end in.
    pub fn tombstones(&self, only_elsewhere: bool) -> Result<Vec<Ref>> {
        self.notice_deletions()?;
        let graph = self.graph();
        let mut refs = Vec::new();
        for pos in graph.dead().erased(only_elsewhere) {
            if !graph.contains(pos) {
                return Err(Error::Behind); // of what others wrote only the deletions are known
            }
            refs.push(*graph.ref_at(pos));
        }
        Ok(refs)
    }

    /// A number that is another one where `tombstones` may answer otherwise.
    ///
    /// # Errors
    /// Any error of reading the store.
    pub fn tombstones_version(&self) -> Result<u64> {
        self.notice_deletions()?;
        Ok(self.graph().dead().version())
    }
}
