//! The bytes of `lock.mdb`, which are on the medium before LMDB maps the file.
//!
//! LMDB makes the file by setting its length, and writes it through a map. If a page of a map has no space on a
//! full medium, SIGBUS ends the process. So every page is allocated here, where that can fail with an error.
//! The bytes of an existing file never change: others may have it mapped.

use std::fs::File;
use std::io;
use std::path::Path;

use super::regular;
use crate::Result;
use crate::store::files::LOCK_FILE;

/// Readers of a file at one moment, over all processes.
pub(super) const READERS: u32 = 1024;

/// Allocates all that LMDB will map of the lock file in `folder`. No environment of this process may have the
/// file open: closing it here would release LMDB's locks.
///
/// # Errors
/// `Full`; `Store` if the file cannot be made or is not a regular file.
pub(super) fn prepare(folder: &Path) -> Result<()> {
    #[cfg(unix)]
    unix::prepare(folder, &folder.join(LOCK_FILE))
        .map_err(|error| super::fault::from_io("prepare", &folder.join(LOCK_FILE), &error))?;
    Ok(())
}

/// Opens the existing lock file in `folder`.
///
/// # Errors
/// Any error of the system.
pub(super) fn open(folder: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.read(true).write(true);
    #[cfg(not(unix))]
    options.create(true).truncate(false); // LMDB fills it
    regular::open(&folder.join(LOCK_FILE), &mut options)
}

/// Whether this process may map the lock file in `folder` for writing. Makes a missing one if `may_make`. Does
/// not open an existing one: closing it would release LMDB's locks if this process has it mapped.
///
/// # Errors
/// `Full`; `Store` if it cannot be made.
pub(in crate::store) fn may_be_used(folder: &Path, may_make: bool) -> Result<bool> {
    let path = folder.join(LOCK_FILE);
    if path.symlink_metadata().is_ok() {
        return Ok(is_writable(&path));
    }
    #[cfg(unix)]
    if may_make {
        return match unix::prepare(folder, &path) {
            Err(error) if is_withheld(&error) => Ok(false),
            Err(error) => Err(super::fault::from_io("prepare", &path, &error)),
            Ok(()) => Ok(is_writable(&path)),
        };
    }
    Ok(cfg!(not(unix)) && may_make)
}

#[cfg(unix)]
fn is_writable(path: &Path) -> bool {
    use rustix::fs::{Access, AtFlags, CWD, accessat};
    accessat(CWD, path, Access::READ_OK | Access::WRITE_OK, AtFlags::EACCESS).is_ok()
}

#[cfg(not(unix))]
fn is_writable(path: &Path) -> bool {
    path.metadata().is_ok_and(|found| !found.permissions().readonly())
}

/// Whether a file does not exist, or the system denies this process such use of it.
pub(in crate::store) fn is_withheld(error: &io::Error) -> bool {
    use io::ErrorKind::{NotFound, PermissionDenied, ReadOnlyFilesystem};
    matches!(error.kind(), NotFound | PermissionDenied | ReadOnlyFilesystem)
}

/// Whether another process has the lock file mapped. Opens it for a moment, which releases LMDB's locks if this
/// process has it mapped.
#[cfg(any(test, not(target_os = "linux")))]
#[cfg_attr(
    unix,
    expect(clippy::cast_possible_truncation, reason = "such are the fields of the system")
)]
pub(super) fn is_in_use(folder: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::fd::AsRawFd;
        let Ok(file) = File::open(folder.join(LOCK_FILE)) else {
            return false;
        };
        let (kind, whence) = (libc::F_WRLCK as libc::c_short, libc::SEEK_SET as libc::c_short);
        let mut range =
            libc::flock { l_type: kind, l_whence: whence, l_start: 0, l_len: 1, l_pid: 0 };
        #[expect(unsafe_code, reason = "std has locks of whole files only")]
        // SAFETY: the descriptor is open as long as `file`, and the range outlives the call.
        let told = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_GETLK, &raw mut range) };
        told == 0 && range.l_type != libc::F_UNLCK as libc::c_short
    }
    #[cfg(not(unix))]
    {
        let _ = folder;
        false
    }
}

