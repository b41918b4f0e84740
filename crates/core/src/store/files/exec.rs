//! Keeping a database's files from the programs that this process starts.
//!
//! LMDB opens all its descriptors so that they end with an `exec`, but the one it reads the data file by. A
//! child that had it would keep the file of before a compaction, with all that was erased, readable and
//! on the disk. LMDB does not give out the number of its descriptor, so it is looked for: behind the first number that
//! was free before LMDB opened it, and only then among all, of which there may be tens of thousands.

use std::io;
#[cfg(unix)]
use std::os::fd::{AsRawFd, BorrowedFd, RawFd};
use std::path::Path;

use heed::{Env, WithoutTls};

/// How many numbers to try first, before all of them.
#[cfg(unix)]
const NEAR: RawFd = 64;

/// The lowest number that is free for a descriptor now.
///
/// # Errors
/// Any error of opening the folder.
#[cfg(unix)]
pub(super) fn next_descriptor(folder: &Path) -> io::Result<RawFd> {
    Ok(std::fs::File::open(folder)?.as_raw_fd())
}

/// Closes the data file of an environment in every program that is started from now on. One that another
/// thread starts between LMDB's opening and this call has it still. `from`: the lowest number that was free before.
///
/// # Errors
/// Any error of asking for the file.
#[cfg(unix)]
pub(super) fn keep_from_children(env: &Env<WithoutTls>, from: RawFd) -> io::Result<()> {
    let file = env.try_clone_inner_file().map_err(io::Error::other)?;
    let data = rustix::fs::fstat(&file)?;
    let mut near = from..from.saturating_add(NEAR);
    if !near.any(|number| close_on_exec(number, &data)) {
        for number in open_descriptors() {
            close_on_exec(number, &data);
        }
    }
    Ok(())
}

/// The numbers of all descriptors; all that few processes exceed where the system does not list them.
#[cfg(unix)]
fn open_descriptors() -> Vec<RawFd> {
    const MOST: RawFd = 1 << 12;
    let listed = std::fs::read_dir("/dev/fd").into_iter().flatten().flatten();
    let numbers: Vec<RawFd> =
        listed.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    if numbers.is_empty() { (0..MOST).collect() } else { numbers }
}

/// Returns whether it is a descriptor of the data file that programs would have got.
#[cfg(unix)]
fn close_on_exec(number: RawFd, data: &rustix::fs::Stat) -> bool {
    use rustix::io::{FdFlags, fcntl_getfd, fcntl_setfd};
    #[expect(unsafe_code, reason = "only its number is known")]
    // SAFETY: it is used within this call only; where it is closed meanwhile the calls fail.
    let descriptor = unsafe { BorrowedFd::borrow_raw(number) };
    let is_data = rustix::fs::fstat(descriptor)
        .is_ok_and(|found| (found.st_dev, found.st_ino) == (data.st_dev, data.st_ino));
    let flags = fcntl_getfd(descriptor).unwrap_or(FdFlags::CLOEXEC);
    if !is_data || flags.contains(FdFlags::CLOEXEC) {
        return false;
    }
    // It fails for one that was closed meanwhile, which no child gets either.
    fcntl_setfd(descriptor, flags | FdFlags::CLOEXEC).is_ok()
}

/// Files are not inherited unless that is asked for.
#[cfg(not(unix))]
pub(super) fn next_descriptor(_: &Path) -> io::Result<i32> {
    Ok(0)
}

/// Files are not inherited unless that is asked for.
#[cfg(not(unix))]
pub(super) fn keep_from_children(_: &Env<WithoutTls>, _: i32) -> io::Result<()> {
    Ok(())
}
