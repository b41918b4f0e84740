//! Errors of Node-API itself.

use histo_core::Error;

/// The message when the process has no memory for a string.
pub(crate) const NO_MEMORY: &str = "the process has no memory for a string";

/// Converts an error of Node-API.
#[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err`")]
pub(crate) fn from_napi(error: napi::Error) -> Error {
    if error.reason == NO_MEMORY {
        return Error::too_large(NO_MEMORY.to_owned());
    }
    Error::Internal(error.reason.clone())
}
