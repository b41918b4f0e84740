//! Whether all processes that have one of a database's three files open have the other two open as well.
//!
//! Suppose `open.lock` or `lock.mdb` was removed, or `data.mdb` replaced, while the database was open. The next
//! process to open it would share one lock with the others but not the second: LMDB would mix up two files, or
//! a compaction would replace the file of an open database. So each file carries, while it is open, a mark that
//! says which three files belong together. An opener that finds another mark beside its own is refused. Linux
//! only.

use std::fs::File;

use super::identity::Identity;

/// Marks the files as belonging together, as long as they are open; `false` if a process has one of them open
/// with others. Always `true` on systems other than Linux.
pub(super) fn agree(files: [&File; 3], identities: &[Identity; 3]) -> bool {
    #[cfg(target_os = "linux")]
    {
        let number = marks::number_of(identities);
        !files.into_iter().any(|file| marks::TOGETHER.is_disputed(file, number))
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = (files, identities);
        true
    }
}

/// Removes the mark of a file.
pub(super) fn withdraw(file: &File) {
    #[cfg(target_os = "linux")]
    marks::TOGETHER.give_back(file);
    #[cfg(not(target_os = "linux"))]
    let _ = file;
}

#[cfg(target_os = "linux")]
mod marks {
    use crate::store::files::distant::{self, Range};
    use crate::store::files::identity::Identity;

    /// One byte for almost every three files, after those of `process_lock`.
    pub(super) const TOGETHER: Range = Range { start: distant::START + (1 << 34), count: 1 << 40 };

    /// The same number in every process.
    pub(super) fn number_of(identities: &[Identity; 3]) -> i64 {
        let mut hasher = blake3::Hasher::new();
        for Identity { device, inode } in identities {
            hasher.update(&device.to_le_bytes());
            hasher.update(&inode.to_le_bytes());
        }
        let number =
            hasher.finalize().as_bytes().first_chunk().map_or(0, |n| u64::from_le_bytes(*n));
        i64::try_from(number >> 24).unwrap_or_default()
    }
}
