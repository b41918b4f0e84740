//! A state of the file that does not change while its pages are read without LMDB.
//!
//! A read transaction keeps LMDB from reusing the pages of its state, so that they can be read as bytes while
//! others write. As long as one is held, the file grows by what is written.

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

/// Tries before the caller may check whether the state is still wanted, since a commit may interfere; some 20
/// us each.
const PIN_TRIES: u32 = 50;

/// A state of the file.
pub(in crate::store) struct Snapshot {
    pub(in crate::store) file: File,
    pub(in crate::store) meta: Meta,
    /// The bytes of the meta page of this state.
    pub(in crate::store) meta_page: Vec<u8>,
    /// Never read through: it holds the pages.
    pub(in crate::store) txn: RoTxn<'static, WithoutTls>,
    /// Marks the file as in use.
    _pin: Arc<()>,
}

impl Disk {
    /// Takes the state of the last commit that readers see. Costs some 20 us; `Pending` if others committed
    /// during each of many tries.
    ///
    /// # Errors
    /// `Store` if the file cannot be read.
    pub(in crate::store) fn snapshot(&self) -> Result<Step<Snapshot>> {
        let file = self.process_lock.file().try_clone();
        let file = file.map_err(|error| fault::from_io("read", self.path(), &error))?;
        for _ in 0..PIN_TRIES {
            // Adopts a map that another process made larger.
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
