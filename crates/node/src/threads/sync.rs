//! The locks of `lane`, in one place, so that a test can put loom's there.

pub(crate) use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
