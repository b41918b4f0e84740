//! The LMDB environment: opening, reading, and writing a group in one transaction.
//!
//! Starts no thread, but where `tables` says. A read transaction lasts one call; a gate keeps them out while
//! the map is resized.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use heed::types::{Bytes, Str};
use heed::{Database, Env, RoTxn, RwTxn, WithoutTls};

use super::tables::Tables;
use super::vouch::Vouch;
use super::{DATA_FILE, key, stamp};
use crate::graph::Pos;
use crate::store::files::backup::make_folder;
use crate::store::files::compact::clear;
use crate::store::files::create::create;
use crate::store::files::environment::{self, Syncing};
use crate::store::files::fault;
use crate::store::files::home::Home;
use crate::store::files::open_lock::Folder;
use crate::store::files::process_lock::ProcessLock;
use crate::store::format::record::{self, Record};
use crate::store::raw::inspect::{self, Look};
use crate::{Error, Result, failpoint};

/// Largest map that is tried at open; address space, not memory.
const MAP_SIZE: usize = 1 << 40;
/// After so many commits the slots of readers that died are looked for: while one is taken, no page
/// that was in use then is used again, and the file grows.
const COMMITS_PER_CLEARING: u32 = 64;

/// How to open a store.
#[derive(Debug, Clone, Default)]
pub struct DiskOptions {
    /// Whether a power loss may undo the last commits (it never breaks the store).
    pub relaxed: bool,
    /// First map size that is tried, in bytes; by default 1 TiB. It grows when it is full.
    pub map_size: Option<usize>,
}

/// An open store.
pub struct Disk {
    path: PathBuf,
    env: Env<WithoutTls>,
    pub(super) revisions: Database<Bytes, Bytes>,
    pub(super) graph: Database<Bytes, Bytes>,
    pub(super) meta: Database<Str, Bytes>,
    /// What is left of deleted revisions that others name.
    pub(super) dead: Database<Bytes, Bytes>,
    /// Positions of which nothing is left.
    pub(super) gone: Database<Bytes, Bytes>,
    /// When revisions were found to be reached by nothing.
    pub(super) marks: Database<Bytes, Bytes>,
    /// What was cut away.
    pub(super) cut: Database<Bytes, Bytes>,
    /// Shut while the map is resized; holds the error after which there is no map any more.
    gate: RwLock<Option<Error>>,
    commits: AtomicU32,
    /// Whether the gate holds an error.
    shut: AtomicBool,
    /// One for each who reads the file for long.
    pub(super) pins: Arc<()>,
    pub(super) vouch: Option<Vouch>,
    /// Given back behind the environment, as the next ones.
    pub(super) sole: ProcessLock,
    pub(super) folder: Arc<Folder>,
    pub(super) home: Arc<Home>,
}

impl std::fmt::Debug for Disk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Disk({})", self.path.display())
    }
}

impl Disk {
    /// Opens the store in the folder `path`, or makes one there, named by `name()` if it is new.
    ///
    /// # Errors
    /// `Store` where the folder cannot be made or written or the format is newer, `Corrupt` where
    /// what is there is not ours or damaged, which is left byte for byte as it was, `Locked` where
    /// another copy of this code has it open in this process.
    pub fn open(path: &Path, options: &DiskOptions, name: &dyn Fn() -> String) -> Result<Self> {
        make_folder(path).map_err(|error| fault::from_io("create the folder", path, &error))?;
        create(path, name)?;
        Self::open_there(path, options, name)
    }

    /// Opens the store in the folder `path`, which is there, or makes one in its place.
    pub(super) fn open_there(
        path: &Path,
        options: &DiskOptions,
        name: &dyn Fn() -> String,
    ) -> Result<Self> {
        let data = path.join(DATA_FILE);
        let is_new = !data.exists();
        let look = inspect::look(&data)?;
        let folder = Folder::share(path)?;
        let sole = ProcessLock::claim(&data)?;
        let home = Home::hold(path, &sole, &folder)?;
        clear(path);
        let syncing = if options.relaxed { Syncing::Relaxed } else { Syncing::Each };
        let env = environment::open(path, options.map_size.unwrap_or(MAP_SIZE), syncing)?;
        home.expect_in(&env)?;
        if look == Look::Moving {
            inspect::check_pinned(&data, &env)?;
        }
        env.clear_stale_readers().map_err(|error| fault::lmdb("open", path, &error))?;
        let tables = Tables::open(&env, is_new, name).map_err(|error| match error {
            Fault::Lmdb(error) => fault::lmdb("open", path, &error),
            Fault::Ours(error) => error,
        })?;
        let vouch =
            Vouch::of(&env, tables.revisions).map_err(|error| fault::lmdb("open", path, &error))?;
        Ok(Self { vouch, ..Self::of(path, &env, (sole, folder, home), tables) })
    }

    fn of(
        path: &Path,
        env: &Env<WithoutTls>,
        (sole, folder, home): (ProcessLock, Folder, Home),
        tables: Tables,
    ) -> Self {
        let Tables { revisions, graph, meta, dead, gone, marks, cut } = tables;
        Self {
            revisions,
            graph,
            meta,
            dead,
            gone,
            marks,
            cut,
            path: path.to_path_buf(),
            gate: RwLock::new(None),
            env: env.clone(),
            commits: AtomicU32::new(0),
            shut: AtomicBool::new(false),
            pins: Arc::new(()),
            sole,
            vouch: None,
            folder: Arc::new(folder),
            home: Arc::new(home),
        }
    }

