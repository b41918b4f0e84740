//! The folder of an open database and its three files, even if their paths have changed since.
//!
//! The folder is held by a descriptor, and the files are known by device and inode. Before a file is exchanged,
//! this checks that the path still leads to them.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use heed::{Env, WithoutTls};

use super::identity::Identity;
use super::{agreement, fault, lock_file};
use crate::store::files::open_lock;
use crate::store::files::open_lock::OpenLock;
use crate::store::files::process_lock::ProcessLock;
use crate::store::files::{DATA_FILE, LOCK_FILE};
use crate::{Error, Result};

/// The names of the files, in the order of `files`.
const NAMES: [&str; 3] = [DATA_FILE, open_lock::LOCK_FILE, LOCK_FILE];

/// A folder held by a descriptor.
#[derive(Debug)]
pub(in crate::store) struct Home {
    path: PathBuf,
    #[cfg(unix)]
    folder: File,
    identity: Identity,
    /// `None` for files that a reader does without.
    files: [Option<Identity>; 3],
    /// Held for its mark. Closed after the environment, since closing it releases LMDB's locks.
    lock: Option<File>,
}

impl Home {
    /// Holds the folder `path`, whose environment is about to be opened.
    ///
    /// # Errors
    /// `Locked` if a process has only some of its files open; `Store`, `Full`.
    pub(in crate::store) fn hold(
        path: &Path,
        sole: &ProcessLock,
        share: &OpenLock,
    ) -> Result<Self> {
        expect_closed(path)?;
        lock_file::prepare(path)?;
        let failed = |error: io::Error| fault::from_io("open", path, &error);
        let lock = lock_file::open(path).map_err(failed)?;
        let files = [
            Identity::of(sole.file()).map_err(failed)?,
            Identity::of(share.file()).map_err(failed)?,
            Identity::of(&lock).map_err(failed)?,
        ];
        if !agreement::agree([sole.file(), share.file(), &lock], &files) {
            return Err(Error::Locked(format!(
                "cannot open {}: it is open with other files. {} was removed, or {DATA_FILE} \
                 replaced, while it was open: close it there first",
                path.display(),
                open_lock::LOCK_FILE
            )));
        }
        Self::of(path, files.map(Some), Some(lock)).map_err(failed)
    }

    /// Holds the folder `path`, whose data file is about to be read without LMDB's locks.
    ///
    /// # Errors
    /// `Locked`, `Store`.
    pub(in crate::store) fn hold_unlocked(path: &Path, data: &ProcessLock) -> Result<Self> {
        expect_closed(path)?;
        let held = Identity::of(data.file())
            .and_then(|identity| Self::of(path, [Some(identity), None, None], None));
        held.map_err(|error| fault::from_io("open", path, &error))
    }

    fn of(path: &Path, files: [Option<Identity>; 3], lock: Option<File>) -> io::Result<Self> {
        #[cfg(unix)]
        let folder = at::hold(path)?;
        Ok(Self {
            path: path.to_path_buf(),
            #[cfg(unix)]
            identity: Identity::of(&folder)?,
            #[cfg(not(unix))]
            identity: Identity::at(path)?,
            #[cfg(unix)]
            folder,
            files,
            lock,
        })
    }

    /// Identity of the data file.
    pub(in crate::store) fn data(&self) -> Option<Identity> {
        self.files[0]
    }

    /// Succeeds if the environment has these very files.
    ///
    /// # Errors
    /// `Store` if one was replaced while it was opened.
    pub(in crate::store) fn expect_in(&self, env: &Env<WithoutTls>) -> Result<()> {
        let opened =
            env.try_clone_inner_file().map_err(|error| fault::lmdb("open", &self.path, &error))?;
        let is_data = Identity::of(&opened).is_ok_and(|data| Some(data) == self.data());
        if is_data { self.expect_here("open") } else { Err(self.elsewhere("open", DATA_FILE)) }
    }

    /// Whether the path still leads to the folder.
    pub(in crate::store) fn is_here(&self) -> bool {
        Identity::at(&self.path).is_ok_and(|found| found == self.identity)
    }

    /// Succeeds if the path still leads to the folder and to its files.
    ///
    /// # Errors
    /// `Store`, naming what it no longer leads to.
    pub(in crate::store) fn expect_here(&self, what: &str) -> Result<()> {
        if !self.is_here() {
            return Err(self.elsewhere(what, "the folder"));
        }
        let found = NAMES.map(|name| Identity::at(&self.path.join(name)).ok());
        let is_other =
            |(found, own): (&Option<Identity>, Option<Identity>)| own.is_some() && *found != own;
        let other = found.iter().zip(self.files).position(is_other);
        other.map_or(Ok(()), |at| Err(self.elsewhere(what, NAMES.get(at).unwrap_or(&DATA_FILE))))
    }

