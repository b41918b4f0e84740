//! A state of the file that stays as it is while its pages are read from outside of LMDB.
//!
//! A read transaction keeps LMDB from using the pages of its state anew, so that they can be read as
//! bytes while others write. As long as one is held the file grows by what is written.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::thread;

use heed::{Env, RoTxn, WithoutTls};

use crate::graph::Step;
use crate::store::DATA_FILE;
use crate::store::disk::Disk;
use crate::store::files::fault;
use crate::store::raw::inspect::page::{Meta, read_at};
use crate::store::raw::inspect::{Wrong, refusal};
use crate::{Error, Result};

/// A commit may come between: so often it is tried before whoever asks may look whether it is still wanted;
/// some 20 us each.
const TRIES: u32 = 50;

/// A state of the file.
pub(in crate::store) struct Snapshot {
    pub(in crate::store) file: File,
    pub(in crate::store) meta: Meta,
    /// The meta page of this state, whole.
    pub(in crate::store) meta_page: Vec<u8>,
    /// Never read through: it holds on to the pages.
    pub(in crate::store) txn: RoTxn<'static, WithoutTls>,
    /// Tells that the file is in use.
    _pin: Arc<()>,
}

impl Disk {
    /// Takes the state of the last commit that readers see. Costs some 20 us; `Pending` where others
    /// committed at each of many tries.
    ///
    /// # Errors
    /// `Store` where the file cannot be read.
    pub(in crate::store) fn snapshot(&self) -> Result<Step<Snapshot>> {
        let file = self.sole.file().try_clone();
        let file = file.map_err(|error| fault::from_io("read", self.path(), &error))?;
        for _ in 0..TRIES {
            // Takes over a map that another process made larger.
            self.read(|_| Ok(()))?;
            if let Some((meta, meta_page, txn)) = self.pinned(&file)? {
                let pin = Arc::clone(&self.pins);
                return Ok(Step::Done(Snapshot { file, meta, meta_page, txn, _pin: pin }));
            }
            thread::yield_now();
        }
        Ok(Step::Pending)
    }

    fn pinned(&self, file: &File) -> Result<Option<Pinned>> {
        let _open = self.enter()?;
        pin(self.env(), file).map_err(|why| why.told(&self.path().join(DATA_FILE)))
    }
}

/// A meta page, read and whole, and what holds on to its state.
pub(in crate::store) type Pinned = (Meta, Vec<u8>, RoTxn<'static, WithoutTls>);

/// Why a state could not be taken.
pub(in crate::store) enum Unpinned {
    Lmdb(heed::Error),
    File(Wrong),
}

impl Unpinned {
    pub(in crate::store) fn told(self, path: &Path) -> Error {
        match self {
            Self::Lmdb(error) => fault::lmdb("read", path, &error),
            Self::File(wrong) => refusal(path, wrong),
        }
    }
}

/// The state that readers see now; `None` where a commit came between.
///
/// A commit writes its meta page first, into the slot of the state before the last, and tells readers of it
/// once that is synced. So while readers are told of the same state as before, nobody has begun to write
/// over its meta page: neither one who syncs for long, nor one who was killed meanwhile.
pub(in crate::store) fn pin(
    env: &Env<WithoutTls>,
    file: &File,
) -> Result<Option<Pinned>, Unpinned> {
    let txn = env.clone().static_read_txn().map_err(Unpinned::Lmdb)?;
    let id = txn.id();
    let first = Meta::read(file, 0).map_err(Unpinned::File)?;
    let mut meta_page = vec![0; first.page_size as usize];
    let slot = (id as u64 & 1) * u64::from(first.page_size);
    read_at(file, slot, &mut meta_page).map_err(|error| Unpinned::File(Wrong::Io(error)))?;
    let meta = Meta::read(file, slot).map_err(Unpinned::File)?;
    let told = env.read_txn().map_err(Unpinned::Lmdb)?.id();
    Ok((meta.txn == id as u64 && told == id).then_some((meta, meta_page, txn)))
}
