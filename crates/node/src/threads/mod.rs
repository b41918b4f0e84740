//! The threads of a process and the channels between them: the writer of each database, the walkers, and the
//! event loop.

pub(crate) mod ack;
pub(crate) mod caller;
pub(crate) mod drafter;
pub(crate) mod job;
pub(crate) mod mailbox;
pub(crate) mod outcomes;
pub(crate) mod pool;
pub(crate) mod registry;
pub(crate) mod seed;
pub(crate) mod slot;
pub(crate) mod sync;
pub(crate) mod time_slice;
pub(crate) mod usage;
pub(crate) mod walkers;
pub(crate) mod writer;
