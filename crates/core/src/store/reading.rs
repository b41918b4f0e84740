//! What is minded where a file is open for reading only.
//!
//! By LMDB's locks a reader is safe from writers. Where `lock.mdb` may not be written to nothing keeps a writer from
//! the pages that are read: a commit writes its meta page before the next one may write over pages of the state before.
//! So what was read counts where the meta page is the same before and after.

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
    /// Whether writers know of what is read.
    is_locked: bool,
    /// Tables that the file is older than: whoever writes to it makes them.
    lacking: Vec<&'static str>,
    /// The table of tables.
    main: Option<Database<Bytes, Bytes>>,
    /// The state that was looked at last.
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

    /// Whether the file must be opened anew, for a table that it has by now.
    pub(super) fn is_outdated(&self) -> bool {
        self.outdated.load(Ordering::Acquire)
    }

    /// Runs `read` inside of a transaction.
    ///
    /// # Errors
    /// `Locked` where others write meanwhile, or have made a table; those of `read`.
    pub(super) fn read<R>(
        &self,
        (data, env): (&ProcessLock, &Env<WithoutTls>),
        txn: &RoTxn<'_, WithoutTls>,
        read: &mut impl FnMut(&RoTxn<'_, WithoutTls>) -> Result<R, Fault>,
    ) -> Result<R, Fault> {
        self.accept(data, txn)?;
        let answer = read(txn);
        // Whatever it is: of pages that were written over an error may come as well.
        self.expect_kept(txn.id(), env.info().last_txn_id)?;
        answer
    }

    /// Passes if `last` is the state that was read, or that state is kept by LMDB's locks.
    ///
    /// # Errors
    /// `Locked`.
    pub(super) fn expect_kept(&self, read: usize, last: usize) -> Result<()> {
        if self.is_locked || last == read { Ok(()) } else { Err(self.changed()) }
    }

    /// Takes over a state that others committed.
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
                "{} got a table that it lacked: it is being opened anew",
                self.path.display()
            ))
            .into());
        }
        self.accepted.store(id, Ordering::Release);
        Ok(())
    }

    /// Whether a table is there that was lacking.
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
            "{} is being written to by another process, which is not kept from what is read: lock.mdb may not be \
             written to",
            self.path.display()
        ))
    }
}
