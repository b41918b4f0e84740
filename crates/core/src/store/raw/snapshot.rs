//! A state of the file that stays as it is while its pages are read from outside of LMDB.
//!
//! A read transaction keeps LMDB from using the pages of its state anew, so that they can be read as
//! bytes while others write. As long as one is held the file grows by what is written.

use std::fs::File;
use std::sync::Arc;
use std::thread;

use heed::{RoTxn, WithoutTls};

use crate::Result;
use crate::graph::Step;
use crate::store::disk::Disk;
use crate::store::files::{DATA_FILE, fault};
use crate::store::raw::inspect::page::Meta;
use crate::store::raw::pin::{Pinned, pin};

/// Tries before the caller may look whether the state is still wanted, since a commit may come between; some
/// 20 us each.
const PIN_TRIES: u32 = 50;

/// A state of the file.
pub(in crate::store) struct Snapshot {
    pub(in crate::store) file: File,
    pub(in crate::store) meta: Meta,
    /// The meta page of this state, whole.
    pub(in crate::store) meta_page: Vec<u8>,
    /// Never read through: it holds on to the pages.
    pub(in crate::store) txn: RoTxn<'static, WithoutTls>,
    /// Marks the file as in use.
    _pin: Arc<()>,
}

impl Disk {
    /// Takes the state of the last commit that readers see. Costs some 20 us; `Pending` where others
    /// committed at each of many tries.
    ///
    /// # Errors
    /// `Store` where the file cannot be read.
    pub(in crate::store) fn snapshot(&self) -> Result<Step<Snapshot>> {
        let file = self.process_lock.file().try_clone();
        let file = file.map_err(|error| fault::from_io("read", self.path(), &error))?;
        for _ in 0..PIN_TRIES {
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
