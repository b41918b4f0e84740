//! A store on disk or in memory.

use super::disk::Disk;
use super::disk_txn::DiskTxn;
use super::files::fault::Fault;
use super::memory::{Held, Memory};
use super::transaction::{Txn, View};
use crate::Result;

/// A store.
#[derive(Debug)]
pub(crate) enum Medium {
    Disk(Box<Disk>),
    Memory(Box<Memory>),
}

impl Medium {
    /// Runs `read` over what is committed; on disk again from the start after the map grew.
    pub(crate) fn read<R>(&self, mut read: impl FnMut(&dyn View) -> Result<R>) -> Result<R> {
        match self {
            Self::Disk(disk) => disk.read(|txn| Ok(read(&DiskTxn::new(disk, txn))?)),
            Self::Memory(memory) => read(&*memory.contents()),
        }
    }

    /// Runs `write` and commits what it wrote; on disk again from the start after the map grew. Returns the
    /// number of the commit with the result.
    pub(crate) fn write<R>(
        &self,
        mut write: impl FnMut(&mut dyn Txn) -> Result<R, Fault>,
    ) -> Result<(R, usize, Held<'_>)> {
        match self {
            Self::Disk(disk) => {
                let (answer, id) = disk.write(|txn| write(&mut DiskTxn::new(disk, txn)))?;
                Ok((answer, id, None))
            }
            Self::Memory(memory) => memory.write(write),
        }
    }

    /// The file, if there is one.
    pub(crate) const fn disk(&self) -> Option<&Disk> {
        match self {
            Self::Disk(disk) => Some(disk),
            Self::Memory(_) => None,
        }
    }

    /// Returns the number of the last commit of any process. Costs some 20 ns.
    pub(crate) fn last_txn(&self) -> Result<usize> {
        match self {
            Self::Disk(disk) => disk.last_txn(),
            Self::Memory(memory) => Ok(memory.last_txn()),
        }
    }
}
