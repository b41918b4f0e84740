//! A database that asks for writes, as far as the writer must know it.

use std::path::PathBuf;

use crate::threads::ack::Ack;

/// An open database, as its writer knows it.
pub(crate) struct Caller {
    pub(crate) id: u64,
    /// At most this many bytes in a payload.
    pub(crate) limit: u64,
    /// The path, if it must not write.
    pub(crate) read_only: Option<PathBuf>,
    /// Days that the log keeps its moves; `None`: they are not logged.
    pub(crate) log_days: Option<u32>,
    pub(crate) ack: Ack,
}
