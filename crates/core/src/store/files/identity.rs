//! The identity of a file, independent of its name: device and inode.

use std::fs::{File, Metadata};
use std::io;
use std::path::Path;

/// Identifies a file or folder as long as something holds it open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) struct Identity {
    pub(in crate::store) device: u64,
    pub(in crate::store) inode: u64,
}

impl Identity {
    /// Returns the identity of an open file.
    pub(in crate::store) fn of(file: &File) -> io::Result<Self> {
        file.metadata().map(|found| Self::told(&found))
    }

    /// Returns the identity of what a path leads to.
    pub(in crate::store) fn at(path: &Path) -> io::Result<Self> {
        path.metadata().map(|found| Self::told(&found))
    }

    #[cfg(unix)]
    fn told(found: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Self { device: found.dev(), inode: found.ino() }
    }

    /// This system has no lasting identity: all are equal.
    #[cfg(not(unix))]
    fn told(_: &Metadata) -> Self {
        Self { device: 0, inode: 0 }
    }
}
