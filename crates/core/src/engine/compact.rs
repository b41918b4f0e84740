//! Making the file of a database smaller.

use super::Engine;
use crate::Result;
use crate::store::{Compaction, Disk};

impl Engine {
    /// Makes a new, smaller file with the content of this database; does nothing in memory. The writer then
    /// closes this engine, puts the file in its place and opens another engine.
    ///
    /// # Errors
    /// `Locked` if another process has the database open, or a backup is in progress; `Store`, `Full`.
    pub fn compact(&self) -> Result<Option<Compaction>> {
        self.medium.disk().map(Disk::compact).transpose()
    }
}
