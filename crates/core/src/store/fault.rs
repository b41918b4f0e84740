//! What LMDB and the operating system report, as errors of ours.

use std::io;
use std::path::Path;

use heed::MdbError;

use crate::Error;

/// Below this much free space an I/O error counts as a full disk: LMDB reports both alike.
const FULL_BELOW: u64 = 1 << 20;

/// Whether the map must grow before the same transaction is tried again.
pub(crate) const fn is_map_event(error: &heed::Error) -> bool {
    matches!(error, heed::Error::Mdb(MdbError::MapFull | MdbError::MapResized))
}

/// Turns what LMDB said while doing `what` on `path` into an error of ours.
pub(crate) fn lmdb(what: &str, path: &Path, error: &heed::Error) -> Error {
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
        heed::Error::Io(error) => from_io(what, path, error),
        _ => Error::Store {
            message: format!("cannot {what} {}", path.display()),
            cause: error.to_string(),
        },
    }
}

/// Turns an I/O error on `path` into an error of ours.
pub(crate) fn from_io(what: &str, path: &Path, error: &io::Error) -> Error {
    if is_full(path, error) {
        return Error::Full(format!(
            "cannot {what} {}: no space is left ({error})",
            path.display()
        ));
    }
    Error::Store { message: format!("cannot {what} {}", path.display()), cause: error.to_string() }
}

fn is_full(path: &Path, error: &io::Error) -> bool {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            true
        }
        // EIO: a short write of LMDB's, or a real fault of the device.
        _ => {
            error.raw_os_error() == Some(5)
                && fs4::available_space(path).is_ok_and(|free| free < FULL_BELOW)
        }
    }
}
