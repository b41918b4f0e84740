//! How a text is refused, and how deep it may be.

use crate::Error;

/// How many arrays and objects may be open at once.
pub const MAX_NESTING: usize = 1_000;

/// The error for a text that is not what it should be at byte `at`.
#[cold]
pub(super) fn invalid(at: usize, what: &str) -> Error {
    Error::Misuse(format!("invalid JSON at byte {at}: {what}"))
}