    /// Succeeds if the data file may be exchanged under its name.
    ///
    /// # Errors
    /// `Store` if the path no longer leads to the folder and its files. Also if the data file is a symbolic
    /// link: exchanging the link would leave the old file, which others know by its own name.
    pub(in crate::store) fn expect_exchangeable(&self) -> Result<()> {
        self.expect_here("compact")?;
        let data = self.path.join(DATA_FILE);
        if data.symlink_metadata().is_ok_and(|found| found.is_symlink()) {
            return Err(Error::Store {
                message: format!("cannot compact {}", self.path.display()),
                cause: format!(
                    "{DATA_FILE} is a symbolic link: compact the folder that it points to"
                ),
            });
        }
        Ok(())
    }

    fn elsewhere(&self, what: &str, name: &str) -> Error {
        Error::Store {
            message: format!(
                "cannot {what} {}: the path no longer leads to the files that are open",
                self.path.display()
            ),
            cause: format!("{name} was removed or replaced"),
        }
    }

    /// Returns a path to the held folder, for attempts inside it; its name, if the system offers no other path.
    pub(in crate::store) fn place(&self) -> PathBuf {
        #[cfg(target_os = "linux")]
        if !self.is_here() {
            use std::os::fd::AsRawFd;
            return PathBuf::from(format!("/proc/self/fd/{}", self.folder.as_raw_fd()));
        }
        self.path.clone()
    }

    /// Renames the file `from`, relative to the folder, over the data file that was open. The environment must
    /// be closed.
    ///
    /// # Errors
    /// `Store` if the data file has been replaced; it is left as it is. `Store`, `Full`.
    pub(in crate::store) fn exchange(&self, from: &Path) -> Result<()> {
        #[cfg(unix)]
        let renamed = {
            for (name, own) in NAMES.into_iter().zip(self.files) {
                if at::identity(&self.folder, name).ok() != own {
                    return Err(self.elsewhere("compact", name));
                }
            }
            at::rename(&self.folder, from, DATA_FILE)
        };
        #[cfg(not(unix))]
        let renamed = std::fs::rename(self.path.join(from), self.path.join(DATA_FILE));
        renamed.map_err(|error| self.failed(&error))
    }

    /// Writes the folder's entries to the disk, if the system can do that.
    ///
    /// # Errors
    /// `Store`, `Full`.
    pub(in crate::store) fn sync(&self) -> Result<()> {
        #[cfg(unix)]
        at::sync(&self.folder).map_err(|error| self.failed(&error))?;
        Ok(())
    }

    fn failed(&self, error: &io::Error) -> Error {
        fault::from_io_in("write", &self.path.join(DATA_FILE), &self.place(), error)
    }

    /// Removes the marks, before others may open the files that are there now.
    pub(in crate::store) fn withdraw(&self, share: &OpenLock) {
        agreement::withdraw(share.file());
        self.lock.iter().for_each(agreement::withdraw);
    }
}

impl Drop for Home {
    /// Explicitly, since a child that is being spawned may hold the file a moment longer.
    fn drop(&mut self) {
        self.lock.iter().for_each(agreement::withdraw);
    }
}

/// Succeeds if this process has no environment open that was opened under this path. Otherwise closing its lock
/// file here would release its locks.
fn expect_closed(path: &Path) -> Result<()> {
    let name = path.canonicalize().map_err(|error| fault::from_io("open", path, &error))?;
    if heed::env_closing_event(name).is_none() {
        return Ok(());
    }
    Err(Error::Locked(format!(
        "cannot open {}: this process has another database open that it opened under this path",
        path.display()
    )))
}

/// Calls that use the descriptor of a folder and not its path.
#[cfg(unix)]
mod at {
    use std::fs::File;
    use std::io;
    use std::path::Path;

    use rustix::fs::{Mode, OFlags, fsync, openat, renameat};

    use crate::store::files::identity::Identity;

    /// Holds a folder or file, without reading it if the system can do that.
    #[cfg(target_os = "linux")]
    const HOLD: OFlags = OFlags::PATH;
    #[cfg(not(target_os = "linux"))]
    const HOLD: OFlags = OFlags::RDONLY.union(OFlags::NONBLOCK);

    pub(super) fn hold(path: &Path) -> io::Result<File> {
        let flags = HOLD | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Ok(File::from(openat(rustix::fs::CWD, path, flags, Mode::empty())?))
    }

    pub(super) fn identity(folder: &File, name: &str) -> io::Result<Identity> {
        Identity::of(&File::from(openat(folder, name, HOLD | OFlags::CLOEXEC, Mode::empty())?))
    }

    pub(super) fn rename(folder: &File, from: &Path, to: &str) -> io::Result<()> {
        Ok(renameat(folder, from, folder, to)?)
    }

    /// Writes the folder's entries to the disk, if the file system can do that.
    pub(super) fn sync(folder: &File) -> io::Result<()> {
        use rustix::io::Errno;
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        match fsync(openat(folder, ".", flags, Mode::empty())?) {
            Err(Errno::INVAL | Errno::OPNOTSUPP) => Ok(()),
            synced => Ok(synced?),
        }
    }
}
