//! Making the file of a database smaller.

use super::{Engine, Medium};
use crate::Result;
use crate::store::Compaction;

impl Engine {
    /// Makes a new, smaller file of what is in this database; nothing in memory. For the writer, which then
    /// closes this engine, puts the file in its place and opens another engine.
    ///
    /// # Errors
    /// `Locked` if another process has the database open, or a backup is under way; `Store`, `Full`.
    pub fn compact(&self) -> Result<Option<Compaction>> {
        match &self.medium {
            Medium::Disk(disk) => disk.compact().map(Some),
            Medium::Memory(_) => Ok(None),
        }
    }
}
