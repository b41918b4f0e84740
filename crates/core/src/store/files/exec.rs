//! Keeping a database's files from the programs that this process starts.
//!
//! LMDB opens its descriptors so that they close on `exec`, except the one that it reads the data file by. A
//! child that inherited it would keep the file from before a compaction, with all that was erased, readable and
//! on the disk. LMDB does not reveal the number of its descriptor, so this searches for it: first after the
//! lowest number that was free before LMDB opened it, then among all, of which there may be tens of thousands.

use std::io;
#[cfg(unix)]
use std::os::fd::{AsRawFd, BorrowedFd, RawFd};
use std::path::Path;

use heed::{Env, WithoutTls};

/// Numbers to try first, before all of them.
#[cfg(unix)]
const NEAR: RawFd = 64;

/// Returns the lowest number that is free for a descriptor now.
///
/// # Errors
/// Any error of opening the folder.
#[cfg(unix)]
pub(super) fn next_descriptor(folder: &Path) -> io::Result<RawFd> {
    Ok(std::fs::File::open(folder)?.as_raw_fd())
}

/// Sets the data file of an environment to close in every program started from now on. One that another thread
/// starts between LMDB's opening and this call still inherits it. `from` is the lowest number that was free
/// before.
///
/// # Errors
/// Any error of querying the file.
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

/// Returns the numbers of all descriptors. If the system does not list them: all up to a number that few
/// processes exceed.
#[cfg(unix)]
fn open_descriptors() -> Vec<RawFd> {
    const MOST: RawFd = 1 << 12;
    let listed = std::fs::read_dir("/dev/fd").into_iter().flatten().flatten();
    let numbers: Vec<RawFd> =
        listed.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    if numbers.is_empty() { (0..MOST).collect() } else { numbers }
}

/// Returns whether it is a descriptor of the data file that programs would inherit.
#[cfg(unix)]
fn close_on_exec(number: RawFd, data: &rustix::fs::Stat) -> bool {
    use rustix::io::{FdFlags, fcntl_getfd, fcntl_setfd};
    #[expect(unsafe_code, reason = "only its number is known")]
    // SAFETY: it is used within this call only; if it is closed meanwhile the calls fail.
    let descriptor = unsafe { BorrowedFd::borrow_raw(number) };
    let is_data = rustix::fs::fstat(descriptor)
        .is_ok_and(|found| (found.st_dev, found.st_ino) == (data.st_dev, data.st_ino));
    let flags = fcntl_getfd(descriptor).unwrap_or(FdFlags::CLOEXEC);
    if !is_data || flags.contains(FdFlags::CLOEXEC) {
        return false;
    }
    // This fails for one that was closed meanwhile, which no child inherits either.
    fcntl_setfd(descriptor, flags | FdFlags::CLOEXEC).is_ok()
}

/// Here files are not inherited by default.
#[cfg(not(unix))]
pub(super) fn next_descriptor(_: &Path) -> io::Result<i32> {
    Ok(0)
}

/// Here files are not inherited by default.
#[cfg(not(unix))]
pub(super) fn keep_from_children(_: &Env<WithoutTls>, _: i32) -> io::Result<()> {
    Ok(())
}
