//! A new file for a database: its content in order, and nothing else.
//!
//! The file is made in a folder of its own, synced, and then renamed over the old one, which no other process
//! may have open. So at every moment the one or the other exists, complete.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use heed::types::{Bytes, Str};
use heed::{Database, Env, PutFlags, RwTxn, WithoutTls};

use crate::store::disk::Disk;
use crate::store::files::DATA_FILE;
use crate::store::files::environment::{self, Syncing};
use crate::store::files::fault::{self, Fault};
use crate::store::files::home::Home;
use crate::store::files::identity::Identity;
use crate::store::files::open_lock::OpenLock;
use crate::store::files::place::{MAKING, clear};
use crate::store::format::{FORMAT_VERSION, stamp};
use crate::store::rebasing::{Rebasing, Target};
use crate::{Error, Result, failpoint};

/// Table and key of the number of the old file's last transaction.
const OLD_STAMP: (&str, &[u8]) = ("meta", stamp::KEY.as_bytes());
/// One transaction copies about this many bytes.
const COPY_BATCH: usize = 16 << 20;

/// A new file that can replace the old one. If dropped without `put`, it leaves all as it was.
#[derive(Debug)]
pub struct Compaction {
    path: PathBuf,
    home: Arc<Home>,
    open_lock: Arc<OpenLock>,
    pins: Arc<()>,
    before: u64,
    after: u64,
    made: Identity,
}

impl Compaction {
    /// Returns the bytes of the old file and of the new one.
    pub const fn sizes(&self) -> (u64, u64) {
        (self.before, self.after)
    }

    /// Succeeds if the path still leads to the old file, and no long reader of this process, such as a backup,
    /// uses that file.
    ///
    /// # Errors
    /// `Store`, `Locked`.
    pub fn check(&self) -> Result<()> {
        self.home.expect_exchangeable()?;
        // One of the disk's own, and one of this value.
        if Arc::strong_count(&self.pins) > 2 { Err(busy(&self.path)) } else { Ok(()) }
    }

    /// Moves the new file into the place of the old one, which must be closed, durably. Calls `exchanged` with
    /// the new file's device and inode as soon as it is there.
    ///
    /// # Errors
    /// `Store`, `Full`.
    pub fn put<F: FnOnce((u64, u64))>(self, exchanged: F) -> Result<()> {
        failpoint::hit("compact.copied");
        self.home.exchange(&Path::new(MAKING).join(DATA_FILE))?;
        exchanged((self.made.device, self.made.inode));
        self.home.withdraw(&self.open_lock);
        failpoint::hit("compact.renamed");
        self.home.sync()
    }
}

impl Drop for Compaction {
    fn drop(&mut self) {
        if self.home.is_here() {
            clear(&self.path);
        }
        // If this fails, the lock stays exclusive until the database is closed.
        drop(self.open_lock.share_again());
    }
}

/// The new file.
struct Copy<'p> {
    env: Env<WithoutTls>,
    making: &'p Path,
}

impl Copy<'_> {
    fn write(&self, write: impl FnOnce(&mut RwTxn<'_>) -> Result<(), Fault>) -> Result<()> {
        let mut txn = self.env.write_txn().map_err(|error| self.failed(error.into()))?;
        write(&mut txn).map_err(|fault| self.failed(fault))?;
        txn.commit().map_err(|error| self.failed(error.into()))
    }

    fn failed(&self, fault: Fault) -> Error {
        match fault {
            Fault::Ours(error) => error,
            Fault::Lmdb(error) => fault::lmdb("write", self.making, &error),
        }
    }
}

impl Disk {
    /// Makes a new file with the content of this one, which no other process may have open. Writes must wait
    /// until the new file has replaced the old one, or is dropped.
    ///
    /// # Errors
    /// `Locked`; `Store` or `Full` if the medium fails.
    pub(crate) fn compact(&self) -> Result<Compaction> {
        if self.is_held() {
            return Err(busy(self.path()));
        }
        let (Some(open_lock), Some(old)) = (&self.open_lock, self.home.data()) else {
            return Err(Error::read_only(self.path()));
        };
        self.home.expect_exchangeable()?;
        let before = size(self.path())?;
        // The share is released and the lock taken again; the write transaction keeps another process from
        // doing the same meanwhile.
        self.write(|_| Ok(open_lock.take_alone()?))?;
        let mut made = Compaction {
            path: self.path().to_path_buf(),
            home: Arc::clone(&self.home),
            open_lock: Arc::clone(open_lock),
            pins: Arc::clone(&self.pins),
            before,
            after: 0,
            made: old,
        };
        let mut start = 0;
        loop {
            let (swept, _) = self.write(|txn| self.sweep(txn, start))?;
            if swept.left == 0 || swept.records == 0 {
                break;
            }
            start = swept.next;
        }
        let place = self.home.place();
        clear(&place);
        let making = place.join(MAKING);
        fs::create_dir_all(&making)
            .map_err(|error| fault::from_io("create the folder", &making, &error))?;
        self.copy_to(&making)?;
        made.after = size(&making)?;
        let new = making.join(DATA_FILE);
        made.made = Identity::at(&new).map_err(|error| fault::from_io("read", &new, &error))?;
        Ok(made)
    }

