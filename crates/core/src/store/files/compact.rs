//! A new file for a database: all that is in it, in order, and nothing else.
//!
//! It is made aside, in a folder of its own, synced, and then renamed over the old one, which no other process
//! may have open: so at every moment the one or the other is there, whole.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use heed::types::{Bytes, Str};
use heed::{Database, PutFlags};

use crate::store::disk::Disk;
use crate::store::files::DATA_FILE;
use crate::store::files::environment::{self, Syncing};
use crate::store::files::fault::{self, Fault};
use crate::store::files::home::Home;
use crate::store::files::identity::Identity;
use crate::store::files::open_lock::OpenLock;
use crate::store::files::place::{MAKING, clear};
use crate::store::format::stamp;
use crate::{Error, Result, failpoint};

/// Table and key of the old file's last transaction.
const OLD_STAMP: (&str, &[u8]) = ("meta", stamp::KEY.as_bytes());
/// One transaction copies about this many bytes.
const COPY_BATCH: usize = 16 << 20;

/// A new file that can take the old one's place. Dropped before, it leaves all as it was.
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
    /// Bytes of the old file and of the new one.
    pub const fn sizes(&self) -> (u64, u64) {
        (self.before, self.after)
    }

    /// Passes if the path still leads to the old file, and nothing in this process reads that for long, as a
    /// backup does.
    ///
    /// # Errors
    /// `Store`, `Locked`.
    pub fn check(&self) -> Result<()> {
        self.home.expect_exchangeable()?;
        // The disk's own, and this one's.
        if Arc::strong_count(&self.pins) > 2 { Err(busy(&self.path)) } else { Ok(()) }
    }

    /// Puts the new file in the old one's place, which must be closed, on the disk for good; `exchanged` is
    /// told what the new file is as soon as it is there.
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
        // Where it fails the lock stays ours alone until the database is closed.
        drop(self.open_lock.share_again());
    }
}

impl Disk {
    /// Makes a new file of all that is in this one; no other process may have it open. Writes must wait
    /// until it has taken the old one's place, or is dropped.
    ///
    /// # Errors
    /// `Locked`; `Store`, `Full` for what the medium fails with.
    pub(crate) fn compact(&self) -> Result<Compaction> {
        if self.is_held() {
            return Err(busy(self.path()));
        }
        let (Some(open_lock), Some(old)) = (&self.open_lock, self.home.data()) else {
            return Err(Error::read_only(self.path()));
        };
        self.home.expect_exchangeable()?;
        let before = size(self.path())?;
        // A share is given back and taken anew meanwhile: no other process may do the same at once.
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

    fn copy_to(&self, making: &Path) -> Result<()> {
        self.vouch_for_all()?;
        let failed = |error: heed::Error| fault::lmdb("write", making, &error);
        let copy = environment::open(making, self.map_size()?, Syncing::Never)?;
        for (name, table) in self.tables.all() {
            let mut txn = copy.write_txn().map_err(failed)?;
            let to: Database<Bytes, Bytes> =
                copy.create_database(&mut txn, Some(name)).map_err(failed)?;
            txn.commit().map_err(failed)?;
            let mut last: Option<Vec<u8>> = None;
            loop {
                let rows = self.rows_behind(table, last.as_deref())?;
                let Some((key, _)) = rows.last() else {
                    break;
                };
                last = Some(key.clone());
                let mut txn = copy.write_txn().map_err(failed)?;
                // The file is a new one, with numbers of its own.
                let rows = rows.iter().filter(|(key, _)| (name, &key[..]) != OLD_STAMP);
                for (key, value) in rows {
                    to.put_with_flags(&mut txn, PutFlags::APPEND, key, value).map_err(failed)?;
                }
                txn.commit().map_err(failed)?;
                failpoint::hit("compact.copying");
            }
        }
        let mut txn = copy.write_txn().map_err(failed)?;
        let meta: Database<Str, Bytes> =
            copy.create_database(&mut txn, Some("meta")).map_err(failed)?;
        stamp::put(meta, &mut txn).map_err(failed)?;
        txn.commit().map_err(failed)?;
        copy.force_sync().map_err(failed)
    }

    /// Rows of a table behind a key, about a stretch of them.
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
