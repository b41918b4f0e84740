//! Folders in which files are made, and the places that these get when they are complete.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::store::files::stale_temp::{Making, sweep};
use crate::store::files::{DATA_FILE, fault};
use crate::{Error, Result};

/// The folder in which compaction makes the new file.
pub(in crate::store) const MAKING: &str = "compact.partial";
/// Where a copy is made, and where it goes. Dropped before `publish`, it removes what was made.
#[derive(Debug)]
pub(crate) struct Place {
    target: PathBuf,
    making: PathBuf,
    /// The claim on the folder in which the copy is made; `None` if the caller has it.
    claim: Option<Making>,
    /// Whether the target folder did not exist.
    new: bool,
}

impl Place {
    /// Makes the folder `target` if it is missing, and in it one named after `what` and `unique`. Removes those
    /// that killed processes left.
    ///
    /// # Errors
    /// `Store` if the target holds a database already, or the folder cannot be made.
    pub(crate) fn new(target: &Path, what: &str, unique: u64) -> Result<Self> {
        if target.join(DATA_FILE).exists() {
            return Err(taken(target));
        }
        let new = !target.exists();
        let failed = |error: io::Error| fault::from_io("create a folder in", target, &error);
        make_folder(target).map_err(|error| fault::from_io("create the folder", target, &error))?;
        sweep(target);
        let mut place =
            Self { target: target.to_path_buf(), making: PathBuf::new(), claim: None, new };
        let claim = Making::claim(target, what, unique).map_err(failed)?;
        place.making = claim.folder().to_path_buf();
        place.claim = Some(claim);
        make_folder(place.making()).map_err(failed)?;
        Ok(place)
    }

    /// A copy that was made in the folder `making`.
    pub(crate) fn of(making: &Path, target: &Path) -> Self {
        Self { target: target.to_path_buf(), making: making.to_path_buf(), claim: None, new: false }
    }

    /// Where the copy is made.
    pub(crate) fn making(&self) -> &Path {
        &self.making
    }

    /// Moves the copy into its place, durably and without overwriting anything.
    ///
    /// # Errors
    /// `Store` if a database has appeared there meanwhile, or the medium fails.
    pub(crate) fn publish(self) -> Result<()> {
        let (from, to) = (self.making.join(DATA_FILE), self.target.join(DATA_FILE));
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::AlreadyExists => taken(&self.target),
            _ => fault::from_io("write", &to, &error),
        };
        let file = File::options().write(true).open(&from);
        file.and_then(|file| file.sync_all()).map_err(failed)?;
        // Uses a link, since a rename overwrites. Not every file system has links.
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

/// Makes a folder and its missing parents, and writes their entries to the disk.
pub(in crate::store) fn make_folder(path: &Path) -> io::Result<()> {
    let is_missing = |folder: &&Path| !folder.as_os_str().is_empty() && !folder.exists();
    let missing: Vec<_> = path.ancestors().take_while(is_missing).collect();
    fs::create_dir_all(path)?;
    missing.iter().filter_map(|folder| folder.parent()).try_for_each(sync_folder)
}

/// Writes the entries of a folder to the disk, if the file system can do that.
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

/// This system has no such call.
#[cfg(not(unix))]
pub(in crate::store) fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Removes what an interrupted compaction left.
pub(in crate::store) fn clear(path: &Path) {
    // A leftover that cannot be removed says by its name what it is.
    drop(fs::remove_dir_all(path.join(MAKING)));
}