    /// Writes all tables into a new file, choosing the bases of texts again.
    fn copy_to(&self, making: &Path) -> Result<()> {
        self.check_all_leaves()?;
        // Texts are written in the latest format.
        self.write(|txn| self.raise_format(txn, FORMAT_VERSION))?;
        let room = environment::room_for(self.map_size()? as u64);
        let to = Copy { env: environment::open(making, room, Syncing::Never)?, making };
        let mut tables = Vec::new();
        to.write(|txn| {
            for (name, old) in self.tables.all() {
                tables.push((name, old, to.env.create_database(txn, Some(name))?));
            }
            Ok(())
        })?;
        let new = |name| tables.iter().find(|table| table.0 == name).map(|table| table.2);
        let target = new("revisions").zip(new("bases"));
        for &(name, old, table) in &tables {
            match (name, target) {
                ("bases", Some(_)) => {}
                ("revisions", Some((revisions, bases))) => {
                    self.copy_revisions(&to, old, Target { revisions, bases })?;
                }
                _ => self.copy_rows(&to, old, |txn, (key, value)| {
                    // The new file numbers its own transactions.
                    if (name, key) == OLD_STAMP {
                        return Ok(());
                    }
                    Ok(table.put_with_flags(txn, PutFlags::APPEND, key, value)?)
                })?,
            }
        }
        if let Some(meta) = new("meta") {
            to.write(|txn| Ok(stamp::put(meta.remap_key_type::<Str>(), txn)?))?;
        }
        to.env.force_sync().map_err(|error| to.failed(error.into()))
    }

    fn copy_revisions(
        &self,
        to: &Copy<'_>,
        old: Database<Bytes, Bytes>,
        target: Target,
    ) -> Result<()> {
        let mut rebasing = Rebasing::new(self, target);
        self.copy_rows(to, old, |txn, (key, value)| {
            rebasing.put(txn, (self.position_of(key)?, value))
        })?;
        let next = self.read(|txn| self.next(txn))?;
        to.write(|txn| rebasing.finish(txn, next))
    }

    /// Writes all rows of a table, in order.
    fn copy_rows(
        &self,
        to: &Copy<'_>,
        old: Database<Bytes, Bytes>,
        mut put: impl FnMut(&mut RwTxn<'_>, (&[u8], &[u8])) -> Result<(), Fault>,
    ) -> Result<()> {
        let mut last: Option<Vec<u8>> = None;
        loop {
            let rows = self.rows_behind(old, last.as_deref())?;
            let Some((key, _)) = rows.last() else { return Ok(()) };
            last = Some(key.clone());
            to.write(|txn| rows.iter().try_for_each(|(key, value)| put(txn, (key, value))))?;
            failpoint::hit("compact.copying");
        }
    }

    /// Returns rows of a table after a key, about one batch of them.
    fn rows_behind(
        &self,
        table: Database<Bytes, Bytes>,
        last: Option<&[u8]>,
    ) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
        use std::ops::Bound::{Excluded, Unbounded};
        let range = (last.map_or(Unbounded, Excluded), Unbounded);
        self.read(|txn| {
            let mut rows = Vec::new();
            let mut bytes = 0;
            for entry in table.range(txn, &range).map_err(Fault::from)? {
                let (key, value) = entry?;
                bytes += key.len() + value.len();
                rows.push((key.to_vec(), value.to_vec()));
                if bytes >= COPY_BATCH {
                    break;
                }
            }
            Ok(rows)
        })
    }
}

fn size(folder: &Path) -> Result<u64> {
    let file = folder.join(DATA_FILE);
    let found = fs::metadata(&file);
    found.map(|found| found.len()).map_err(|error| fault::from_io("read", &file, &error))
}

fn busy(path: &Path) -> Error {
    Error::Locked(format!("cannot compact {}: it is being backed up or verified", path.display()))
}