#[cfg(unix)]
mod unix {
    use std::fs::{self, File, OpenOptions};
    use std::hash::{BuildHasher, Hasher, RandomState};
    use std::io::{self, Write};
    use std::path::Path;

    use super::{LOCK_FILE, READERS};
    use crate::store::files::stale_temp::Making;

    /// Bytes that LMDB 0.9 maps: its header with the first reader, and the other readers.
    const SIZE: u64 = 192 + (READERS as u64 - 1) * 64;

    pub(super) fn prepare(folder: &Path, path: &Path) -> io::Result<()> {
        match super::open(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => make(folder, path),
            file => place(&file?),
        }
    }

    /// Makes a complete file aside and links it to its place, so that no process sees half of one.
    fn make(folder: &Path, path: &Path) -> io::Result<()> {
        // Seeded at random by the system; it only has to differ each time.
        let making = Making::claim(folder, "new", RandomState::new().build_hasher().finish())?;
        fs::create_dir(making.folder())?;
        let aside = making.folder().join(LOCK_FILE);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600); // as LMDB makes it
        fill(&options.open(&aside)?)?;
        match fs::hard_link(&aside, path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            // A file system without links, such as FAT, has no sparse files either: LMDB may make the file
            // itself.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::Unsupported => Ok(()),
            linked => linked,
        }
    }

    /// Gives a new file its length and its bytes.
    fn fill(mut file: &File) -> io::Result<()> {
        if !allocate(file, true, SIZE)? {
            let zeros = vec![0; 1 << 16];
            let mut left = SIZE;
            while left > 0 {
                let count = left.min(zeros.len() as u64);
                #[expect(clippy::cast_possible_truncation, reason = "at most 64 KiB")]
                file.write_all(&zeros[..count as usize])?;
                left -= count;
            }
        }
        Ok(())
    }

    /// Allocates the space of an existing file, whose bytes stay as they are. Does nothing if the system
    /// cannot.
    fn place(file: &File) -> io::Result<()> {
        let length = file.metadata()?.len().max(SIZE);
        allocate(file, false, length).map(|_| ())
    }

    /// Allocates the first bytes of a file; `false` if the file system cannot.
    #[cfg(target_os = "linux")]
    fn allocate(file: &File, grow: bool, length: u64) -> io::Result<bool> {
        use rustix::fs::{FallocateFlags, fallocate};
        use rustix::io::{Errno, retry_on_intr};
        let flags = if grow { FallocateFlags::empty() } else { FallocateFlags::KEEP_SIZE };
        match retry_on_intr(|| fallocate(file, flags, 0, length)) {
            Ok(()) => Ok(true),
            Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// This system has no such call.
    #[cfg(not(target_os = "linux"))]
    fn allocate(_: &File, _: bool, _: u64) -> io::Result<bool> {
        Ok(false)
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::env;
    use std::io::{BufRead, BufReader, Write};
    use std::path::PathBuf;
    use std::process::{Command, Stdio};

    use heed::EnvOpenOptions;

    use super::*;

    const HELD: &str = "HISTO_TEST_HELD";

    #[test]
    fn a_lock_file_is_in_use_while_another_process_has_it_mapped() {
        if let Some(folder) = env::var_os(HELD) {
            #[expect(unsafe_code, reason = "heed marks mapping a file unsafe")]
            // SAFETY: nobody else knows the folder.
            let _open = unsafe { EnvOpenOptions::new().open(PathBuf::from(folder)) };
            io::stdout().write_all(b"\nheld\n").unwrap();
            let _ended = io::stdin().read_line(&mut String::new());
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        assert!(!is_in_use(folder.path()));
        let mut other = Command::new(env::current_exe().unwrap())
            .args(["--nocapture", "is_in_use_while_another_process_has_it_mapped"])
            .env(HELD, folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(other.stdout.take().unwrap()).lines().map_while(Result::ok);
        assert!(lines.any(|line| line == "held"));
        assert!(is_in_use(folder.path()));
        drop(other.stdin.take());
        lines.for_each(drop);
        other.wait().unwrap();
        assert!(!is_in_use(folder.path()));
    }
}
