//! The lock of a database's folder: shared by the processes that have it open, exclusive to exchange its file.
//!
//! The lock is on a file of its own, `open.lock`, which is never removed and is empty. Making the lock
//! exclusive requires LMDB's write lock: so of two processes that want it exclusively, neither takes it in the
//! moment when the other has released its share.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use fs4::FileExt;

use crate::store::files::{agreement, fault, lock_file, regular};
use crate::{Error, Result};

pub(in crate::store::files) const LOCK_FILE: &str = "open.lock";

/// A share of the lock.
#[derive(Debug)]
pub(in crate::store) struct OpenLock {
    file: File,
    path: PathBuf,
}

impl OpenLock {
    /// Takes a share, for as long as the database is open.
    ///
    /// # Errors
    /// `Locked` while a process exchanges the file; `Store` if the lock cannot be made.
    pub(in crate::store) fn share(path: &Path) -> Result<Self> {
        let opened = Self::open(path, true);
        let opened = opened.map_err(|error| fault::from_io("open", &path.join(LOCK_FILE), &error));
        Self::share_of(opened?, path)
    }

    /// As `share`, for a process that only reads the database: makes the file only if `may_make`. `None` if it
    /// is missing, or may not be read.
    ///
    /// # Errors
    /// As `share`.
    pub(in crate::store) fn share_to_read(path: &Path, may_make: bool) -> Result<Option<Self>> {
        let opened = match Self::open(path, false) {
            Err(error) if error.kind() == io::ErrorKind::NotFound && may_make => {
                Self::open(path, true)
            }
            opened => opened,
        };
        match opened {
            Ok(file) => Self::share_of(file, path).map(Some),
            Err(error) if lock_file::is_withheld(&error) => Ok(None),
            Err(error) => Err(fault::from_io("open", &path.join(LOCK_FILE), &error)),
        }
    }

    fn open(path: &Path, make: bool) -> io::Result<File> {
        let mut options = File::options();
        options.read(true).write(make).create(make).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600); // as LMDB makes its own
        regular::open(&path.join(LOCK_FILE), &mut options)
    }

    fn share_of(file: File, path: &Path) -> Result<Self> {
        match FileExt::try_lock_shared(&file) {
            Ok(()) => Ok(Self { file, path: path.to_path_buf() }),
            Err(fs4::TryLockError::WouldBlock) => Err(Error::Locked(format!(
                "{} is being compacted by another process: open it when that is done",
                path.display()
            ))),
            Err(fs4::TryLockError::Error(error)) => {
                Err(fault::from_io("lock", &path.join(LOCK_FILE), &error))
            }
        }
    }

    /// The file of the lock.
    pub(in crate::store::files) const fn file(&self) -> &File {
        &self.file
    }

    /// Makes the lock exclusive. The caller holds LMDB's write lock.
    ///
    /// # Errors
    /// `Locked` if another process has the database open; the share is kept.
    pub(in crate::store) fn take_alone(&self) -> Result<()> {
        let taken = FileExt::try_lock(&self.file);
        if taken.is_ok() {
            return Ok(());
        }
        self.share_again()?;
        Err(Error::Locked(format!(
            "cannot compact {}: another process has it open",
            self.path.display()
        )))
    }

    /// Makes the lock shared again.
    ///
    /// # Errors
    /// `Store` if the system cannot lock.
    pub(in crate::store) fn share_again(&self) -> Result<()> {
        FileExt::lock_shared(&self.file)
            .map_err(|error| fault::from_io("lock", &self.path.join(LOCK_FILE), &error))
    }
}

impl Drop for OpenLock {
    /// Explicitly, since a child that is being spawned may hold the file a moment longer.
    fn drop(&mut self) {
        agreement::withdraw(&self.file);
    }
}
