//! The files of a database: making, claiming, copying and removing them.

pub(in crate::store) mod backup;
pub(in crate::store) mod compact;
pub(in crate::store) mod create;
pub(in crate::store) mod environment;
mod exec;
pub(in crate::store) mod fault;
pub(in crate::store) mod folder;
pub(in crate::store) mod leftovers;
mod lock_file;
pub(in crate::store) mod regular;
pub(in crate::store) mod sole;
