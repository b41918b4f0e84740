//! Making the file of a database smaller.

use super::Engine;
use crate::Result;
use crate::store::{Compaction, Disk};

impl Engine {
    /// Makes a new, smaller file of what is in this database; nothing in memory. For the writer, which then
    /// closes this engine, puts the file in its place and opens another engine.
    ///
    /// # Errors
    /// `Locked` if another process has the database open, or a backup is under way; `Store`, `Full`.
    pub fn compact(&self) -> Result<Option<Compaction>> {
        self.medium.disk().map(Disk::compact).transpose()
    }
}
