//! The databases that are open on a path, with one writer for each path, across all environments of the
//! process.
//!
//! Identified by the data file (device and inode), not by its name: LMDB's locks break silently if a process
//! opens a file twice.

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use histo_core::{DiskOptions, Engine, Error, Result, SMALLEST_DELTA, failpoint};

use crate::threads::slot::Slot;
use crate::threads::usage::Usage;
use crate::threads::writer::{Door, FileId, Writer};

/// The key of a file that may be exchanged.
type SharedKey = Arc<Mutex<FileId>>;

struct Entry {
    writer: Arc<Writer>,
    /// Number of databases that have it open.
    users: usize,
}

static OPEN: LazyLock<Mutex<HashMap<FileId, Entry>>> = LazyLock::new(Mutex::default);

/// Joins the writer of a path, or opens the path.
///
/// # Errors
/// Any error of opening; `Misuse` for another name or durability than that of the open one.
pub(crate) fn join(path: &Path, wanted: &Wanted) -> Result<Arc<Writer>> {
    let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(entry) = key_of(path).ok().and_then(|key| open.get_mut(&key)) {
        wanted.check_name(path, &entry.writer)?;
        entry.writer.use_as(path, wanted.usage())?;
        entry.users += 1;
        return Ok(Arc::clone(&entry.writer));
    }
    failpoint::hit("open");
    let usage = wanted.usage();
    let name = || wanted.name.clone().unwrap_or_else(|| wanted.fallback.clone());
    let engine = usage.open(path, &name)?;
    let key = engine.file().map_or_else(|| told_key(path), Ok)?;
    let shared = Arc::new(Mutex::new(key));
    let usage = Arc::new(Mutex::new(usage));
    let slot = Slot::new(engine, reopening(path, Arc::clone(&shared), Arc::clone(&usage)));
    let (place, leaving) = (path.to_path_buf(), Arc::clone(&shared));
    let door = Door {
        exchange: Box::new(move |put| exchange(&shared, &place, put)),
        leave: Box::new(move |end| leave(&leaving, end)),
    };
    let writer = Arc::new(Writer::new(usage, slot, door));
    wanted.check_name(path, &writer)?;
    open.insert(key, Entry { writer: Arc::clone(&writer), users: 1 });
    Ok(writer)
}

/// Returns how to reopen a path after its medium failed.
fn reopening(
    path: &Path,
    key: SharedKey,
    usage: Arc<Mutex<Usage>>,
) -> impl Fn() -> Result<Engine> + Send + Sync + use<> {
    let path = path.to_path_buf();
    move || {
        // Another file in its place would be another database, or become a new one.
        if told_key(&path)? != *key.lock().unwrap_or_else(PoisonError::into_inner) {
            return Err(Error::Store {
                message: format!("cannot reopen {}", path.display()),
                cause: "its file was replaced".into(),
            });
        }
        usage.lock().unwrap_or_else(PoisonError::into_inner).open(&path, &String::new)
    }
}

fn told_key(path: &Path) -> Result<FileId> {
    key_of(path).map_err(|error| Error::Store {
        message: format!("cannot open {}", path.display()),
        cause: error.to_string(),
    })
}

/// Exchanges the file of a writer by `exchange`, while nobody can join or leave.
fn exchange(
    key: &SharedKey,
    path: &Path,
    exchange: impl FnOnce(&dyn Fn(FileId)) -> Result<()>,
) -> Result<()> {
    let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
    // Called in between: from here on the file is another one, before it is opened.
    let renamed = |file: FileId| {
        let told = if cfg!(unix) { Ok(file) } else { told_key(path) };
        if let Ok(told) = told {
            *key.lock().unwrap_or_else(PoisonError::into_inner) = told;
        }
    };
    let old = *key.lock().unwrap_or_else(PoisonError::into_inner);
    let exchanged = exchange(&renamed);
    let new = *key.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(entry) = open.remove(&old) {
        open.insert(new, entry);
    }
    exchanged
}

/// Leaves a writer. The last one to leave runs `end` while nobody can join, and gets `true`.
fn leave(key: &SharedKey, end: impl FnOnce()) -> bool {
    let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
    let key = *key.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(entry) = open.get_mut(&key) else {
        return true;
    };
    entry.users -= 1;
    if entry.users > 0 {
        return false;
    }
    open.remove(&key);
    end();
    true
}

/// How to open a database.
pub(crate) struct Wanted {
    pub(crate) name: Option<String>,
    /// The name for a new database if none was given.
    pub(crate) fallback: String,
    pub(crate) relaxed: bool,
    pub(crate) deltas: bool,
    /// Whether nothing is written, and the database must exist.
    pub(crate) read_only: bool,
}

impl Wanted {
    fn usage(&self) -> Usage {
        if self.read_only {
            return Usage::Reading;
        }
        Usage::Writing(DiskOptions {
            relaxed: self.relaxed,
            map_size: None,
            whole: !self.deltas,
            smallest_delta: SMALLEST_DELTA,
        })
    }

    fn check_name(&self, path: &Path, writer: &Arc<Writer>) -> Result<()> {
        let engine = writer.engine()?;
        match self.name.as_ref().filter(|name| *name != engine.name()) {
            None => Ok(()),
            Some(name) => Err(Error::Misuse(format!(
                "the database at {} is named {:?}, not {name:?}",
                path.display(),
                engine.name()
            ))),
        }
    }
}

#[cfg(unix)]
fn key_of(path: &Path) -> io::Result<FileId> {
    use std::os::unix::fs::MetadataExt;
    let data = std::fs::metadata(path.join("data.mdb"))?;
    Ok((data.dev(), data.ino()))
}

#[cfg(not(unix))]
fn key_of(path: &Path) -> io::Result<FileId> {
    use std::hash::{BuildHasher, RandomState};
    use std::sync::LazyLock;
    // Windows has no stable inode: the canonical path is used instead.
    static HASHER: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    let path = path.join("data.mdb").canonicalize()?;
    Ok((0, HASHER.hash_one(path)))
}
