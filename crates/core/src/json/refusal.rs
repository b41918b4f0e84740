//! Errors for refused texts, and the limit of nesting.

use crate::Error;

/// At most this many arrays and objects may be open at once.
pub const MAX_NESTING: usize = 1_000;

/// Returns the error for a text that is not as expected at byte `at`.
#[cold]
pub(super) fn invalid(at: usize, what: &str) -> Error {
    Error::Misuse(format!("invalid JSON at byte {at}: {what}"))
}
