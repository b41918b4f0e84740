//! Making a new database so that no interruption leaves half of one.
//!
//! The file is made aside, synced, and then linked to its place: at every moment there is no database,
//! or a whole one. Of several processes that make one at once, the first makes it. What is left of one that
//! was killed is removed by the next opening.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::path::Path;

use crate::store::DATA_FILE;
use crate::store::disk::{Disk, DiskOptions};
use crate::store::files::backup::Place;
use crate::store::files::stale_temp::sweep;
use crate::{Result, failpoint};

/// Makes a database in the folder `path` where there is no data file, named by `name()`.
///
/// # Errors
/// `Store` where it cannot be written, `Full`.
pub(in crate::store) fn create(path: &Path, name: &dyn Fn() -> String) -> Result<()> {
    let is_there = || path.join(DATA_FILE).symlink_metadata().is_ok();
    if is_there() {
        sweep(path);
        return Ok(());
    }
    // Random by the system's grace; it only has to be another one each time.
    let unique = RandomState::new().build_hasher().finish();
    let place = match Place::new(path, "new", unique) {
        Err(_) if is_there() => return Ok(()),
        place => place?,
    };
    drop(Disk::open_there(place.making(), &DiskOptions::default(), name)?);
    failpoint::hit("create.made");
    match place.publish() {
        Err(_) if is_there() => Ok(()),
        published => published,
    }
}
