//! The LMDB environment: reading, and writing a group in one transaction.
//!
//! Starts no thread, except as `tables` says. A read transaction lasts one call. A gate keeps readers out while
//! the map is resized.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use heed::{Env, RoTxn, RwTxn, WithoutTls};

use super::deltas::Deltas;
use super::files::environment;
use super::files::fault::{self, Fault};
use super::files::home::Home;
use super::files::open_lock::OpenLock;
use super::files::process_lock::ProcessLock;
use super::format::record::{self, Record};
use super::format::{key, position, stamp};
use super::leaf_checks::LeafChecks;
use super::raw::inspect::page::Meta;
use super::reading::Reading;
use super::tables::Tables;
use crate::graph::Pos;
use crate::{Error, Result, failpoint};

/// Commits between two searches for the slots of dead readers. While such a slot is taken, LMDB does not reuse
/// the pages that were in use then, and the file grows.
const COMMITS_PER_CLEARING: u32 = 64;

/// An open store.
pub struct Disk {
    path: PathBuf,
    env: Env<WithoutTls>,
    pub(super) tables: Tables,
    pub(super) deltas: Box<Deltas>,
    /// Closed while the map is resized. Holds the error after which there is no map any more.
    gate: RwLock<Option<Error>>,
    commits: AtomicU32,
    /// Whether the last commit may have raised the format.
    pub(super) raised: AtomicBool,
    /// Whether the gate holds an error.
    shut: AtomicBool,
    /// Cloned by each long reader of the file.
    pub(super) pins: Arc<()>,
    pub(super) leaf_checks: Option<LeafChecks>,
    /// Present if it is open for reading only.
    reading: Option<Reading>,
    // Dropped after `env`, as are the next ones.
    pub(super) process_lock: ProcessLock,
    pub(super) open_lock: Option<Arc<OpenLock>>,
    pub(super) home: Arc<Home>,
}

impl std::fmt::Debug for Disk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Disk({})", self.path.display())
    }
}

impl Disk {
    /// Makes the store of an environment that was just opened.
    pub(super) fn of(
        path: &Path,
        env: &Env<WithoutTls>,
        (process_lock, open_lock, home): (ProcessLock, Option<OpenLock>, Home),
        (tables, leaf_checks): (Tables, Option<LeafChecks>),
        reading: Option<Reading>,
        deltas: Box<Deltas>,
    ) -> Self {
        Self {
            tables,
            deltas,
            reading,
            path: path.to_path_buf(),
            gate: RwLock::new(None),
            env: env.clone(),
            commits: AtomicU32::new(0),
            raised: AtomicBool::new(false),
            shut: AtomicBool::new(false),
            pins: Arc::new(()),
            process_lock,
            leaf_checks,
            open_lock: open_lock.map(Arc::new),
            home: Arc::new(home),
        }
    }

    /// Device and inode of the data file, if the system has these numbers.
    pub(crate) fn file(&self) -> Option<(u64, u64)> {
        let data = self.home.data()?;
        cfg!(unix).then_some((data.device, data.inode))
    }

    /// Whether it is open for reading only.
    pub(crate) const fn is_read_only(&self) -> bool {
        self.reading.is_some()
    }

    /// Whether a long reader holds a state of the file.
    pub(super) fn is_held(&self) -> bool {
        Arc::strong_count(&self.pins) > 1
    }

    /// Succeeds if it may be written to.
    ///
    /// # Errors
    /// `Denied`.
    pub(super) fn expect_writable(&self) -> Result<()> {
        if self.is_read_only() { Err(Error::read_only(&self.path)) } else { Ok(()) }
    }

    /// Returns the size of the data file in bytes.
    pub(crate) fn file_len(&self) -> Result<u64> {
        let metadata = self.process_lock.file().metadata();
        metadata.map(|it| it.len()).map_err(|error| fault::from_io("look at", &self.path, &error))
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// For calls outside of transactions; the gate must be held.
    pub(super) const fn env(&self) -> &Env<WithoutTls> {
        &self.env
    }

    pub(super) fn map_size(&self) -> Result<usize> {
        let _open = self.enter()?;
        Ok(self.env.info().map_size)
    }

    /// Id of the last transaction of any process. Costs some 20 ns.
    pub(crate) fn last_txn(&self) -> Result<usize> {
        let _open = self.enter()?;
        Ok(self.env.info().last_txn_id)
    }

    /// Succeeds if the state of transaction `read`, which was read outside of a call of `read`, has not been
    /// overwritten.
    ///
    /// # Errors
    /// `Locked`, for a file that is read without LMDB's locks.
    pub(super) fn expect_kept(&self, read: usize) -> Result<()> {
        let Some(reading) = &self.reading else { return Ok(()) };
        let last = self.last_txn()?;
        reading.expect_kept(read, last)
    }

    /// Keeps the map from being resized while the result lives.
    pub(super) fn enter(&self) -> Result<RwLockReadGuard<'_, Option<Error>>> {
        let open = self.gate.read().unwrap_or_else(PoisonError::into_inner);
        match &*open {
            Some(error) => Err(error.clone()),
            None => Ok(open),
        }
    }

