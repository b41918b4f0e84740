//! Opening the store in a folder for reading only: not a byte of the data file changes.
//!
//! If the process may write to `lock.mdb`, it uses LMDB's locks as all others do. If it may not (another user's
//! files, a read-only medium), it reads the file without them, and `reading` checks that nobody writes
//! meanwhile.

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
use super::leaf_checks::LeafChecks;
use super::raw::inspect::{self, Look};
use super::reading::Reading;
use super::tables::Tables;
use crate::{Error, Result};

impl Disk {
    /// Opens the store in the folder `path`, which must exist, for reading only.
    ///
    /// # Errors
    /// `Store` if there is none, it cannot be read or the format is newer. `Corrupt` if the file is damaged or
    /// not ours. `Locked` if another copy of this code has it open in this process, or a process has it open
    /// for writing and `lock.mdb` may not be written to.
    pub fn open_to_read(path: &Path) -> Result<Self> {
        let data = path.join(DATA_FILE);
        expect_database(path, &data)?;
        let process_lock = ProcessLock::open_to_read(&data)?;
        let may_make = is_ours(&process_lock);
        let open_lock = OpenLock::share_to_read(path, may_make)?;
        let is_locked = open_lock.is_some() && lock_file::may_be_used(path, may_make)?;
        Self::open_by(path, process_lock, open_lock, is_locked)
    }

    /// Opens it with LMDB's locks, or without.
    fn open_by(
        path: &Path,
        process_lock: ProcessLock,
        open_lock: Option<OpenLock>,
        is_locked: bool,
    ) -> Result<Self> {
        let data = path.join(DATA_FILE);
        let look = inspect::look(&data)?;
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
        let env = environment::open(path, process_lock.room(), syncing)?;
        home.expect_in(&env)?;
        if look == Look::Moving {
            inspect::check_pinned(&data, &env)?;
        }
        let failed = |error: heed::Error| fault::lmdb("open", path, &error);
        env.clear_stale_readers().map_err(failed)?;
        let tables = Tables::open_to_read(&env).map_err(failed)?.ok_or_else(|| lacking(path))?;
        let leaf_checks = LeafChecks::of(&env, &tables).map_err(failed)?;
        let reading = Reading::of(path, &env, &tables, is_locked).map_err(failed)?;
        let locks = (process_lock, open_lock, home);
        let deltas = Box::new(Deltas::new(false, 0)); // unused: nothing is written
        Ok(Self::of(path, &env, locks, (tables, leaf_checks), Some(reading), deltas))
    }
}

/// Succeeds if there is a data file that is not empty.
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

/// Whether the data file belongs to the user of this process. Only then may it make missing lock files: made by
/// another user they would lock the owner out.
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
        cause: format!("{DATA_FILE} is missing or empty"),
    }
}

