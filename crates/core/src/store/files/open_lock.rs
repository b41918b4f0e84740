//! The lock of a database's folder: shared by the processes that have it open, alone to exchange its file.
//!
//! It stands in a file of its own, `open.lock`, which is never removed and holds nothing. LMDB's write lock
//! is held while the lock is made one's own, so that of two processes that ask for it neither takes the
//! moment in which the other has given its share back.

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
    /// Takes a share, as long as the database is open.
    ///
    /// # Errors
    /// `Locked` while a process exchanges the file; `Store` where the lock cannot be made.
    pub(in crate::store) fn share(path: &Path) -> Result<Self> {
        let opened = Self::open(path, true);
        let opened = opened.map_err(|error| fault::from_io("open", &path.join(LOCK_FILE), &error));
        Self::share_of(opened?, path)
    }

    /// As `share`, for one that only reads the database: the file is made with `may_make` only. `None` where it
    /// is not there, or may not be read.
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

    /// The lock's file.
    pub(in crate::store::files) const fn file(&self) -> &File {
        &self.file
    }

    /// Makes the lock one's own. The caller holds LMDB's write lock.
    ///
    /// # Errors
    /// `Locked` if another process has the database open; the share is kept then.
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

    /// Keeps a share only.
    ///
    /// # Errors
    /// `Store` where the system cannot lock.
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
