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
use super::tables::{SPECS, Tables};
use crate::{Error, Result};

/// A file that is open for reading only.
pub(super) struct Reading {
    /// The folder.
    path: PathBuf,
    /// Whether writers know of what is read.
    is_locked: bool,
    /// The table of tables, where the file is older than one of them: whoever writes to it makes it.
    lacking: Option<Database<Bytes, Bytes>>,
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
        let lacking = main.filter(|_| tables.lack_some());
        let path = path.to_path_buf();
        Ok(Self { path, is_locked, lacking, accepted, outdated: AtomicBool::new(false) })
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
        self.expect_same(env, txn.id())?;
        answer
    }

    /// Passes if nobody has committed since the state `id`, where that may write over what is read.
    ///
    /// # Errors
    /// `Locked`.
    pub(super) fn expect_same(&self, env: &Env<WithoutTls>, id: usize) -> Result<()> {
        if self.is_locked || env.info().last_txn_id == id { Ok(()) } else { Err(self.changed()) }
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
        if let Some(main) = self.lacking {
            // A file has all tables, or those of its age: so one that is made comes with all.
            for spec in SPECS.iter().filter(|spec| spec.may_lack) {
                if main.get(txn, spec.name.as_bytes())?.is_none() {
                    self.accepted.store(id, Ordering::Release);
                    return Ok(());
                }
            }
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

    fn changed(&self) -> Error {
        Error::Locked(format!(
            "{} is being written to by another process, which is not kept from what is read: lock.mdb may not be \
             written to",
            self.path.display()
        ))
    }
}
