//! Every opening of an LMDB environment, so that its rules stand in one place.
//!
//! `lock.mdb` has its bytes before it is mapped; no descriptor outlives an `exec`. Never WRITEMAP (a full
//! disk would kill the process). Never NOSYNC but for a file that counts for nothing before it is synced
//! as a whole.

use std::io;
use std::path::Path;
#[cfg(unix)]
use std::ptr;

use heed::{Env, EnvFlags, EnvOpenOptions, WithoutTls};

use super::lock_file::{self, READERS};
use super::{exec, fault};
use crate::Result;

/// Smallest map that is tried before opening fails.
const SMALLEST_MAP: usize = 1 << 24;
/// Map of a small file. Address space only, but a process that has thousands of files open has no more than 128 TiB.
const FIRST_MAP: usize = 1 << 26;
/// From here on a map is doubled only.
const LARGE_MAP: usize = 1 << 34;
/// Named tables that a file may have.
const TABLES: u32 = 16;

/// When what is committed is on the medium, or that nothing is written.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) enum Syncing {
    /// With each commit.
    Each,
    /// As above, but a power loss may undo the last commits.
    Relaxed,
    /// When the maker of the file syncs all of it.
    Never,
    /// Nothing is written but to `lock.mdb`, by which writers keep off what is read.
    Reading,
    /// Nothing is written at all. Whoever reads sees to it that nobody writes.
    ReadingUnlocked,
}

/// Bytes of the map of a file with so many: it has room for as much again.
pub(in crate::store) fn room_for(used: u64) -> usize {
    let room = used.saturating_mul(2).checked_next_power_of_two();
    room.and_then(|room| usize::try_from(room).ok()).unwrap_or(FIRST_MAP).max(FIRST_MAP)
}

/// The size that a map grows to; `None` where no address space is left for it beside the old one. It grows fast
/// while it is small: each time all transactions of the process are waited for.
pub(in crate::store) fn larger(size: usize) -> Option<usize> {
    let factors: &[usize] = if size < LARGE_MAP { &[4, 2] } else { &[2] };
    let sizes = factors.iter().filter_map(|factor| size.checked_mul(*factor));
    sizes.into_iter().find(|size| has_room(*size))
}

/// Whether so much address space is left. LMDB gives the old map back before it asks for a new one, so it had none
/// where that failed.
#[cfg(unix)]
fn has_room(size: usize) -> bool {
    use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous, munmap};
    #[expect(unsafe_code, reason = "mapping is unsafe")]
    // SAFETY: nothing is there, and nobody may read or write it.
    let mapped =
        unsafe { mmap_anonymous(ptr::null_mut(), size, ProtFlags::empty(), MapFlags::PRIVATE) };
    let Ok(mapped) = mapped else { return false };
    #[expect(unsafe_code, reason = "mapping is unsafe")]
    // SAFETY: it was mapped above and given to nobody.
    let unmapped = unsafe { munmap(mapped, size) };
    unmapped.is_ok()
}

/// It is not asked for there.
#[cfg(not(unix))]
fn has_room(_: usize) -> bool {
    true
}

/// Opens the environment in a folder, which no other of this process may have open. `size`: bytes of
/// its map, address space only; where that is not there half is tried, but for files made aside.
///
/// # Errors
/// `Full`, `Store`, `Corrupt`.
pub(in crate::store) fn open(
    folder: &Path,
    size: usize,
    syncing: Syncing,
) -> Result<Env<WithoutTls>> {
    if !matches!(syncing, Syncing::ReadingUnlocked) {
        lock_file::prepare(folder)?;
    }
    let mut size = size;
    let failed = |error: io::Error| fault::from_io("open", folder, &error);
    let from = exec::next_descriptor(folder).map_err(failed)?;
    let env = loop {
        match try_open(folder, size, syncing) {
            Err(heed::Error::Io(error))
                if error.kind() == io::ErrorKind::OutOfMemory
                    && size > SMALLEST_MAP
                    && !matches!(syncing, Syncing::Never) =>
            {
                size /= 2;
            }
            other => break other.map_err(|error| fault::lmdb("open", folder, &error))?,
        }
    };
    exec::keep_from_children(&env, from).map_err(failed)?;
    Ok(env)
}

fn try_open(folder: &Path, size: usize, syncing: Syncing) -> Result<Env<WithoutTls>, heed::Error> {
    let mut open = EnvOpenOptions::new().read_txn_without_tls();
    open.map_size(size).max_dbs(TABLES).max_readers(READERS);
    let flags = match syncing {
        Syncing::Each => EnvFlags::empty(),
        Syncing::Relaxed => EnvFlags::NO_META_SYNC,
        Syncing::Never => EnvFlags::NO_SYNC,
        Syncing::Reading => EnvFlags::READ_ONLY,
        Syncing::ReadingUnlocked => EnvFlags::READ_ONLY | EnvFlags::NO_LOCK,
    };
    #[expect(unsafe_code, reason = "heed marks all flags unsafe")]
    // SAFETY: NOMETASYNC keeps the file whole; with NOSYNC it counts for nothing before it is synced; with
    // NOLOCK nothing is written, and what is read counts only where nobody wrote meanwhile (`reading`).
    unsafe {
        open.flags(flags)
    };
    #[expect(unsafe_code, reason = "heed marks mapping a file unsafe")]
    // SAFETY: the file is ours (`inspect`) or new, and the caller opens a folder once in a process.
    unsafe {
        open.open(folder)
    }
}
