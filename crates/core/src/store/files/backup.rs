//! Copying a database's file while others write to it, and giving a copy its place.
//!
//! A copy is made in a folder of its own below the target and moved up when it is whole and on the
//! disk, so that no interruption leaves what looks like a database.

use std::fs::{self, File};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::graph::Step;
use crate::store::DATA_FILE;
use crate::store::disk::{Disk, DiskOptions};
use crate::store::files::fault;
use crate::store::files::stale_temp::{Making, sweep};
use crate::store::heads::ours;
use crate::store::raw::inspect::{self, page::read_up_to};
use crate::store::raw::snapshot::Snapshot;
use crate::{Error, Result};

/// Bytes that are copied at once: about 1 ms.
const STRETCH: u64 = 1 << 20;

/// Where a copy is made, and where it goes. Dropped before `publish`, it removes what was made.
#[derive(Debug)]
pub(crate) struct Place {
    target: PathBuf,
    making: PathBuf,
    /// The claim on the folder in which it is made; `None` where that is somebody else's.
    claim: Option<Making>,
    /// Whether the target's folder was not there.
    new: bool,
}

impl Place {
    /// Makes the folder `target` where it is missing, and one named after `what` and `unique` inside, and
    /// removes those that processes left that were killed.
    ///
    /// # Errors
    /// `Store` where there is a database already, or the folder cannot be made.
    pub(crate) fn new(target: &Path, what: &str, unique: u64) -> Result<Self> {
        if target.join(DATA_FILE).exists() {
            return Err(taken(target));
        }
        let new = !target.exists();
        let failed = |error: io::Error| fault::from_io("create a folder in", target, &error);
        make_folder(target).map_err(failed)?;
        sweep(target);
        let mut place =
            Self { target: target.to_path_buf(), making: PathBuf::new(), claim: None, new };
        let claim = Making::claim(target, what, unique).map_err(failed)?;
        place.making = claim.folder().to_path_buf();
        place.claim = Some(claim);
        make_folder(place.making()).map_err(failed)?;
        Ok(place)
    }

    /// A place where a copy was made in the folder `making`.
    pub(crate) fn of(making: &Path, target: &Path) -> Self {
        Self { target: target.to_path_buf(), making: making.to_path_buf(), claim: None, new: false }
    }

    /// Where the copy is made.
    pub(crate) fn making(&self) -> &Path {
        &self.making
    }

    /// Gives the copy its place: on the disk, and without writing over anything.
    ///
    /// # Errors
    /// `Store` where a database has come there meanwhile, or the medium fails.
    pub(crate) fn publish(self) -> Result<()> {
        let (from, to) = (self.making.join(DATA_FILE), self.target.join(DATA_FILE));
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::AlreadyExists => taken(&self.target),
            _ => fault::from_io("write", &to, &error),
        };
        let file = File::options().write(true).open(&from);
        file.and_then(|file| file.sync_all()).map_err(failed)?;
        // A link, since a rename writes over what is there. Not every file system has them.
        if let Err(error) = fs::hard_link(&from, &to) {
            if error.kind() == io::ErrorKind::AlreadyExists || to.exists() {
                return Err(taken(&self.target));
            }
            fs::rename(&from, &to).map_err(failed)?;
        }
        sync_folder(&self.target).map_err(failed)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // What cannot be removed says by its name what it is.
        match self.claim.take() {
            Some(claim) => drop(claim),
            None if self.making.as_os_str().is_empty() => {}
            None => drop(fs::remove_dir_all(&self.making)),
        }
        if self.new {
            drop(fs::remove_dir(&self.target)); // not where it holds anything
        }
    }
}

fn taken(target: &Path) -> Error {
    Error::Store {
        message: format!("{} holds a database already", target.display()),
        cause: format!("{DATA_FILE} is there"),
    }
}

/// Makes a folder and those above it that are missing, and has their entries written to the disk.
pub(in crate::store) fn make_folder(path: &Path) -> io::Result<()> {
    let is_missing = |folder: &&Path| !folder.as_os_str().is_empty() && !folder.exists();
    let missing: Vec<_> = path.ancestors().take_while(is_missing).collect();
    fs::create_dir_all(path)?;
    missing.iter().filter_map(|folder| folder.parent()).try_for_each(sync_folder)
}

/// Has the entries of a folder written to the disk, where the file system can do that.
#[cfg(unix)]
pub(in crate::store) fn sync_folder(folder: &Path) -> io::Result<()> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    match File::open(folder)?.sync_all() {
        Err(error)
            if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) =>
        {
            Ok(())
        }
        synced => synced,
    }
}

/// The system has no such call.
#[cfg(not(unix))]
pub(in crate::store) fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

/// A copy of the file under way.
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
    /// Starts to copy what is committed by now to `place`; `Pending` where no state of the file could be
    /// had yet.
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
        let out = File::options().write(true).create_new(true).open(&path);
        let out = out.map_err(|error| fault::from_io("create", &path, &error))?;
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

    /// Bytes that are copied, and in all.
    pub(crate) const fn progress(&self) -> (u64, u64) {
        (self.next, self.end)
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

    /// Whether it is all there.
    fn copy(&mut self) -> io::Result<bool> {
        let count = STRETCH.min(self.end - self.next);
        if count > 0 {
            self.out.seek(SeekFrom::Start(self.next))?;
            #[expect(clippy::cast_possible_truncation, reason = "at most a stretch")]
            self.buffer.resize(count as usize, 0);
            // The last pages may be free ones that were never written: then the file ends before.
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

    /// Both meta pages say the same state, the other one as the transaction before.
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

    /// Looks at the copy as at a file that is to be opened, names it, and gives it its place.
    ///
    /// # Errors
    /// `Corrupt` where the pages that were copied do not hold together; `Store`, `Full`.
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
        self.count(&snapshot.txn).map_err(|fault| ours(self, fault))
    }
}
