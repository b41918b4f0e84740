//! Canonical JSON: RFC 8785 (JCS) text out of any JSON text.
//!
//! Holds the entry points and the buffers that they reuse. One pass checks RFC 8259 and notes what
//! is out of order (`scan`, `members`); most texts of `JSON.stringify` need no more than a copy or
//! the reordering of spans (`emit`). Never recurses and never panics, whatever the bytes are.
//! Sources: RFC 8259, RFC 8785, and ECMAScript's `Number::toString` and `QuoteJSONString`.
#![deny(clippy::arithmetic_side_effects, clippy::indexing_slicing)]

mod emit;
mod escapes;
mod members;
mod numbers;
mod order;
mod place;
mod scan;
mod source;
mod strings;

pub use escapes::has_escaped_key;
pub(crate) use strings::{read as read_string, write as write_string};

use crate::{Error, Result, grow, room};
use members::Members;

/// How many arrays and objects may be open at once.
pub const MAX_NESTING: usize = 1_000;

/// Elements of scratch that stay allocated between runs; above that a run gives them back.
const KEPT_SCRATCH: usize = 1 << 16;

/// Appends the canonical form of `text` to `out`: [`Canonicalizer::run`] with fresh buffers.
///
/// # Errors
/// As [`Canonicalizer::run`].
pub fn canonicalize(text: &[u8], out: &mut Vec<u8>) -> Result<()> {
    Canonicalizer::new().run(text, out)
}

/// Whether `text` is JSON in canonical form, byte for byte. Reads it once, writes nothing.
pub fn is_canonical(text: &[u8]) -> bool {
    Canonicalizer::new().is_canonical(text)
}

/// Brings JSON texts into canonical form and keeps its scratch buffers between them.
#[derive(Debug, Default)]
pub struct Canonicalizer {
    /// The text with whitespace dropped and tokens rewritten, up to where that was needed.
    rewritten: Vec<u8>,
    frames: Vec<scan::Frame>,
    members: Members,
}

impl Canonicalizer {
    /// Creates one with empty buffers; they grow with what it meets.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends the canonical form of `text` to `out`: linear, but for the sorting of objects whose
    /// keys are not in order. `out` is as it was where this fails.
    ///
    /// # Errors
    /// Misuse, with the byte offset: not UTF-8, not JSON, a number beyond the range of a double or of
    /// more than 2^15 characters, a duplicate key, 4 GiB and more; with a JSON Pointer: a lone
    /// surrogate, more than [`MAX_NESTING`] levels. `TooLarge` without memory for it.
    pub fn run(&mut self, text: &[u8], out: &mut Vec<u8>) -> Result<()> {
        let result = self.scan(text).and_then(|verbatim| {
            let source = if verbatim { text } else { &self.rewritten };
            grow(out, source.len())?;
            emit::emit(source, &self.members, out);
            Ok(())
        });
        self.trim();
        result
    }

    /// Whether `text` is JSON in canonical form, byte for byte.
    pub fn is_canonical(&mut self, text: &[u8]) -> bool {
        let canonical = matches!(self.scan(text), Ok(true)) && self.members.in_order();
        self.trim();
        canonical
    }

    /// Checks `text` and notes its order; true if none of its tokens had to be rewritten.
    fn scan(&mut self, text: &[u8]) -> Result<bool> {
        self.rewritten.clear();
        self.frames.clear();
        self.members.clear();
        if let Err(error) = std::str::from_utf8(text) {
            return Err(invalid(error.valid_up_to(), "not UTF-8"));
        }
        // For the text with its tokens rewritten.
        room(text.len())?;
        scan::scan(text, &mut self.frames, &mut self.rewritten, &mut self.members)
    }

    /// Gives back buffers that an unusually large text has left.
    fn trim(&mut self) {
        if self.rewritten.capacity() > KEPT_SCRATCH {
            self.rewritten = Vec::new();
        }
        self.members.trim(KEPT_SCRATCH);
    }
}

/// The error for a text that is not what it should be at byte `at`.
#[cold]
fn invalid(at: usize, what: &str) -> Error {
    Error::Misuse(format!("invalid JSON at byte {at}: {what}"))
}
