//! Checks of a file that is open for reading only.
//!
//! LMDB's locks keep writers from what a reader reads. Without write access to `lock.mdb` nothing does. But a
//! commit writes its meta page before the next commit may overwrite pages of the state before. So what was read
//! is valid if the meta page is the same before and after.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use heed::types::Bytes;
use heed::{Database, Env, RoTxn, WithoutTls};

use super::files::fault::Fault;
use super::files::process_lock::ProcessLock;
use super::tables::Tables;
use crate::{Error, Result};

/// A file that is open for reading only.
pub(super) struct Reading {
    /// The folder.
    path: PathBuf,
    /// Whether writers know what is being read.
    is_locked: bool,
    /// Tables that the file lacks because it is older. The next writer makes them.
    lacking: Vec<&'static str>,
    /// The table of tables.
    main: Option<Database<Bytes, Bytes>>,
    /// The last state that was checked.
    accepted: AtomicUsize,
    /// Whether a table was made that was lacking.
    outdated: AtomicBool,
}

impl Reading {
    /// Begins with the state that readers see now.
    ///
    /// # Errors
    /// Any error of LMDB.
    pub(super) fn of(
        path: &Path,
        env: &Env<WithoutTls>,
        tables: &Tables,
        is_locked: bool,
    ) -> Result<Self, heed::Error> {
        let txn = env.read_txn()?;
        let main = env.open_database::<Bytes, Bytes>(&txn, None)?;
        let accepted = AtomicUsize::new(txn.id());
        txn.commit()?;
        let lacking = tables.lacking();
        let path = path.to_path_buf();
        Ok(Self { path, is_locked, lacking, main, accepted, outdated: AtomicBool::new(false) })
    }

    /// Whether the file must be opened again, because it got a table that it lacked.
    pub(super) fn is_outdated(&self) -> bool {
        self.outdated.load(Ordering::Acquire)
    }

    /// Runs `read` inside a transaction.
    ///
    /// # Errors
    /// `Locked` if others write meanwhile, or have made a table; those of `read`.
    pub(super) fn read<R>(
        &self,
        (data, env): (&ProcessLock, &Env<WithoutTls>),
        txn: &RoTxn<'_, WithoutTls>,
        read: &mut impl FnMut(&RoTxn<'_, WithoutTls>) -> Result<R, Fault>,
    ) -> Result<R, Fault> {
        self.accept(data, txn)?;
        let answer = read(txn);
        // Before looking at the result: overwritten pages may also cause an error.
        self.expect_kept(txn.id(), env.info().last_txn_id)?;
        answer
    }

    /// Succeeds if `last` is the state that was read, or LMDB's locks keep that state.
    ///
    /// # Errors
    /// `Locked`.
    pub(super) fn expect_kept(&self, read: usize, last: usize) -> Result<()> {
        if self.is_locked || last == read { Ok(()) } else { Err(self.changed()) }
    }

    /// Adopts a state that others committed.
    fn accept(&self, data: &ProcessLock, txn: &RoTxn<'_, WithoutTls>) -> Result<(), Fault> {
        let id = txn.id();
        if self.accepted.load(Ordering::Acquire) == id {
            return Ok(());
        }
        if !self.is_locked && data.is_written(&self.path) {
            return Err(self.changed().into());
        }
        if self.has_more_tables(txn)? {
            self.outdated.store(true, Ordering::Release);
            return Err(Error::Locked(format!(
                "{} got a table that it lacked and is being reopened",
                self.path.display()
            ))
            .into());
        }
        self.accepted.store(id, Ordering::Release);
        Ok(())
    }

    /// Whether a table exists that was lacking.
    fn has_more_tables(&self, txn: &RoTxn<'_, WithoutTls>) -> Result<bool, Fault> {
        let Some(main) = self.main else { return Ok(false) };
        for name in &self.lacking {
            if main.get(txn, name.as_bytes())?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn changed(&self) -> Error {
        Error::Locked(format!(
            "{} is being written to by another process, and cannot be read meanwhile because this process \
             may not write to lock.mdb",
            self.path.display()
        ))
    }
}
