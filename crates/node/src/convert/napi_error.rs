//! Errors of Node-API itself.

use histo_core::Error;

/// The reason of an error for a value that the process has no memory for.
pub(crate) const NO_MEMORY: &str = "the process has no memory for a string";

/// Turns an error of Node-API itself into one of ours.
#[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err`")]
pub(crate) fn from_napi(error: napi::Error) -> Error {
    if error.reason == NO_MEMORY {
        return Error::too_large(NO_MEMORY.to_owned());
    }
    Error::Internal(error.reason.clone())
}
