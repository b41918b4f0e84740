//! The files of a database: making, claiming, copying and removing them.

mod agreement;
pub(in crate::store) mod backup;
pub(in crate::store) mod compact;
#[cfg(target_os = "linux")]
mod distant;
pub(in crate::store) mod environment;
mod exec;
pub(in crate::store) mod fault;
pub(in crate::store) mod home;
pub(in crate::store) mod identity;
pub(in crate::store) mod lock_file;
pub(in crate::store) mod open_lock;
pub(in crate::store) mod place;
pub(in crate::store) mod process_lock;
pub(in crate::store) mod regular;
pub(in crate::store) mod stale_temp;

/// Name of the file inside the folder.
pub(crate) const DATA_FILE: &str = "data.mdb";

/// Name of the file with which LMDB coordinates its processes.
pub(crate) const LOCK_FILE: &str = "lock.mdb";
