//! Copying a database's file while others write to it.
//!
//! A copy is made in a folder of its own inside the target. It is moved up once it is complete and durable, so
//! that no interruption leaves something that looks like a database.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};

use crate::Result;
use crate::graph::Step;
use crate::store::disk::Disk;
use crate::store::files::place::Place;
use crate::store::files::{DATA_FILE, fault};
use crate::store::open::DiskOptions;
use crate::store::raw::inspect::{self, page::read_up_to};
use crate::store::raw::snapshot::Snapshot;

/// Bytes copied at a time: about 1 ms.
const COPY_BATCH: u64 = 1 << 20;

/// A copy of the file in progress.
pub(crate) struct FileCopy {
    snapshot: Snapshot,
    place: Place,
    out: File,
    next: u64,
    end: u64,
    name: Option<String>,
    buffer: Vec<u8>,
    pub(crate) revisions: u32,
}

impl FileCopy {
    /// Starts to copy what is committed by now to `place`; `Pending` if no consistent state of the file was
    /// found yet.
    ///
    /// # Errors
    /// `Store`, `Full`.
    pub(crate) fn new(
        disk: &Disk,
        place: impl FnOnce() -> Result<Place>,
        name: Option<String>,
    ) -> Result<Step<Self>> {
        let Step::Done(snapshot) = disk.snapshot()? else {
            return Ok(Step::Pending);
        };
        let place = place()?;
        let revisions = disk.revisions_of(&snapshot)?;
        let path = place.making().join(DATA_FILE);
        let mut options = File::options();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600); // as LMDB makes the file that is copied
        let out = options.open(&path).map_err(|error| fault::from_io("create", &path, &error))?;
        let page = u64::from(snapshot.meta.page_size);
        let end = ((snapshot.meta.last_page + 1) * page).max(2 * page);
        Ok(Step::Done(Self {
            next: 2 * page,
            end,
            snapshot,
            place,
            out,
            name,
            revisions,
            buffer: Vec::new(),
        }))
    }

    /// Returns the bytes copied, and their total.
    pub(crate) const fn progress(&self) -> (u64, u64) {
        (self.next, self.end)
    }

    /// Succeeds if the state that is being copied still exists.
    ///
    /// # Errors
    /// `Locked`, for a file that is read without LMDB's locks.
    pub(crate) fn expect_kept(&self, disk: &Disk) -> Result<()> {
        disk.expect_kept(self.snapshot.txn.id())
    }

    /// Copies some more.
    ///
    /// # Errors
    /// `Store`, `Full`.
    pub(crate) fn step(&mut self) -> Result<Step<()>> {
        let at = self.place.making().join(DATA_FILE);
        let copied = self.copy().map_err(|error| fault::from_io("copy to", &at, &error))?;
        Ok(if copied { Step::Done(()) } else { Step::Pending })
    }

    /// Copies some more; returns whether that was all.
    fn copy(&mut self) -> io::Result<bool> {
        let count = COPY_BATCH.min(self.end - self.next);
        if count > 0 {
            self.out.seek(SeekFrom::Start(self.next))?;
            #[expect(clippy::cast_possible_truncation, reason = "at most a stretch")]
            self.buffer.resize(count as usize, 0);
            // The last pages may be free ones that were never written; then the file ends earlier.
            let read = read_up_to(&self.snapshot.file, self.next, &mut self.buffer)?;
            self.out.write_all(&self.buffer[..read])?;
            self.next += count;
            return Ok(false);
        }
        self.out.set_len(self.end)?;
        self.write_meta()?;
        self.out.sync_all()?;
        Ok(true)
    }

    /// Writes both meta pages for the same state, the other one as the transaction before.
    fn write_meta(&mut self) -> io::Result<()> {
        let txn = self.snapshot.meta.txn;
        let page = u64::from(self.snapshot.meta.page_size);
        for txn in [txn.saturating_sub(1), txn] {
            let slot = txn & 1;
            let bytes = &mut self.snapshot.meta_page;
            bytes[..8].copy_from_slice(&slot.to_le_bytes());
            bytes[144..152].copy_from_slice(&txn.to_le_bytes());
            self.out.seek(SeekFrom::Start(slot * page))?;
            self.out.write_all(&self.snapshot.meta_page)?;
        }
        Ok(())
    }

    /// Inspects the copy as opening does, names it, and moves it into its place.
    ///
    /// # Errors
    /// `Corrupt` if the copied pages are not consistent; `Store`, `Full`.
    pub(crate) fn finish(self) -> Result<()> {
        let Self { snapshot, place, out, name, .. } = self;
        drop((snapshot, out));
        inspect::check(&place.making().join(DATA_FILE))?;
        if let Some(name) = name {
            let copy = Disk::open_there(place.making(), &DiskOptions::default(), &|| name.clone())?;
            copy.rename(&name)?;
        }
        place.publish()
    }
}

impl Disk {
    /// Gives the database another name.
    fn rename(&self, name: &str) -> Result<()> {
        self.write(|txn| {
            self.put_name(txn, name)?;
            self.stamp(txn)
        })
        .map(|_| ())
    }

    fn revisions_of(&self, snapshot: &Snapshot) -> Result<u32> {
        let _open = self.enter()?;
        self.count(&snapshot.txn).map_err(|fault| self.ours(fault))
    }
}