    /// Runs `read` inside a read transaction.
    pub(crate) fn read<R>(
        &self,
        mut read: impl FnMut(&RoTxn<'_, WithoutTls>) -> Result<R, Fault>,
    ) -> Result<R> {
        loop {
            let outcome = {
                let _open = self.enter()?;
                self.env.read_txn().map_err(Fault::from).and_then(|txn| {
                    failpoint::hit("read");
                    match &self.reading {
                        None => read(&txn),
                        Some(reading) => {
                            reading.read((&self.process_lock, &self.env), &txn, &mut read)
                        }
                    }
                })
            };
            match outcome {
                Ok(answer) => return Ok(answer),
                Err(Fault::Lmdb(error)) if fault::is_map_event(&error) => self.adopt_map()?,
                Err(fault) => return Err(self.ours(fault)),
            }
        }
    }

    /// Runs `write` inside a write transaction and commits; runs it again from the start after the map grew.
    ///
    /// Returns the id of the transaction with the result.
    pub(crate) fn write<R>(
        &self,
        mut write: impl FnMut(&mut RwTxn<'_>) -> Result<R, Fault>,
    ) -> Result<(R, usize)> {
        self.expect_writable()?;
        if self.leaf_checks.as_ref().is_some_and(LeafChecks::is_due_before_writing) {
            self.check_all_leaves()?;
        }
        self.grow_in_time()?;
        loop {
            let outcome = {
                let _open = self.enter()?;
                self.commit(&mut write)
            };
            match outcome {
                Ok(answer) => return Ok(answer),
                Err(Fault::Lmdb(heed::Error::Mdb(heed::MdbError::MapFull))) => self.grow_map()?,
                Err(Fault::Lmdb(error)) if fault::is_map_event(&error) => self.adopt_map()?,
                Err(Fault::Lmdb(error)) => {
                    let error = self.fault("write", &error);
                    self.shut_if_refused(&error);
                    return Err(error);
                }
                Err(Fault::Ours(error)) => return Err(error),
            }
        }
    }

    /// Whether nothing can be read or written before the folder is opened again: because the map could not be
    /// replaced, the meta page could not be written, or a database open for reading got a table that it lacked.
    pub(crate) fn is_shut(&self) -> bool {
        self.shut.load(Ordering::Acquire) || self.reading.as_ref().is_some_and(Reading::is_outdated)
    }

    /// Closes the gate if LMDB refuses all transactions, as it does after failing to write a meta page.
    fn shut_if_refused(&self, error: &Error) {
        let mut shut = self.gate.write().unwrap_or_else(PoisonError::into_inner);
        if matches!(self.env.read_txn(), Err(heed::Error::Mdb(heed::MdbError::Panic))) {
            shut.get_or_insert_with(|| error.clone());
            self.shut.store(true, Ordering::Release);
        }
    }

    fn commit<R>(
        &self,
        write: &mut impl FnMut(&mut RwTxn<'_>) -> Result<R, Fault>,
    ) -> Result<(R, usize), Fault> {
        if self.commits.fetch_add(1, Ordering::Relaxed).is_multiple_of(COMMITS_PER_CLEARING) {
            self.env.clear_stale_readers()?;
        }
        let mut txn = self.env.write_txn()?;
        let written = write(&mut txn).and_then(|answer| {
            let id = txn.id();
            txn.commit().inspect_err(|_| self.note_given_up(id as u64))?;
            Ok((answer, id))
        });
        match &written {
            Ok((_, id)) => self.deltas.committed(*id),
            Err(_) => self.deltas.given_up(),
        }
        written
    }

    /// Notes the transaction on its meta page, which could not be written.
    fn note_given_up(&self, id: u64) {
        if matches!(self.env.read_txn(), Err(heed::Error::Mdb(heed::MdbError::Panic))) {
            // If this fails too, most likely nothing of that page reached the disk.
            drop(give_up(self.process_lock.file(), id));
        }
    }

    /// Grows the map once half of it is used, so that few groups meet a full map and must be decided again.
    fn grow_in_time(&self) -> Result<()> {
        let larger = {
            let _open = self.enter()?;
            let info = self.env.info();
            let used = info.last_page_number.saturating_mul(self.env.stat().page_size as usize);
            if used > info.map_size / 2 { environment::larger(info.map_size) } else { None }
        };
        larger.map_or(Ok(()), |size| self.resize(size))
    }

    fn grow_map(&self) -> Result<()> {
        let size = self.map_size()?;
        let larger = environment::larger(size).or_else(|| size.checked_mul(2));
        self.resize(larger.ok_or_else(|| {
            Error::Full(format!("cannot grow the map of {}", self.path.display()))
        })?)
    }

    /// Grows the map for what another process wrote after its end.
    fn adopt_map(&self) -> Result<()> {
        self.resize(self.process_lock.room().max(self.map_size()?))
    }

    fn resize(&self, size: usize) -> Result<()> {
        let mut shut = self.gate.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(error) = &*shut {
            return Err(error.clone());
        }
        #[expect(unsafe_code, reason = "heed marks resizing unsafe")]
        // SAFETY: the gate is held for writing, so that no transaction of this process is open.
        let resized = unsafe { self.env.resize(size) };
        resized.map_err(|error| {
            // LMDB has unmapped the old map by now and has no new one: nothing can be read.
            let error = fault::of_map(&self.path, &self.home.place(), &error);
            *shut = Some(error.clone());
            self.shut.store(true, Ordering::Release);
            error
        })
    }

    /// Reads the record at `pos`.
    pub(crate) fn record<'t>(
        &self,
        txn: &'t RoTxn<'_, WithoutTls>,
        pos: Pos,
    ) -> Result<Option<Record<'t>>, Fault> {
        self.check_leaves(txn, pos, pos.get())?;
        Ok(self.tables.revisions.get(txn, &key(pos))?.and_then(|value| record::decode(pos, value)))
    }

    /// Returns the position that the next revision gets.
    pub(crate) fn next(&self, txn: &RoTxn<'_, WithoutTls>) -> Result<u32, Fault> {
        Ok(self.after_last(txn)?.max(self.deletions(txn)?.next))
    }

    /// Returns the position after the last record.
    fn after_last(&self, txn: &RoTxn<'_, WithoutTls>) -> Result<u32, Fault> {
        let Some((last, _)) = self.tables.revisions.last(txn)? else {
            return Ok(0);
        };
        let last = self.position_of(last)?.get();
        if last > Pos::MAX.get() {
            return Err(self.corrupt("a position out of range").into());
        }
        Ok(last + 1)
    }

    /// Returns the position that a key of a table stands for.
    pub(super) fn position_of(&self, key: &[u8]) -> Result<Pos> {
        position(key).ok_or_else(|| self.corrupt("a key of the wrong length"))
    }

    /// Writes the number of the transaction, which has changed something or is about to.
    pub(crate) fn stamp(&self, txn: &mut RwTxn<'_>) -> Result<(), Fault> {
        Ok(stamp::put(self.tables.meta, txn)?)
    }

    /// Converts an error of a read transaction.
    pub(super) fn ours(&self, fault: Fault) -> Error {
        match fault {
            Fault::Lmdb(error) => self.fault("read", &error),
            Fault::Ours(error) => error,
        }
    }

    fn fault(&self, what: &str, error: &heed::Error) -> Error {
        fault::lmdb_in(what, &self.path, &self.home.place(), error)
    }

    pub(crate) fn corrupt(&self, what: &str) -> Error {
        let path = self.path.display();
        Error::Corrupt { message: format!("{path} is damaged: {what}"), subject: None }
    }
}

/// Notes on its meta page that writing it for the transaction `number` failed.
fn give_up(mut file: &File, number: u64) -> io::Result<()> {
    let meta = Meta::read(file, 0).map_err(|_| io::Error::other("no meta page"))?;
    let page = (number & 1) * u64::from(meta.page_size);
    file.seek(SeekFrom::Start(page + stamp::GIVEN_UP_AT as u64))?;
    file.write_all(&stamp::encode_given_up(number))
}
