//! Reading the pages of a file without LMDB: before opening it, while it is open, and if it does not open.

pub(in crate::store) mod audit;
pub(in crate::store) mod deaths;
pub(crate) mod inspect;
pub(in crate::store) mod pin;
pub(in crate::store) mod rescue;
pub(in crate::store) mod snapshot;