fn written(path: &Path) -> Error {
    Error::Locked(format!(
        "cannot open {} for reading only: another process has it open for writing, and this \
         process may not write to lock.mdb, which protects readers from writers",
        path.display()
    ))
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::os::unix::fs::FileExt;
    use std::path::PathBuf;

    use heed::Database;
    use heed::types::{Bytes, Str};

    use super::*;
    use crate::graph::Step;
    use crate::store::files::fault::Fault;
    use crate::store::format::FORMAT_KEY;
    use crate::store::open::DiskOptions;
    use crate::store::raw::inspect::page::Meta;

    fn made() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        drop(Disk::open(folder.path(), &DiskOptions::default(), &|| "made".into()).unwrap());
        folder
    }

    /// Opens it as a process that may not write to `lock.mdb` does.
    fn unlocked(folder: &tempfile::TempDir) -> Disk {
        let data = ProcessLock::open_to_read(&folder.path().join(DATA_FILE)).unwrap();
        Disk::open_by(folder.path(), data, None, false).unwrap()
    }

    /// Does what another process does that commits the same state once more.
    fn commit(data: &PathBuf) {
        let file = File::options().read(true).write(true).open(data).unwrap();
        let first = Meta::read(&file, 0).ok().unwrap();
        let size = u64::from(first.page_size);
        let last = first.txn.max(Meta::read(&file, size).ok().unwrap().txn);
        let mut page = vec![0; first.page_size as usize];
        file.read_exact_at(&mut page, (last & 1) * size).unwrap();
        let next = last + 1;
        page[..8].copy_from_slice(&(next & 1).to_le_bytes());
        page[144..152].copy_from_slice(&next.to_le_bytes());
        file.write_all_at(&page, (next & 1) * size).unwrap();
    }

    fn name(disk: &Disk) -> Result<String> {
        disk.read(|txn| disk.name(txn))
    }

    #[test]
    fn without_locks_a_read_is_valid_only_if_nobody_commits_meanwhile() {
        let folder = made();
        let data = folder.path().join(DATA_FILE);
        let disk = unlocked(&folder);
        assert_eq!(name(&disk).unwrap(), "made");
        let answer = disk.read(|txn| {
            commit(&data);
            disk.name(txn)
        });
        assert!(matches!(answer, Err(Error::Locked(_))), "{answer:?}");
        let failure: Result<()> = disk.read(|_| {
            commit(&data);
            Err(Fault::Ours(Error::Internal("of a page that was written over".into())))
        });
        assert!(matches!(failure, Err(Error::Locked(_))), "{failure:?}");
        assert_eq!(name(&disk).unwrap(), "made");
    }

    #[test]
    fn a_long_read_of_a_state_is_valid_only_if_nobody_commits_meanwhile() {
        let folder = made();
        let data = folder.path().join(DATA_FILE);
        let disk = unlocked(&folder);
        let Step::Done(snapshot) = disk.snapshot().unwrap() else { panic!("no state") };
        disk.expect_kept(snapshot.txn.id()).unwrap();
        commit(&data);
        assert!(matches!(disk.expect_kept(snapshot.txn.id()), Err(Error::Locked(_))));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn without_locks_a_newer_state_is_adopted_only_while_nobody_may_write() {
        let folder = made();
        let data = folder.path().join(DATA_FILE);
        let disk = unlocked(&folder);
        let writer = ProcessLock::claim(&data).unwrap();
        assert_eq!(name(&disk).unwrap(), "made");
        commit(&data);
        assert!(matches!(name(&disk), Err(Error::Locked(_))));
        let other = ProcessLock::open_to_read(&data).unwrap();
        assert!(other.is_written(folder.path()));
        assert!(matches!(other.claim_to_read(&data), Err(Error::Locked(_))));
        drop(writer);
        assert_eq!(name(&disk).unwrap(), "made");
        other.claim_to_read(&data).unwrap();
        assert!(!disk.process_lock.is_written(folder.path()));
        assert!(matches!(ProcessLock::claim(&data), Err(Error::Locked(_))));
    }

    #[test]
    fn a_file_that_gets_a_table_that_it_lacked_must_be_reopened() {
        let folder = tempfile::tempdir().unwrap();
        let old = environment::open(folder.path(), 1 << 20, Syncing::Relaxed).unwrap();
        let mut txn = old.write_txn().unwrap();
        for name in ["revisions", "graph"] {
            old.create_database::<Bytes, Bytes>(&mut txn, Some(name)).unwrap();
        }
        let meta: Database<Str, Bytes> = old.create_database(&mut txn, Some("meta")).unwrap();
        meta.put(&mut txn, FORMAT_KEY, b"1").unwrap();
        meta.put(&mut txn, "name", b"old").unwrap();
        txn.commit().unwrap();
        drop(old);
        let disk = unlocked(&folder);
        assert_eq!((name(&disk).unwrap(), disk.is_shut()), ("old".into(), false));
        // Another folder with the same file, so that this process can open it twice.
        let other = tempfile::tempdir_in(folder.path()).unwrap();
        fs::hard_link(folder.path().join(DATA_FILE), other.path().join(DATA_FILE)).unwrap();
        let writer = environment::open(other.path(), 1 << 20, Syncing::Relaxed).unwrap();
        let mut txn = writer.write_txn().unwrap();
        let meta: Database<Str, Bytes> = writer.create_database(&mut txn, Some("meta")).unwrap();
        meta.put(&mut txn, "more", b"").unwrap();
        txn.commit().unwrap();
        assert_eq!((name(&disk).unwrap(), disk.is_shut()), ("old".into(), false));
        assert!(Tables::open(&writer, false, &String::new).is_ok());
        assert!(matches!(name(&disk), Err(Error::Locked(_))));
        assert!(disk.is_shut());
        drop(disk);
        let again = unlocked(&folder);
        assert!(again.tables.lacking().is_empty());
        assert_eq!(name(&again).unwrap(), "old");
    }

    #[test]
    fn a_file_that_is_only_read_is_not_written_to() {
        let folder = made();
        let data = folder.path().join(DATA_FILE);
        let before = fs::read(&data).unwrap();
        for is_locked in [true, false] {
            let disk = if is_locked {
                Disk::open_to_read(folder.path()).unwrap()
            } else {
                unlocked(&folder)
            };
            assert!(matches!(disk.write(|txn| disk.stamp(txn)), Err(Error::Denied { .. })));
            assert!(matches!(disk.compact().err(), Some(Error::Denied { .. })));
        }
        assert!(fs::read(&data).unwrap() == before);
    }
}
