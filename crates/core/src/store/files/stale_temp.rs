//! Folders in which a living process makes a file, and those that a killed one left.
//!
//! Beside the folder `<name>.partial` is the file `<name>.lock`, made before the folder and removed after it.
//! Its maker holds a lock on it: a process that gets this lock knows that the maker is dead. A folder without
//! the file is left alone. Of several sweepers at once, each may remove what another is about to.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use fs4::FileExt;

use crate::store::files::regular;

const FOLDER: &str = "partial";
const LOCK: &str = "lock";
/// Tries to make a claim: a sweeper may take the file for a leftover before it is locked.
const CLAIM_TRIES: u32 = 64;

/// A folder in which something is being made, and its lock. Dropping removes both.
#[derive(Debug)]
pub(in crate::store) struct Making {
    folder: PathBuf,
    lock: File,
}

impl Making {
    /// Claims the folder `<what>-<unique>.partial` in the existing folder `target`; the caller makes it later.
    ///
    /// # Errors
    /// `AlreadyExists` if the name is taken; any error of the medium.
    pub(in crate::store) fn claim(target: &Path, what: &str, unique: u64) -> io::Result<Self> {
        let folder = target.join(format!("{what}-{unique:016x}.{FOLDER}"));
        for _ in 0..CLAIM_TRIES {
            match Self::claim_folder(&folder) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    std::thread::yield_now();
                }
                claimed => return claimed,
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    fn claim_folder(folder: &Path) -> io::Result<Self> {
        let mut options = File::options();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let lock = options.open(folder.with_extension(LOCK))?;
        match FileExt::try_lock(&lock) {
            Ok(()) => Ok(Self { folder: folder.to_path_buf(), lock }),
            Err(fs4::TryLockError::WouldBlock) => Err(io::ErrorKind::AlreadyExists.into()),
            Err(fs4::TryLockError::Error(error)) => Err(error),
        }
    }

    /// The folder.
    pub(in crate::store) fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Making {
    fn drop(&mut self) {
        remove(&self.folder);
        drop(FileExt::unlock(&self.lock));
    }
}

/// Removes the leftovers of dead makers in `target`, where possible.
pub(in crate::store) fn sweep(target: &Path) {
    let Ok(entries) = fs::read_dir(target) else {
        return;
    };
    for entry in entries.flatten() {
        let lock = entry.path();
        if !is_ours(&lock) {
            continue;
        }
        let Ok(file) = regular::open(&lock, File::options().write(true)) else {
            continue;
        };
        if FileExt::try_lock(&file).is_ok() {
            remove(&lock.with_extension(FOLDER));
        }
    }
}

/// Whether a path is the lock of something being made.
fn is_ours(path: &Path) -> bool {
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let unique = stem.strip_prefix("new-").or_else(|| stem.strip_prefix("backup-"));
    let is_unique = unique.is_some_and(|unique| {
        unique.len() == 16 && unique.bytes().all(|byte| byte.is_ascii_hexdigit())
    });
    is_unique && path.extension().is_some_and(|extension| extension == LOCK)
}

/// Removes a folder, and then, if that succeeded, its lock.
fn remove(folder: &Path) {
    let removed = fs::remove_dir_all(folder);
    if removed.is_ok() || !folder.exists() {
        drop(fs::remove_file(folder.with_extension(LOCK)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(target: &Path, name: &str) -> PathBuf {
        let folder = target.join(name);
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("data.mdb"), "half").unwrap();
        folder
    }

    #[test]
    fn leftovers_of_a_dead_maker_are_removed_and_nothing_else() {
        let target = tempfile::tempdir().unwrap();
        let living = Making::claim(target.path(), "new", 1).unwrap();
        made(target.path(), "new-0000000000000001.partial");
        let dead = made(target.path(), "backup-0000000000000002.partial");
        let orphan = target.path().join("new-0000000000000003.lock");
        for lock in [&dead.with_extension(LOCK), &orphan] {
            fs::write(lock, "").unwrap();
        }
        let others = ["new-0000000000000004.partial", "new-x.partial", "compact.partial"];
        let others = others.map(|name| made(target.path(), name));
        let theirs = ["open.lock", "new-x.lock", "other-0000000000000005.lock"];
        let theirs = theirs.map(|name| target.path().join(name));
        for path in &theirs {
            fs::write(path, "").unwrap();
        }
        sweep(target.path());
        assert!(!dead.exists() && !dead.with_extension(LOCK).exists() && !orphan.exists());
        assert!(living.folder().join("data.mdb").exists());
        assert!(others.iter().chain(&theirs).all(|path| path.exists()));
        let folder = living.folder().to_path_buf();
        drop(living);
        assert!(!folder.exists() && !folder.with_extension(LOCK).exists());
    }

    #[test]
    fn concurrent_makers_and_sweepers_take_nothing_from_each_other() {
        let target = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for maker in 0..4 {
                let target = target.path();
                scope.spawn(move || {
                    for round in 0..200 {
                        sweep(target);
                        let making = Making::claim(target, "new", maker << 32 | round).unwrap();
                        fs::create_dir(making.folder()).unwrap();
                        let file = making.folder().join("data.mdb");
                        fs::write(&file, "mine").unwrap();
                        sweep(target);
                        assert!(file.exists(), "{} was swept away", file.display());
                    }
                });
            }
        });
        assert_eq!(fs::read_dir(target.path()).unwrap().count(), 0);
    }
}
