//! The files of a database: making, claiming, copying and removing them.

mod agreement;
pub(in crate::store) mod backup;
pub(in crate::store) mod compact;
pub(in crate::store) mod create;
#[cfg(target_os = "linux")]
mod distant;
pub(in crate::store) mod environment;
mod exec;
pub(in crate::store) mod fault;
pub(in crate::store) mod folder;
pub(in crate::store) mod home;
pub(in crate::store) mod identity;
pub(in crate::store) mod leftovers;
mod lock_file;
pub(in crate::store) mod regular;
pub(in crate::store) mod sole;
