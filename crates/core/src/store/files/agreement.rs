//! Whether all that have one of a database's three files open have the other two as well.
//!
//! Where `open.lock` or `lock.mdb` was removed, or `data.mdb` replaced, while the database was open, whoever
//! opens it next would share one lock with the others and not the second: LMDB would mix two files up, or a
//! compaction exchange the file below an open database. So each file carries, while it is open, a mark that says
//! which three files belong together, and an opener that finds another mark beside its own is refused. Linux only.

use std::fs::File;

use super::identity::Identity;

/// Marks the files that belong together, as long as they are open; `false` where a process has one of them open
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

/// Takes the mark of a file away.
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

    /// A byte for each three files, nearly: behind those of `sole`.
    pub(super) const TOGETHER: Range = Range { start: distant::START + (1 << 34), count: 1 << 40 };

    /// The same in every process.
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
