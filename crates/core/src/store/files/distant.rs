//! Locks on bytes far beyond the end of a file, owned by an open file and not by a process. Linux only.
//!
//! Source: `fcntl_locking(2)`, "Open file description locks".

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;

/// The first of these bytes; no file is so long.
pub(super) const START: i64 = 1 << 62;
/// Number of these bytes.
pub(super) const COUNT: i64 = 1 << 61;

/// A range of bytes, one for each statement that holders can make.
#[derive(Debug, Clone, Copy)]
pub(super) struct Range {
    pub(super) start: i64,
    pub(super) count: i64,
}

impl Range {
    /// Takes the byte `number`, shared; returns whether another holder has another byte of the range. Always
    /// `false` on a system without such locks.
    pub(super) fn is_disputed(self, file: &File, number: i64) -> bool {
        let own = self.start + number;
        if lock(file, libc::F_OFD_SETLK, libc::F_RDLCK, own, 1).is_err() {
            return false;
        }
        let behind = self.count - number - 1;
        [(self.start, number), (own + 1, behind)]
            .into_iter()
            .any(|(start, len)| len > 0 && is_held(file, libc::F_WRLCK, start, len))
    }

    /// Releases what `file` holds of the range.
    pub(super) fn give_back(self, file: &File) {
        drop(lock(file, libc::F_OFD_SETLK, libc::F_UNLCK, self.start, self.count));
    }
}

/// Takes one byte, shared, for a file that is open for reading only; `false` if another holder has it,
/// exclusively or shared.
pub(super) fn take_to_read(file: &File, byte: i64) -> bool {
    let locked = lock(file, libc::F_OFD_SETLK, libc::F_RDLCK, byte, 1);
    !is_refused(&locked) && !is_held(file, libc::F_WRLCK, byte, 1)
}

/// Whether another holder has any of `len` bytes exclusively.
pub(super) fn is_held_alone(file: &File, start: i64, len: i64) -> bool {
    is_held(file, libc::F_RDLCK, start, len)
}

/// Whether another holder conflicts with a lock of that kind.
fn is_held(file: &File, kind: libc::c_int, start: i64, len: i64) -> bool {
    lock(file, libc::F_OFD_GETLK, kind, start, len).is_ok_and(|found| found != libc::F_UNLCK)
}

/// Takes one byte exclusively; `false` if another holder has it.
pub(super) fn take(file: &File, byte: i64) -> bool {
    !is_refused(&lock(file, libc::F_OFD_SETLK, libc::F_WRLCK, byte, 1))
}

/// Whether a lock was refused because of another holder, and not because the system has no such locks.
fn is_refused(locked: &io::Result<libc::c_int>) -> bool {
    let code = locked.as_ref().err().and_then(io::Error::raw_os_error);
    code.is_some_and(|code| code == libc::EAGAIN || code == libc::EACCES)
}

/// Sets a lock, or with `F_OFD_GETLK` returns the kind of a conflicting one.
fn lock(
    file: &File,
    command: libc::c_int,
    kind: libc::c_int,
    start: i64,
    len: i64,
) -> io::Result<libc::c_int> {
    #[expect(unsafe_code, reason = "a plain struct of integers with fields that differ by system")]
    // SAFETY: all zeros is a value of each of its fields.
    let mut range: libc::flock = unsafe { std::mem::zeroed() };
    #[expect(clippy::cast_possible_truncation, reason = "small constants of the system's")]
    {
        range.l_type = kind as libc::c_short;
        range.l_whence = libc::SEEK_SET as libc::c_short;
    }
    range.l_start = start;
    range.l_len = len;
    #[expect(unsafe_code, reason = "std has locks of whole files only")]
    // SAFETY: the descriptor is open as long as `file`, and the range outlives the call.
    let result = unsafe { libc::fcntl(file.as_raw_fd(), command, &raw mut range) };
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(range.l_type.into()) }
}
