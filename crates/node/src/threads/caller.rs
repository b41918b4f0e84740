//! A database that asks for writes, as the writer must know it to answer.

use crate::threads::ack::Ack;

/// An open database, as its writer knows it.
pub(crate) struct Caller {
    pub(crate) id: u64,
    /// Largest payload in bytes.
    pub(crate) limit: u64,
    pub(crate) ack: Ack,
}
