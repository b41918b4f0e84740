//! The canonical form of a text: the passes in order, and the buffers that they reuse.

use super::emit::{OpenObject, emit};
use super::members::Members;
use super::refusal::invalid;
use super::scan::{Container, Extent, Scanned, scan};
use crate::{Error, Result, grow, room};
use std::borrow::Cow;

/// At most this many elements of scratch buffers stay allocated between runs.
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

/// Brings JSON texts into canonical form; keeps its scratch buffers between them.
#[derive(Debug, Default)]
pub struct Canonicalizer {
    /// The text with whitespace dropped and tokens rewritten, as far as that was needed.
    rewritten: Vec<u8>,
    containers: Vec<Container>,
    members: Members,
    open: Vec<OpenObject>,
}

impl Canonicalizer {
    /// Creates one with empty buffers, which grow as needed.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends the canonical form of `text` to `out`. Linear, except for sorting objects whose keys are out of
    /// order. On failure `out` is unchanged.
    ///
    /// # Errors
    /// Misuse, with the byte offset: not UTF-8, not JSON, a number beyond the range of a double or of more than
    /// 2^15 characters, a duplicate key, 4 GiB or more. With a JSON Pointer: a lone surrogate, more than
    /// [`super::MAX_NESTING`] levels. `TooLarge` without memory for it.
    pub fn run(&mut self, text: &[u8], out: &mut Vec<u8>) -> Result<()> {
        let result =
            self.scan(text, Extent::Whole).and_then(|scanned| self.write(text, scanned, out));
        self.trim();
        result
    }

    /// Returns the canonical form of `text`: itself, if it is that.
    ///
    /// # Errors
    /// As `run`.
    pub fn canonical<'t>(&mut self, text: &'t [u8]) -> Result<Cow<'t, [u8]>> {
        let result = self.scan(text, Extent::Whole).and_then(|scanned| {
            if scanned.verbatim && self.members.in_order() {
                return Ok(Cow::Borrowed(text));
            }
            let mut out = Vec::new();
            self.write(text, scanned, &mut out)?;
            Ok(Cow::Owned(out))
        });
        self.trim();
        result
    }

    /// Appends the canonical form of a text that was read.
    fn write(&mut self, text: &[u8], scanned: Scanned, out: &mut Vec<u8>) -> Result<()> {
        let source = if scanned.verbatim { text } else { &self.rewritten };
        grow(out, source.len())?;
        emit(source, &self.members, &mut self.open, out);
        Ok(())
    }

    /// Hands the canonical form of each element of `array` to `take`, in order: an array of `count` elements and no
    /// whitespace between them, as `JSON.stringify` prints it.
    ///
    /// # Errors
    /// As `run`, with places within the element; those of `take`; misuse where it is no such array.
    pub fn elements<F: FnMut(Vec<u8>) -> Result<()>>(
        &mut self,
        array: &[u8],
        count: usize,
        mut take: F,
    ) -> Result<()> {
        check_utf8(array)?;
        let mut rest = array.strip_prefix(b"[").ok_or_else(|| no_array(count))?;
        for number in 0..count {
            let before: &[u8] = if number == 0 { b"" } else { b"," };
            let element = rest.strip_prefix(before).ok_or_else(|| no_array(count))?;
            let mut out = Vec::new();
            let end = self.first(element, &mut out);
            self.trim();
            rest = element.get(end?..).unwrap_or_default();
            take(out)?;
        }
        if rest == b"]" { Ok(()) } else { Err(no_array(count)) }
    }

    /// Appends the canonical form of the value that `text`, which is UTF-8, begins with; returns where it ends.
    fn first(&mut self, text: &[u8], out: &mut Vec<u8>) -> Result<usize> {
        let scanned = self.scan_utf8(text, Extent::Prefix)?;
        self.write(text.get(..scanned.end).unwrap_or_default(), scanned, out)?;
        Ok(scanned.end)
    }

    /// Whether `text` is JSON in canonical form, byte for byte.
    pub fn is_canonical(&mut self, text: &[u8]) -> bool {
        self.canonical_end(text, Extent::Whole).is_some()
    }

    /// Returns where the JSON value at the beginning of `text` ends, if it is in canonical form. The rest of
    /// `text` is not examined, but must be UTF-8.
    pub fn canonical_prefix(&mut self, text: &[u8]) -> Option<usize> {
        self.canonical_end(text, Extent::Prefix)
    }

    fn canonical_end(&mut self, text: &[u8], extent: Extent) -> Option<usize> {
        let scanned = self.scan(text, extent).ok();
        let end = scanned.filter(|scanned| scanned.verbatim && self.members.in_order());
        self.trim();
        end.map(|scanned| scanned.end)
    }

    /// Checks `text` and records its order.
    fn scan(&mut self, text: &[u8], extent: Extent) -> Result<Scanned> {
        check_utf8(text)?;
        self.scan_utf8(text, extent)
    }

    fn scan_utf8(&mut self, text: &[u8], extent: Extent) -> Result<Scanned> {
        self.rewritten.clear();
        self.containers.clear();
        self.members.clear();
        // For the text with its tokens rewritten.
        room(text.len())?;
        scan(text, extent, &mut self.containers, &mut self.rewritten, &mut self.members)
    }

    /// Frees buffers that an unusually large text has grown.
    fn trim(&mut self) {
        if self.rewritten.capacity() > KEPT_SCRATCH {
            self.rewritten = Vec::new();
        }
        self.members.trim(KEPT_SCRATCH);
    }
}

fn check_utf8(text: &[u8]) -> Result<()> {
    std::str::from_utf8(text).map(drop).map_err(|error| invalid(error.valid_up_to(), "not UTF-8"))
}

#[cold]
fn no_array(count: usize) -> Error {
    Error::Misuse(format!("the text is no array of {count} elements"))
}
