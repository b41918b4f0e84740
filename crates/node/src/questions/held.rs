//! Handles that JavaScript has of work that takes several calls.

use std::sync::{Arc, Mutex};

use histo_core::{Error, Result};

use crate::convert::guard::locked;

/// The state of such work, until it ends.
pub struct Held<T>(Arc<Mutex<Option<T>>>);

impl<T> Held<T> {
    pub(crate) fn new(state: T) -> Self {
        Self(Arc::new(Mutex::new(Some(state))))
    }

    /// Returns the same state, for another thread.
    pub(crate) fn share(&self) -> Self {
        Self(Arc::clone(&self.0))
    }

    /// Calls `look` with the state, which it may change.
    ///
    /// # Errors
    /// Those of `look`; `Internal` after the end, or a panic.
    pub(crate) fn with<R>(&self, look: impl FnOnce(&mut T) -> Result<R>) -> Result<R> {
        let mut state = locked(&self.0)?;
        look(state.as_mut().ok_or_else(|| Error::Internal("the work was ended already".into()))?)
    }

    /// Frees the state.
    pub(crate) fn end(&self) {
        drop(self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take());
    }
}