    /// What the data file is: its device and inode, where the system tells them.
    pub(crate) fn file(&self) -> Option<(u64, u64)> {
        let data = self.home.data();
        cfg!(unix).then_some((data.device, data.inode))
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// All tables by name.
    pub(super) fn tables(&self) -> [(&'static str, Database<Bytes, Bytes>); 7] {
        [
            ("revisions", self.revisions),
            ("graph", self.graph),
            ("meta", self.meta.remap_key_type()),
            ("dead", self.dead),
            ("gone", self.gone),
            ("marks", self.marks),
            ("cut", self.cut),
        ]
    }

    /// For what goes beside transactions; the gate must be held.
    pub(super) const fn env(&self) -> &Env<WithoutTls> {
        &self.env
    }

    pub(super) fn map_size(&self) -> Result<usize> {
        let _open = self.enter()?;
        Ok(self.env.info().map_size)
    }

    /// Id of the last transaction that any process committed. Costs some 20 ns.
    pub(crate) fn last_txn(&self) -> Result<usize> {
        let _open = self.enter()?;
        Ok(self.env.info().last_txn_id)
    }

    /// Keeps the map from being resized.
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
                    read(&txn)
                })
            };
            match outcome {
                Ok(answer) => return Ok(answer),
                Err(Fault::Lmdb(error)) if fault::is_map_event(&error) => self.adopt_map()?,
                Err(Fault::Lmdb(error)) => return Err(self.fault("read", &error)),
                Err(Fault::Ours(error)) => return Err(error),
            }
        }
    }

    /// Runs `write` inside a write transaction and commits; again from the start after the map grew.
    ///
    /// The answer comes with the id of the transaction.
    pub(crate) fn write<R>(
        &self,
        mut write: impl FnMut(&mut RwTxn<'_>) -> Result<R, Fault>,
    ) -> Result<(R, usize)> {
        self.vouch_for_writing()?;
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

    /// Whether nothing can be read or written any more before the folder is opened anew: the map could
    /// not be replaced, or the meta page not be written.
    pub(crate) fn is_shut(&self) -> bool {
        self.shut.load(Ordering::Acquire)
    }

    /// Shuts the gate where LMDB refuses all transactions, as it does once writing a meta page failed.
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
        let answer = write(&mut txn)?;
        let id = txn.id();
        txn.commit().inspect_err(|_| self.note_given_up(id as u64))?;
        Ok((answer, id))
    }

    /// Notes on a meta page that could not be written what it was to be of.
    fn note_given_up(&self, id: u64) {
        if matches!(self.env.read_txn(), Err(heed::Error::Mdb(heed::MdbError::Panic))) {
            // Where this fails too, most likely nothing of that page reached the disk.
            drop(stamp::give_up(self.sole.file(), id));
        }
    }

    fn grow_map(&self) -> Result<()> {
        let size = self.map_size()?.checked_mul(2).ok_or_else(|| {
            Error::Full(format!("cannot grow the map of {}", self.path.display()))
        })?;
        self.resize(size)
    }

    /// Takes over the size that another process gave to the map.
    fn adopt_map(&self) -> Result<()> {
        self.resize(0)
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
            // LMDB has given the old map back by now and has no new one: nothing can be read.
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
        self.vouch(txn, pos, pos.get())?;
        Ok(self.revisions.get(txn, &key(pos))?.and_then(|value| record::decode(pos, value)))
    }

    /// The position that the next revision gets.
    pub(crate) fn next(&self, txn: &RoTxn<'_, WithoutTls>) -> Result<u32, Fault> {
        Ok(self.after_last(txn)?.max(self.deletions(txn)?.next))
    }

    /// The position behind the last record.
    fn after_last(&self, txn: &RoTxn<'_, WithoutTls>) -> Result<u32, Fault> {
        let Some((last, _)) = self.revisions.last(txn)? else {
            return Ok(0);
        };
        let last = self.position_of(last)?.get();
        if last > Pos::MAX.get() {
            return Err(self.corrupt("a position that is never given").into());
        }
        Ok(last + 1)
    }

    /// The position that a key of a table is.
    pub(super) fn position_of(&self, key: &[u8]) -> Result<Pos> {
        let bytes: [u8; 4] = key.try_into().map_err(|_| self.corrupt("a key of another length"))?;
        #[expect(clippy::big_endian_bytes, reason = "keys sort bytewise")]
        Ok(Pos::new(u32::from_be_bytes(bytes)))
    }

    fn fault(&self, what: &str, error: &heed::Error) -> Error {
        fault::lmdb_in(what, &self.path, &self.home.place(), error)
    }

    pub(crate) fn corrupt(&self, what: &str) -> Error {
        let path = self.path.display();
        Error::Corrupt { message: format!("{path} is damaged: {what}"), subject: None }
    }
}

/// An error inside a transaction: LMDB's, so that the map can grow, or ours.
#[derive(Debug)]
pub(crate) enum Fault {
    Lmdb(heed::Error),
    Ours(Error),
}

impl From<heed::Error> for Fault {
    fn from(error: heed::Error) -> Self {
        Self::Lmdb(error)
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Ours(error)
    }
}
