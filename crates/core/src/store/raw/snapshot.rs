//! A state of the file that stays as it is while its pages are read from outside of LMDB.
//!
//! A read transaction keeps LMDB from using the pages of its state anew, so that they can be read as
//! bytes while others write. As long as one is held the file grows by what is written.

use std::fs::File;
use std::io;
use std::sync::Arc;

use heed::{RoTxn, WithoutTls};

use crate::store::DATA_FILE;
use crate::store::disk::Disk;
use crate::store::files::fault;
use crate::store::raw::inspect::page::{Meta, read_at};
use crate::{Error, Result};

/// A meta page is written anew by every second commit: so often it is looked for again.
const TRIES: u32 = 1000;

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
    /// Takes the state of the last commit. Costs some 20 us.
    ///
    /// # Errors
    /// `Store` where the file cannot be read, or others commit without a pause.
    pub(in crate::store) fn snapshot(&self) -> Result<Snapshot> {
        let path = self.path().join(DATA_FILE);
        let mut file =
            File::open(&path).map_err(|error| fault::from_io("read", self.path(), &error))?;
        for _ in 0..TRIES {
            // Takes over a map that another process made larger.
            self.read(|_| Ok(()))?;
            match self.pinned(file)? {
                Ok(snapshot) => return Ok(snapshot),
                Err(again) => file = again,
            }
        }
        Err(Error::Store {
            message: format!("cannot read {}", path.display()),
            cause: "others commit without a pause".into(),
        })
    }

    /// The state of the last commit; the file again where a commit came between.
    fn pinned(&self, file: File) -> Result<Result<Snapshot, File>> {
        let failed = |error: io::Error| fault::from_io("read", self.path(), &error);
        let txn = self.long_read()?;
        let id = txn.id() as u64;
        let Ok(first) = Meta::read(&file, 0) else {
            return Err(self.corrupt("it is not an LMDB file"));
        };
        let mut meta_page = vec![0; first.page_size as usize];
        let slot = (id & 1) * u64::from(first.page_size);
        read_at(&file, slot, &mut meta_page).map_err(failed)?;
        let meta = Meta::read(&file, slot).ok().filter(|meta| meta.txn == id);
        // Until the next commit has ended, that one writes to the other slot.
        let quiet = self.last_txn()? == txn.id();
        Ok(match meta.filter(|_| quiet) {
            Some(meta) => Ok(Snapshot { file, meta, meta_page, txn, _pin: Arc::clone(&self.pins) }),
            None => Err(file),
        })
    }
}
