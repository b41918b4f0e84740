//! The one place that opens LMDB environments, with its rules.
//!
//! `lock.mdb` has its bytes before it is mapped; no descriptor outlives an `exec`. WRITEMAP is never used (a
//! full disk would kill the process). NOSYNC is used only for a file that is not relied on before all of it is
//! synced.

use std::io;
use std::path::Path;
#[cfg(unix)]
use std::ptr;

use heed::{Env, EnvFlags, EnvOpenOptions, WithoutTls};

use super::lock_file::{self, READERS};
use super::{exec, fault};
use crate::Result;

/// Smallest map in bytes that is tried before opening fails.
const SMALLEST_MAP: usize = 1 << 24;
/// Bytes of the map of a small file. It takes address space only, but a process with thousands of open files
/// has just 128 TiB.
const FIRST_MAP: usize = 1 << 26;
/// From this many bytes on, a map grows only by doubling.
const LARGE_MAP: usize = 1 << 34;
/// At most this many named tables in a file.
const TABLES: u32 = 16;

/// When commits reach the medium, or that nothing is written.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) enum Syncing {
    /// With each commit.
    Each,
    /// With each commit, but a power loss may undo the last commits.
    Relaxed,
    /// When the maker of the file syncs all of it.
    Never,
    /// Nothing is written except to `lock.mdb`, through which readers keep their pages from writers.
    Reading,
    /// Nothing is written at all. The reader ensures that nobody writes.
    ReadingUnlocked,
}

/// Returns the bytes of a map for a file of `used` bytes, with room for it to double.
pub(in crate::store) fn room_for(used: u64) -> usize {
    let room = used.saturating_mul(2).checked_next_power_of_two();
    room.and_then(|room| usize::try_from(room).ok()).unwrap_or(FIRST_MAP).max(FIRST_MAP)
}

/// Returns the size that a map grows to; `None` if the address space has no room for it beside the old one. A
/// small map grows fast, since each growth waits for all transactions of the process.
pub(in crate::store) fn larger(size: usize) -> Option<usize> {
    let factors: &[usize] = if size < LARGE_MAP { &[4, 2] } else { &[2] };
    let sizes = factors.iter().filter_map(|factor| size.checked_mul(*factor));
    sizes.into_iter().find(|size| has_room(*size))
}

/// Whether this much address space is free. Checked first, because LMDB unmaps the old map before it asks for a
/// new one: on failure it would have none.
#[cfg(unix)]
fn has_room(size: usize) -> bool {
    use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous, munmap};
    #[expect(unsafe_code, reason = "mapping is unsafe")]
    // SAFETY: the range is new, and nobody may read or write it.
    let mapped =
        unsafe { mmap_anonymous(ptr::null_mut(), size, ProtFlags::empty(), MapFlags::PRIVATE) };
    let Ok(mapped) = mapped else { return false };
    #[expect(unsafe_code, reason = "mapping is unsafe")]
    // SAFETY: it was mapped above and given to nobody.
    let unmapped = unsafe { munmap(mapped, size) };
    unmapped.is_ok()
}

/// Not checked on this system.
#[cfg(not(unix))]
fn has_room(_: usize) -> bool {
    true
}

/// Opens the environment in a folder that no other environment of this process has open. `size` is the bytes of
/// its map, address space only. If that is not available half is tried, except for files that are being made.
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
