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
pub(in crate::store) mod home;
pub(in crate::store) mod identity;
mod lock_file;
pub(in crate::store) mod open_lock;
pub(in crate::store) mod process_lock;
pub(in crate::store) mod regular;
pub(in crate::store) mod stale_temp;
