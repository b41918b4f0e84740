//! The locks of `outcomes`, in one place, so that a test can replace them with loom's.

pub(crate) use std::sync::{Condvar, Mutex, PoisonError};
