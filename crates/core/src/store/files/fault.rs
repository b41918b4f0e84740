//! Conversion of errors of LMDB and of the operating system.
//!
//! LMDB reports a short write as EIO, like a fault of the device. The free space, the quota and the limit of
//! the process tell afterwards which it was.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use heed::MdbError;

use crate::Error;
use crate::store::files::DATA_FILE;
use crate::store::files::regular;

/// Below this many bytes of free space an I/O error counts as a full disk.
const FULL_BELOW: u64 = 1 << 20;
/// Bytes that must still fit below a quota; more than LMDB's smallest write, a page.
const TRIAL: usize = 1 << 16;
/// EIO, on every system.
const IO_ERROR: i32 = 5;

/// An error inside a transaction: LMDB's, so that the map can grow, or ours.
#[derive(Debug)]
pub(crate) enum Fault {
    Lmdb(heed::Error),
    Ours(Error),
}

impl From<heed::Error> for Fault {
    fn from(error: heed::Error) -> Self {
        Self::Lmdb(error)
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Ours(error)
    }
}

/// Whether the map must grow before the transaction is tried again.
pub(crate) const fn is_map_event(error: &heed::Error) -> bool {
    matches!(error, heed::Error::Mdb(MdbError::MapFull | MdbError::MapResized))
}

/// Converts an error of LMDB from doing `what` to the folder `path`.
pub(crate) fn lmdb(what: &str, path: &Path, error: &heed::Error) -> Error {
    lmdb_in(what, path, path, error)
}

/// As `lmdb`, where the folder is now at `place`.
pub(crate) fn lmdb_in(what: &str, path: &Path, place: &Path, error: &heed::Error) -> Error {
    match error {
        heed::Error::Mdb(
            MdbError::Corrupted
            | MdbError::PageNotFound
            | MdbError::Invalid
            | MdbError::VersionMismatch,
        ) => Error::Corrupt {
            message: format!("cannot {what} {}: the file is damaged ({error})", path.display()),
            subject: None,
        },
        heed::Error::Io(error) => from_io_in(what, path, place, error),
        _ => Error::Store {
            message: format!("cannot {what} {}", path.display()),
            cause: error.to_string(),
        },
    }
}

/// Converts an error of growing the map of `path`.
pub(crate) fn of_map(path: &Path, place: &Path, error: &heed::Error) -> Error {
    match error {
        heed::Error::Io(error) if error.kind() == io::ErrorKind::OutOfMemory => {
            Error::Full(format!(
                "cannot grow the map of {}: no address space is left ({})",
                path.display(),
                words(error)
            ))
        }
        _ => lmdb_in("grow the map of", path, place, error),
    }
}

/// Converts an I/O error on `path`.
pub(crate) fn from_io(what: &str, path: &Path, error: &io::Error) -> Error {
    from_io_in(what, path, path, error)
}

/// As `from_io`; checks the free space at `place`.
pub(crate) fn from_io_in(what: &str, path: &Path, place: &Path, error: &io::Error) -> Error {
    if is_full(place, error) {
        return Error::Full(format!("cannot {what} {}: {}", path.display(), full(error)));
    }
    Error::Store { message: format!("cannot {what} {}", path.display()), cause: words(error) }
}

/// The words of an error of the system, without the number that the standard library appends.
fn words(error: &io::Error) -> String {
    let text = error.to_string();
    let number = error.raw_os_error().map(|code| format!(" (os error {code})"));
    number.and_then(|number| text.strip_suffix(&number).map(str::to_string)).unwrap_or(text)
}

/// That no space is left, and why if it is not the disk: LMDB's EIO and ENOSPC say nothing more.
fn full(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            format!("no space is left ({})", words(error))
        }
        _ => "no space is left".to_string(),
    }
}

fn is_full(path: &Path, error: &io::Error) -> bool {
    if tells_full(error) {
        return true;
    }
    error.raw_os_error() == Some(IO_ERROR)
        && (fs4::available_space(path).is_ok_and(|free| free < FULL_BELOW)
            || is_at_limit(&path.join(DATA_FILE))
            || is_over_quota(path))
}

fn tells_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge
    )
}

/// Whether the file has the greatest length that this process may give one (`ulimit -f`).
#[cfg(unix)]
fn is_at_limit(file: &Path) -> bool {
    const PAGE: u64 = 4096;
    let mut limit = libc::rlimit { rlim_cur: libc::RLIM_INFINITY, rlim_max: libc::RLIM_INFINITY };
    #[expect(unsafe_code, reason = "std does not tell limits")]
    // SAFETY: it writes only to the struct.
    let told = unsafe { libc::getrlimit(libc::RLIMIT_FSIZE, &raw mut limit) } == 0;
    let len = std::fs::metadata(file).map_or(0, |data| data.len());
    told && limit.rlim_cur != libc::RLIM_INFINITY && len.saturating_add(PAGE) > limit.rlim_cur
}

#[cfg(not(unix))]
fn is_at_limit(_file: &Path) -> bool {
    false
}

/// Whether making a file of 64 KiB, which is removed again, meets a limit. With a quota, the free space that
/// the system reports is not the user's.
fn is_over_quota(folder: &Path) -> bool {
    let trial = folder.join(format!("space-{}.tmp", std::process::id()));
    let made = regular::open(&trial, File::options().write(true).create(true).truncate(true));
    let written = made.and_then(|mut file| file.write_all(&vec![0; TRIAL]));
    // A leftover does no harm.
    drop(std::fs::remove_file(&trial));
    written.is_err_and(|error| tells_full(&error))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_the_system_is_told_in_words_without_its_number() {
        let error = io::Error::from_raw_os_error(libc::EACCES);
        let told = from_io("open", Path::new("/notes"), &error);
        let Error::Store { message, cause } = told else { panic!("{told:?}") };
        assert_eq!((message.as_str(), cause.as_str()), ("cannot open /notes", "Permission denied"));
    }

    #[test]
    fn a_full_disk_is_said_once_and_a_limit_of_the_process_by_its_name() {
        let told = |code| {
            let error = io::Error::from_raw_os_error(code);
            from_io("write", Path::new("/notes"), &error).to_string()
        };
        assert_eq!(told(libc::ENOSPC), "cannot write /notes: no space is left");
        assert_eq!(told(libc::EFBIG), "cannot write /notes: no space is left (File too large)");
    }
}
