//! The locks of `outcomes`, in one place, so that a test can put loom's there.

pub(crate) use std::sync::{Condvar, Mutex, PoisonError};
