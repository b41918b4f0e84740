//! Keeping a database's files from the programs that this process starts.
//!
//! LMDB opens all its descriptors so that they end with an `exec`, but the one it reads the data file by. A
//! child that had it would keep the file of before a compaction, with all that was erased, readable and
//! on the disk. LMDB does not give out the number of its descriptor, so it is looked for among all.

use std::io;
#[cfg(unix)]
use std::os::fd::{BorrowedFd, RawFd};

use heed::{Env, WithoutTls};

/// Closes the data file of an environment in every program that is started from now on. One that another
/// thread starts between LMDB's opening and this call has it still.
///
/// # Errors
/// Any error of asking for the file.
#[cfg(unix)]
pub(super) fn keep_from_children(env: &Env<WithoutTls>) -> io::Result<()> {
    let file = env.try_clone_inner_file().map_err(io::Error::other)?;
    let data = rustix::fs::fstat(&file)?;
    for number in open_descriptors() {
        close_on_exec(number, &data);
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

#[cfg(unix)]
fn close_on_exec(number: RawFd, data: &rustix::fs::Stat) {
    use rustix::io::{FdFlags, fcntl_getfd, fcntl_setfd};
    #[expect(unsafe_code, reason = "only its number is known")]
    // SAFETY: it is used within this call only; where it is closed meanwhile the calls fail.
    let descriptor = unsafe { BorrowedFd::borrow_raw(number) };
    let is_data = rustix::fs::fstat(descriptor)
        .is_ok_and(|found| (found.st_dev, found.st_ino) == (data.st_dev, data.st_ino));
    if is_data
        && let Ok(flags) = fcntl_getfd(descriptor)
        && !flags.contains(FdFlags::CLOEXEC)
    {
        // It fails for one that was closed meanwhile, which no child gets either.
        fcntl_setfd(descriptor, flags | FdFlags::CLOEXEC).unwrap_or_default();
    }
}

/// Files are not inherited unless that is asked for.
#[cfg(not(unix))]
pub(super) fn keep_from_children(_: &Env<WithoutTls>) -> io::Result<()> {
    Ok(())
}
