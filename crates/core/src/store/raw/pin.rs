//! Holding the state of a file that readers see.

use std::fs::File;
use std::path::Path;

use heed::{Env, RoTxn, WithoutTls};

use crate::Error;
use crate::store::files::fault;
use crate::store::raw::inspect::page::{Meta, read_at};
use crate::store::raw::inspect::wrong::Wrong;

/// A meta page, parsed and as bytes, and the transaction that holds its state.
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
            Self::File(wrong) => wrong.refusal(path),
        }
    }
}

/// Takes the state that readers see now; `None` if a commit came between.
///
/// A commit first writes its meta page, into the slot of the state before the last, and shows it to readers
/// once it is synced. So while readers see the same state as before, no writer has begun to overwrite its meta
/// page: neither one that takes long to sync, nor one that was killed meanwhile.
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
