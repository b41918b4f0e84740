//! Errors for JavaScript: a code, a message, and never a panic.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, MutexGuard};

use histo_core::{Error, failpoint};
use napi::Status;

use crate::convert::failure;
pub(crate) use crate::convert::napi_error::from_napi;

/// The `code` of a JavaScript error. TypeScript makes a `TypeError` of `HISTO_MISUSE`.
#[derive(Debug)]
pub struct Code(&'static str);

impl AsRef<str> for Code {
    fn as_ref(&self) -> &str {
        self.0
    }
}

impl From<Status> for Code {
    fn from(_: Status) -> Self {
        Self("HISTO_INTERNAL")
    }
}

/// Runs the body of an export; a panic becomes `HISTO_INTERNAL`. `thrown` returns the fields of its error.
pub(crate) fn guard<R>(body: impl FnOnce() -> histo_core::Result<R>) -> napi::Result<R, Code> {
    let body = || {
        failpoint::hit("export");
        body()
    };
    caught(body).map_err(|error| {
        let thrown = napi::Error::new(Code(failure::code_of(&error)), error.to_string());
        failure::keep(error);
        thrown
    })
}

/// Runs `body`; a panic becomes an error.
pub(crate) fn caught<R>(body: impl FnOnce() -> histo_core::Result<R>) -> histo_core::Result<R> {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|panic| Err(panicked(&*panic)))
}

/// Locks the state behind a handle, unless a panic left it half changed.
pub(crate) fn locked<T>(state: &Mutex<T>) -> histo_core::Result<MutexGuard<'_, T>> {
    state.lock().map_err(|_| Error::Internal("an earlier call ended in a panic".to_owned()))
}

/// Returns the error for a panic.
pub(crate) fn panicked(panic: &(dyn Any + Send)) -> Error {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    Error::Internal(text.unwrap_or_else(|| "a panic without a message".to_owned()))
}
