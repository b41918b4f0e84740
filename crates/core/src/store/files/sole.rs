//! The claim of a process to open a data file once, with the code that it is opened with.
//!
//! LMDB's locks break silently where one process opens a file twice, and a registry sees only what its
//! own copy of this package opened. So the file itself is marked, far behind its end, with locks that
//! belong to an open file and not to a process: one byte for this process, taken alone, and one for
//! its PID namespace, shared, since LMDB tells readers apart by process id. Nothing is written.
//! On systems other than Linux nothing is claimed. Source: `fcntl_locking(2)`, "Open file description
//! locks".

use std::fs::File;
use std::path::Path;

use crate::store::files::{fault, regular};
use crate::{Error, Result};

/// A data file that is open in this process, until it is dropped.
#[derive(Debug)]
pub(in crate::store) struct Sole {
    file: File,
}

impl Sole {
    /// The data file, for what LMDB does not write.
    pub(in crate::store) const fn file(&self) -> &File {
        &self.file
    }

    /// Claims the data file at `path`, which is made, empty, where it is missing.
    ///
    /// # Errors
    /// `Locked` if another copy of this code has it open in this process, or a process of another PID
    /// namespace has it open; what opening the file ends in.
    pub(in crate::store) fn claim(path: &Path) -> Result<Self> {
        let mut options = File::options();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600); // as LMDB makes it
        let file = regular::open(path, &mut options)
            .map_err(|error| fault::from_io("open", path, &error))?;
        let sole = Self { file };
        #[cfg(target_os = "linux")]
        sole.mark()
            .map_err(|why| Error::Locked(format!("cannot open {}: {why}", path.display())))?;
        Ok(sole)
    }
}

#[cfg(target_os = "linux")]
mod marks {
    use std::io;
    use std::os::fd::AsRawFd;

    use super::{File, Sole};

    /// Where the bytes for process ids begin; no file is so long.
    const PROCESSES: i64 = 1 << 62;
    /// Where the bytes for PID namespaces begin, and how many they are.
    const NAMESPACES: i64 = PROCESSES + (1 << 33);
    const MOST_NAMESPACES: i64 = 1 << 32;

    impl Sole {
        /// Takes both marks; says why not where somebody is in the way.
        pub(in crate::store) fn mark(&self) -> Result<(), &'static str> {
            let process = PROCESSES + i64::from(std::process::id());
            if is_taken(&lock(&self.file, libc::F_OFD_SETLK, libc::F_WRLCK, process, 1)) {
                return Err(
                    "another copy of this package has it open in this process, or a process of the \
                            same id does in another container. Load one copy, and let processes that \
                            share a folder share a PID namespace",
                );
            }
            let Some(namespace) = pid_namespace().filter(|number| *number < MOST_NAMESPACES) else {
                return Ok(());
            };
            let own = NAMESPACES + namespace;
            if lock(&self.file, libc::F_OFD_SETLK, libc::F_RDLCK, own, 1).is_err() {
                return Ok(()); // without locks of this kind nobody else has one either
            }
            let behind = MOST_NAMESPACES - namespace - 1;
            for (start, len) in [(NAMESPACES, namespace), (own + 1, behind)] {
                let seen = lock(&self.file, libc::F_OFD_GETLK, libc::F_WRLCK, start, len);
                if len > 0 && seen.is_ok_and(|kind| kind != libc::F_UNLCK) {
                    return Err(
                        "a process of another PID namespace (another container) has it open. Let \
                                processes that share a folder share a PID namespace",
                    );
                }
            }
            Ok(())
        }
    }

    impl Drop for Sole {
        /// Explicitly, since a child that is being spawned may hold the file a moment longer.
        fn drop(&mut self) {
            drop(lock(&self.file, libc::F_OFD_SETLK, libc::F_UNLCK, PROCESSES, 1 << 34));
        }
    }

    /// Whether somebody else holds what was asked for; else the system may have no such locks.
    fn is_taken(locked: &io::Result<libc::c_int>) -> bool {
        let code = locked.as_ref().err().and_then(io::Error::raw_os_error);
        code.is_some_and(|code| code == libc::EAGAIN || code == libc::EACCES)
    }

    /// Sets a lock, or with `F_OFD_GETLK` tells the kind of one that is in the way.
    fn lock(
        file: &File,
        command: libc::c_int,
        kind: libc::c_int,
        start: i64,
        len: i64,
    ) -> io::Result<libc::c_int> {
        #[expect(
            unsafe_code,
            reason = "a plain struct of integers with fields that differ by system"
        )]
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

    /// The number of this process's PID namespace; `None` where that cannot be told.
    fn pid_namespace() -> Option<i64> {
        let link = std::fs::read_link("/proc/self/ns/pid").ok()?;
        let number = link.to_str()?.strip_prefix("pid:[")?.strip_suffix(']')?;
        number.parse().ok()
    }
}
