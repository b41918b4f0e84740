//! Reading the pages of a file without LMDB: before it opens, beside it, and where it does not open.

pub(in crate::store) mod audit;
pub(in crate::store) mod deaths;
pub(crate) mod inspect;
pub(in crate::store) mod pin;
pub(in crate::store) mod rescue;
pub(in crate::store) mod snapshot;
