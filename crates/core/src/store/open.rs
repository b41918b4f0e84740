//! Opening the store in a folder, or making a new one so that no interruption leaves half of one.
//!
//! A new file is made aside, synced, and then linked to its place: at every moment there is no database, or a
//! complete one. If several processes make one at once, the first one wins. The next opening removes what a
//! killed process left.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::path::Path;

use heed::{Env, WithoutTls};

use super::deltas::Deltas;
use super::disk::Disk;
use super::files::DATA_FILE;
use super::files::environment::{self, Syncing};
use super::files::fault::{self, Fault};
use super::files::home::Home;
use super::files::open_lock::OpenLock;
use super::files::place::{Place, clear};
use super::files::process_lock::ProcessLock;
use super::files::stale_temp::sweep;
use super::leaf_checks::LeafChecks;
use super::raw::inspect::{self, Look};
use super::tables::Tables;
use crate::{Result, failpoint};

/// How to open a store.
#[derive(Debug, Clone, Default)]
pub struct DiskOptions {
    /// Whether a power loss may undo the last commits. It never breaks the store.
    pub relaxed: bool,
    /// Bytes of the first map, address space and not memory. Default: twice the size of the file, at least 64
    /// MiB. It doubles when it is full.
    pub map_size: Option<usize>,
    /// Whether payloads are always stored whole, never as changes.
    pub whole: bool,
    /// Payloads with fewer bytes are stored whole. So are those below 128 bytes.
    pub smallest_delta: usize,
}

impl Disk {
    /// Opens the store in the folder `path`, or makes one there, named by `name()` if it is new.
    ///
    /// # Errors
    /// `Store` if the folder cannot be made or written, or the format is newer. `Corrupt` if the file is
    /// damaged or not ours; it is left byte for byte as it was. `Locked` if another copy of this code has it
    /// open in this process.
    pub fn open(path: &Path, options: &DiskOptions, name: &dyn Fn() -> String) -> Result<Self> {
        // Closed after the other. The C library clears recycled memory before it hands it out again, which
        // would touch 2 MiB of LMDB's that are otherwise unused.
        let _made = create(path, name)?;
        Self::open_there(path, options, name)
    }

    /// Opens the store in the existing folder `path`, or makes one there.
    pub(super) fn open_there(
        path: &Path,
        options: &DiskOptions,
        name: &dyn Fn() -> String,
    ) -> Result<Self> {
        let data = path.join(DATA_FILE);
        let is_new = !data.exists();
        let look = inspect::look(&data)?;
        let open_lock = OpenLock::share(path)?;
        let process_lock = ProcessLock::claim(&data)?;
        let home = Home::hold(path, &process_lock, &open_lock)?;
        clear(path);
        let syncing = if options.relaxed { Syncing::Relaxed } else { Syncing::Each };
        let map_size = options.map_size.unwrap_or_else(|| process_lock.room());
        let env = environment::open(path, map_size, syncing)?;
        home.expect_in(&env)?;
        if look == Look::Moving {
            inspect::check_pinned(&data, &env)?;
        }
        env.clear_stale_readers().map_err(|error| fault::lmdb("open", path, &error))?;
        let tables = Tables::open(&env, is_new, name).map_err(|error| match error {
            Fault::Lmdb(error) => fault::lmdb("open", path, &error),
            Fault::Ours(error) => error,
        })?;
        let leaf_checks =
            LeafChecks::of(&env, &tables).map_err(|error| fault::lmdb("open", path, &error))?;
        Ok(Self::of(
            path,
            &env,
            (process_lock, Some(open_lock), home),
            (tables, leaf_checks),
            None,
            Box::new(Deltas::new(!options.whole, options.smallest_delta)),
        ))
    }
}

/// Makes a database in the folder `path`, named by `name()`, if there is no data file; the folder too, which goes
/// again if that fails. Returns the environment
/// that made it, if the system allows its files to be removed while it is open.
///
/// # Errors
/// `Store` if it cannot be written, `Full`.
fn create(path: &Path, name: &dyn Fn() -> String) -> Result<Option<Env<WithoutTls>>> {
    let is_there = || path.join(DATA_FILE).symlink_metadata().is_ok();
    if is_there() {
        sweep(path);
        return Ok(None);
    }
    // Seeded at random by the system; it only has to differ each time.
    let unique = RandomState::new().build_hasher().finish();
    let place = match Place::new(path, "new", unique) {
        Err(_) if is_there() => return Ok(None),
        place => place?,
    };
    let disk = Disk::open_there(place.making(), &DiskOptions::default(), name)?;
    let made = cfg!(unix).then(|| disk.env().clone());
    drop(disk);
    failpoint::hit("create.made");
    match place.publish() {
        Err(_) if is_there() => Ok(made),
        published => published.map(|()| made),
    }
}
