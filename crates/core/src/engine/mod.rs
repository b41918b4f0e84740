//! The engine: one graph index over one store, on disk or in memory.
//!
//! Holds what several threads share: any number of readers, and at most one writer at a time. Starts no thread.
//! `read` reads revisions and heads, `commit` writes, `growth` and `dead` keep the index up to date, `erase`
//! and `prune` delete, `compact` shrinks the file, `verify` checks everything, `damage` remembers damaged
//! revisions, `whole` asks whether a revision is whole, `tombstones` lists revisions without data, `send` reads
//! revisions for another database, `stats` counts, `moves` remembers which heads moved lately, `log` records it
//! for good, `log_page` reads the log, `log_newest` finds the newest entry of a branch there, `log_copy` carries it
//! into a backup, `backup` copies the database, `abbreviation` finds refs by their first digits, `changes` finds
//! who changed a value.

mod abbreviation;
mod backup;
mod changes;
mod commit;
mod compact;
mod damage;
mod dead;
mod erase;
mod growth;
mod log;
mod log_copy;
mod log_newest;
mod log_numbers;
mod log_page;
mod moves;
mod prune;
mod read;
mod send;
mod stats;
mod tombstones;
mod verify;
mod whole;

pub use abbreviation::Abbreviated;
pub use backup::Backup;
pub use changes::Changed;
pub use log_page::{LogEntry, LogId, LogPage, LoggedPlace};
pub use moves::Move;
pub use send::Packed;
pub use stats::Stats;
pub use tombstones::Holding;
pub use verify::{Findings, Verification};

use std::path::Path;
use std::sync::atomic::{AtomicU64, AtomicUsize};
use std::sync::{Mutex, RwLock};

use crate::graph::{Graph, Index, Pos};
use crate::store::{Disk, DiskOptions, Medium, Memory, MemoryOptions};
use crate::{Ref, Result};

/// A database.
pub struct Engine {
    name: String,
    index: RwLock<Index>,
    /// Threads waiting to read the index.
    readers: AtomicUsize,
    medium: Medium,
    damage: damage::Damage,
    /// The last transaction, of any process, whose revisions the index has.
    seen: AtomicUsize,
    /// The number of the last deletion, of any process, that the index has.
    deletions: AtomicU64,
    /// The last transaction whose deletions were loaded.
    looked: AtomicUsize,
    /// Chunks that were missing or damaged at opening. They are written later, so that opening does not wait
    /// for a write.
    lacking: Mutex<Vec<Pos>>,
    moves: moves::Moves,
    counted: Mutex<stats::Counted>,
    log: log::Log,
    newest_moves: log_newest::NewestMoves,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Engine({:?}, {:?})", self.name, self.medium)
    }
}

impl Engine {
    /// Makes a database in memory. `seed` keys its hash table; draw it at random.
    pub fn memory(name: String, seed: u64, options: &MemoryOptions) -> Self {
        Self {
            name,
            index: RwLock::new(Index::new(seed)),
            readers: AtomicUsize::new(0),
            damage: damage::Damage::default(),
            medium: Medium::Memory(Box::new(Memory::new(options))),
            seen: AtomicUsize::new(0),
            deletions: AtomicU64::new(0),
            looked: AtomicUsize::new(0),
            lacking: Mutex::default(),
            moves: moves::Moves::new(0),
            counted: Mutex::default(),
            log: log::Log::default(),
            newest_moves: log_newest::NewestMoves::default(),
        }
    }

    /// Opens the database in the folder `path`, or makes one, named by `name()` if it is new.
    ///
    /// A path must be open at most once in a process. Costs some 80 ns a revision.
    ///
    /// # Errors
    /// `Store`, `Corrupt` or `Full`, naming the path; the files are left as they were.
    pub fn open(
        path: &Path,
        options: &DiskOptions,
        seed: u64,
        name: &dyn Fn() -> String,
    ) -> Result<Self> {
        Self::over(Disk::open(path, options, name)?, seed)
    }

    /// Opens the database in the folder `path`, which must exist, for reading only: its file is not changed,
    /// and each write is `Denied`. It follows what other processes write. Costs what `open` does.
    ///
    /// # Errors
    /// As `open`; `Store` if there is none; `Locked` if a process has it open for writing and this one may not
    /// write to `lock.mdb`. Reads are `Locked` too in that case, once another process has written.
    pub fn open_to_read(path: &Path, seed: u64) -> Result<Self> {
        Self::over(Disk::open_to_read(path)?, seed)
    }

    fn over(disk: Disk, seed: u64) -> Result<Self> {
        let mut index = Index::new(seed);
        let (damaged, name, seen, deletions) = disk.read(|txn| {
            let damaged = disk.load(txn, &mut index)?;
            let name = disk.name(txn)?;
            Ok((damaged, name, txn.id(), disk.deletions(txn)?.generation))
        })?;
        Ok(Self {
            name,
            index: RwLock::new(index),
            readers: AtomicUsize::new(0),
            damage: damage::Damage::default(),
            medium: Medium::Disk(Box::new(disk)),
            seen: AtomicUsize::new(seen),
            deletions: AtomicU64::new(deletions),
            looked: AtomicUsize::new(seen),
            lacking: Mutex::new(damaged),
            moves: moves::Moves::new(seen),
            counted: Mutex::default(),
            log: log::Log::default(),
            newest_moves: log_newest::NewestMoves::default(),
        })
    }

    /// The name under which synchronizers know this database.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the database is in memory.
    pub fn is_memory(&self) -> bool {
        self.medium.disk().is_none()
    }

    /// Whether it is open for reading only.
    pub fn is_read_only(&self) -> bool {
        self.medium.disk().is_some_and(Disk::is_read_only)
    }

    /// Device and inode of the data file, if there is a file and the system has these numbers.
    pub fn file(&self) -> Option<(u64, u64)> {
        self.medium.disk().and_then(Disk::file)
    }

    /// Whether the medium failed in such a way that the database must be opened again before it can be used.
    pub fn must_reopen(&self) -> bool {
        self.medium.disk().is_some_and(Disk::is_shut)
    }

    /// Returns a number that changes after any process has committed, once the commit can be read; always 0 in
    /// memory. (LMDB reports its own last transaction before readers see it.) Costs a read transaction.
    ///
    /// # Errors
    /// Any error of reading the store.
    pub fn last_change(&self) -> Result<usize> {
        if self.is_memory() { Ok(0) } else { self.medium.read(|view| Ok(view.id())) }
    }

    /// Takes a snapshot of the graph for walks. Costs some 30 ns.
    pub fn graph(&self) -> Graph {
        self.index().snapshot()
    }

    /// Returns the position of a revision.
    ///
    /// # Errors
    /// `NotFound`, or `Shallow` if it was cut away; as `find`.
    pub fn position(&self, reference: &Ref) -> Result<Pos> {
        self.find(reference)?.ok_or_else(|| self.not_found(reference))
    }

    /// Returns the positions of revisions, in order. Looks them up together, so that the misses of the
    /// processor's caches overlap.
    ///
    /// # Errors
    /// As `position`, for the first that is missing.
    pub fn positions(&self, refs: &[Ref]) -> Result<Vec<Pos>> {
        self.notice_deletions()?;
        let found: Vec<_> = {
            let index = self.index();
            refs.iter().map(|reference| index.find(reference)).collect()
        };
        let found = found.into_iter().zip(refs);
        found.map(|(pos, reference)| pos.map_or_else(|| self.position(reference), Ok)).collect()
    }
}
