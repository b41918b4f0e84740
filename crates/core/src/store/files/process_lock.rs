//! The claim of a process to open a data file once, with one copy of this code.
//!
//! LMDB's locks break silently if one process opens a file twice, and a registry sees only what its own copy of
//! this package opened. So the file itself is marked, far beyond its end, with locks that are owned by an open
//! file and not by a process. One byte stands for this process. A writer takes it exclusively; a reader, which
//! may not do that, takes it shared, so that an exclusive lock shows that a writer exists. Another byte stands
//! for the PID namespace and is shared, since LMDB tells readers apart by process id. Nothing is written. On
//! systems other than Linux nothing is claimed.

use std::fs::File;
use std::path::Path;

#[cfg(target_os = "linux")]
use crate::Error;
use crate::Result;
#[cfg(target_os = "linux")]
use crate::store::files::distant;
#[cfg(not(target_os = "linux"))]
use crate::store::files::lock_file;
use crate::store::files::{environment, fault, regular};

/// A data file that is open in this process, until this is dropped.
#[derive(Debug)]
pub(in crate::store) struct ProcessLock {
    file: File,
}

impl ProcessLock {
    /// The data file, for what LMDB does not write.
    pub(in crate::store) const fn file(&self) -> &File {
        &self.file
    }

    /// Returns the bytes of a map for the file at its present size.
    pub(in crate::store) fn room(&self) -> usize {
        environment::room_for(self.file.metadata().map_or(0, |found| found.len()))
    }

    /// Claims the data file at `path`; makes an empty one if it is missing.
    ///
    /// # Errors
    /// `Locked` if another copy of this code has it open in this process, or a process of another PID namespace
    /// has it open; any error of opening the file.
    pub(in crate::store) fn claim(path: &Path) -> Result<Self> {
        let mut options = File::options();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600); // as LMDB makes it
        let file = regular::open(path, &mut options)
            .map_err(|error| fault::from_io("open", path, &error))?;
        let sole = Self { file };
        #[cfg(target_os = "linux")]
        sole.mark(distant::take).map_err(|why| refusal(path, why))?;
        Ok(sole)
    }

    /// Opens the existing data file at `path` for reading only. Does not claim it yet.
    ///
    /// # Errors
    /// Any error of opening the file.
    pub(in crate::store) fn open_to_read(path: &Path) -> Result<Self> {
        let file = regular::open(path, File::options().read(true))
            .map_err(|error| fault::from_io("open", path, &error))?;
        Ok(Self { file })
    }

    /// Claims the data file at `path` for reading with LMDB's locks.
    ///
    /// # Errors
    /// As `claim`.
    pub(in crate::store) fn claim_to_read(&self, path: &Path) -> Result<()> {
        #[cfg(target_os = "linux")]
        self.mark(distant::take_to_read).map_err(|why| refusal(path, why))?;
        #[cfg(not(target_os = "linux"))]
        let _ = path;
        Ok(())
    }

    /// Whether a process has the data file in `folder` open for writing.
    pub(in crate::store) fn is_written(&self, folder: &Path) -> bool {
        #[cfg(target_os = "linux")]
        {
            let _ = folder;
            self.is_claimed()
        }
        #[cfg(not(target_os = "linux"))]
        lock_file::is_in_use(folder)
    }
}

#[cfg(target_os = "linux")]
fn refusal(path: &Path, why: &str) -> Error {
    Error::Locked(format!("cannot open {}: {why}", path.display()))
}

#[cfg(target_os = "linux")]
mod marks {
    use std::fs::File;

    use super::ProcessLock;
    use crate::store::files::distant::{self, Range};

    /// A byte for each process id.
    const PROCESSES: i64 = distant::START;
    const PROCESS_COUNT: i64 = 1 << 33;
    /// A byte for each PID namespace.
    const NAMESPACES: Range = Range { start: PROCESSES + PROCESS_COUNT, count: 1 << 32 };

    impl ProcessLock {
        /// Whether a process holds its mark exclusively, as a writer does.
        pub(in crate::store::files) fn is_claimed(&self) -> bool {
            distant::is_held_alone(&self.file, PROCESSES, PROCESS_COUNT)
        }

        /// Takes both marks, that of the process with `take`. The error says why another holder conflicts.
        pub(in crate::store::files) fn mark(
            &self,
            take: fn(&File, i64) -> bool,
        ) -> Result<(), &'static str> {
            if !take(&self.file, PROCESSES + i64::from(std::process::id())) {
                return Err(
                    "another copy of this package has it open in this process, or a process of the \
                            same id does in another container. Load one copy, and let processes that \
                            share a folder share a PID namespace",
                );
            }
            let namespace = pid_namespace().filter(|number| *number < NAMESPACES.count);
            if namespace.is_some_and(|number| NAMESPACES.is_disputed(&self.file, number)) {
                return Err(
                    "a process of another PID namespace (another container) has it open. Let \
                            processes that share a folder share a PID namespace",
                );
            }
            Ok(())
        }
    }

    impl Drop for ProcessLock {
        /// Explicitly, since a child that is being spawned may hold the file a moment longer.
        fn drop(&mut self) {
            Range { start: distant::START, count: distant::COUNT }.give_back(&self.file);
        }
    }

    /// Returns the number of this process's PID namespace; `None` if it is unknown.
    fn pid_namespace() -> Option<i64> {
        let link = std::fs::read_link("/proc/self/ns/pid").ok()?;
        let number = link.to_str()?.strip_prefix("pid:[")?.strip_suffix(']')?;
        number.parse().ok()
    }
}
