//! The locks of `queue`, in one place, so that a test can put loom's there.

pub(crate) use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
