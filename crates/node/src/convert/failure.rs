//! Failures as fields, from which JavaScript makes errors without parsing a message.

use std::cell::RefCell;

use histo_core::Error;
use napi::bindgen_prelude::Object;
use napi::{Env, Result};

use crate::convert::values::RefHex;

thread_local! {
    /// The error of the last export that failed on this thread, until it is taken.
    static THROWN: RefCell<Option<Error>> = const { RefCell::new(None) };
}

/// Keeps the error of an export that fails.
pub(crate) fn keep(error: Error) {
    THROWN.replace(Some(error));
}

/// Takes the error of the last export that failed.
pub(crate) fn taken() -> Option<Error> {
    THROWN.take()
}

/// Returns the code of an error; misuse has one here too.
pub(crate) fn code_of(error: &Error) -> &'static str {
    error.code().unwrap_or("HISTO_MISUSE")
}

/// Returns `{ code, message, ref?, key?, head?, cause?, index? }`.
pub(crate) fn fields_of<'env>(env: Env, error: &Error) -> Result<Object<'env>> {
    let mut fields = Object::new(&env)?;
    let mut error = error;
    if let Error::InBatch { index, error: of_part } = error {
        fields.set("index", *index)?;
        error = of_part;
    }
    fields.set("code", code_of(error))?;
    fields.set("message", error.to_string())?;
    if let Some(reference) = error.subject() {
        fields.set("ref", reference)?;
    }
    match error {
        Error::NoMove { branch: key, .. } => fields.set("key", key)?,
        Error::HeadConflict { branch, head } => {
            fields.set("key", branch)?;
            fields.set("head", head.map(RefHex))?;
        }
        Error::Store { cause, .. } => fields.set("cause", cause)?,
        _ => {}
    }
    Ok(fields)
}
