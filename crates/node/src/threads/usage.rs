//! How the file of a path is open, for all databases of the process that use it.

use std::path::Path;

use histo_core::{DiskOptions, Engine, Result};

use crate::threads::seed::seed;

/// For reading only, or for writing.
pub(crate) enum Usage {
    Reading,
    Writing(DiskOptions),
}

impl Usage {
    /// Opens the file this way; a new database gets the name `name()`.
    ///
    /// # Errors
    /// Any error of opening.
    pub(crate) fn open(&self, path: &Path, name: &dyn Fn() -> String) -> Result<Engine> {
        match self {
            Self::Reading => Engine::open_to_read(path, seed()),
            Self::Writing(options) => Engine::open(path, options, seed(), name),
        }
    }
}
