//! Folders in which files are made aside, and the places that these get when they are whole.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::store::files::stale_temp::{Making, sweep};
use crate::store::files::{DATA_FILE, fault};
use crate::{Error, Result};

/// The folder in which the new file is made.
pub(in crate::store) const MAKING: &str = "compact.partial";
/// Where a copy is made, and where it goes. Dropped before `publish`, it removes what was made.
#[derive(Debug)]
pub(crate) struct Place {
    target: PathBuf,
    making: PathBuf,
    /// The claim on the folder in which it is made; `None` where the caller has it.
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
        // A leftover that cannot be removed says by its name what it is.
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

/// Removes what a compaction that was interrupted has left.
pub(in crate::store) fn clear(path: &Path) {
    // A leftover that cannot be removed says by its name what it is.
    drop(fs::remove_dir_all(path.join(MAKING)));
}
