//! Opening the store in a folder for reading only: not a byte of the data file changes.
//!
//! Where the process may write to `lock.mdb`, LMDB's locks are used as by all others. Where it may not (another user's
//! files, a read-only medium) the file is read without them, and `reading` minds that nobody writes meanwhile.

use std::io;
use std::path::Path;

use super::deltas::Deltas;
use super::disk::Disk;
use super::files::DATA_FILE;
use super::files::environment::{self, Syncing};
use super::files::fault;
use super::files::home::Home;
use super::files::lock_file;
use super::files::open_lock::OpenLock;
use super::files::process_lock::ProcessLock;
use super::open::MAP_SIZE;
use super::raw::inspect::{self, Look};
use super::reading::Reading;
use super::tables::Tables;
use super::vouch::Vouch;
use crate::{Error, Result};

impl Disk {
    /// Opens the store in the folder `path`, which must be there, for reading only.
    ///
    /// # Errors
    /// `Store` where there is none, it cannot be read or the format is newer, `Corrupt` where what is there is not
    /// ours or damaged, `Locked` where another copy of this code has it open in this process, or a process has it
    /// open for writing and `lock.mdb` may not be written to.
    pub fn open_to_read(path: &Path) -> Result<Self> {
        let data = path.join(DATA_FILE);
        expect_database(path, &data)?;
        let look = inspect::look(&data)?;
        let process_lock = ProcessLock::open_to_read(&data)?;
        let may_make = is_ours(&process_lock);
        let open_lock = OpenLock::share_to_read(path, may_make)?;
        let is_locked = open_lock.is_some() && lock_file::may_be_used(path, may_make)?;
        let home = match &open_lock {
            Some(open_lock) if is_locked => {
                process_lock.claim_to_read(&data)?;
                Home::hold(path, &process_lock, open_lock)?
            }
            _ => Home::hold_unlocked(path, &process_lock)?,
        };
        if !is_locked && (look == Look::Moving || process_lock.is_written(path)) {
            return Err(written(path));
        }
        let syncing = if is_locked { Syncing::Reading } else { Syncing::ReadingUnlocked };
        let env = environment::open(path, MAP_SIZE, syncing)?;
        home.expect_in(&env)?;
        if look == Look::Moving {
            inspect::check_pinned(&data, &env)?;
        }
        let failed = |error: heed::Error| fault::lmdb("open", path, &error);
        env.clear_stale_readers().map_err(failed)?;
        let tables = Tables::open_to_read(&env).map_err(failed)?.ok_or_else(|| lacking(path))?;
        let vouch = Vouch::of(&env, tables.revisions).map_err(failed)?;
        let reading = Reading::of(path, &env, &tables, is_locked).map_err(failed)?;
        let locks = (process_lock, open_lock, home);
        let deltas = Box::new(Deltas::new(false, 0)); // of what is written
        Ok(Self::of(path, &env, locks, (tables, vouch), Some(reading), deltas))
    }
}

/// Passes if there is a data file that is not empty.
fn expect_database(path: &Path, data: &Path) -> Result<()> {
    match data.metadata() {
        Ok(found) if found.is_file() && found.len() == 0 => Err(lacking(path)),
        Err(error)
            if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) =>
        {
            Err(lacking(path))
        }
        _ => Ok(()),
    }
}

/// Whether the data file is this process's user's, who may make the lock files that are missing. Made by
/// somebody else they would lock the owner out.
fn is_ours(data: &ProcessLock) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let owner = data.file().metadata().map(|found| found.uid());
        owner.is_ok_and(|owner| owner == rustix::process::geteuid().as_raw())
    }
    #[cfg(not(unix))]
    {
        let _ = data;
        true
    }
}

fn lacking(path: &Path) -> Error {
    Error::Store {
        message: format!("cannot open {}: there is no database to read", path.display()),
        cause: format!("{DATA_FILE} is not there, or empty"),
    }
}

fn written(path: &Path) -> Error {
    Error::Locked(format!(
        "cannot open {} for reading only: another process has it open for writing, and lock.mdb, by which it would \
         be kept from what is read, may not be written to",
        path.display()
    ))
}
