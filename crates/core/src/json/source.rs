//! The text being read, with its rewritten beginning.
//!
//! Knows the current position, and converts it into offsets of the output before keys are sorted. Nothing is
//! copied as long as the text is canonical: the output is `rewritten`, then the text from `pending` on.

use super::refusal::invalid;
use crate::Result;
use std::ops::Range;

pub(super) struct Source<'a> {
    text: &'a [u8],
    rewritten: &'a mut Vec<u8>,
    /// The next byte to read.
    pos: usize,
    /// The first byte that is not in `rewritten`; 0 as long as nothing was rewritten.
    pending: usize,
    /// Added to a position at or after `pending` to make it an offset; it may wrap.
    shift: usize,
}

impl<'a> Source<'a> {
    pub(super) fn new(text: &'a [u8], rewritten: &'a mut Vec<u8>) -> Result<Self> {
        let source = Self { text, rewritten, pos: 0, pending: 0, shift: 0 };
        source.check_size()?;
        Ok(source)
    }

    pub(super) const fn text(&self) -> &'a [u8] {
        self.text
    }

    pub(super) const fn pos(&self) -> usize {
        self.pos
    }

    /// Continues at `pos`, keeping what was passed as it is.
    pub(super) const fn advance_to(&mut self, pos: usize) {
        self.pos = pos;
    }

    pub(super) const fn advance(&mut self) {
        self.pos = self.pos.wrapping_add(1);
    }

    /// Returns the next byte that is not whitespace, without consuming it.
    #[inline]
    pub(super) fn peek(&mut self) -> Option<u8> {
        match self.text.get(self.pos) {
            Some(b' ' | b'\t' | b'\n' | b'\r') => self.skip_whitespace(),
            byte => byte.copied(),
        }
    }

    #[cold]
    fn skip_whitespace(&mut self) -> Option<u8> {
        self.flush();
        let rest = self.text.get(self.pos..).unwrap_or_default();
        let blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
        let width = rest.iter().take_while(|byte| blank(byte)).count();
        self.resume_at(self.pos.wrapping_add(width));
        self.text.get(self.pos).copied()
    }

    /// Replaces the text at this position. `write` appends the replacement and returns the position after what
    /// it replaces.
    #[cold]
    pub(super) fn replace(
        &mut self,
        write: impl FnOnce(&[u8], usize, &mut Vec<u8>) -> Result<usize>,
    ) -> Result<()> {
        self.flush();
        let end = write(self.text, self.pos, self.rewritten)?;
        self.resume_at(end);
        self.check_size()
    }

    /// Copies the passed text that is kept.
    fn flush(&mut self) {
        let passed = self.text.get(self.pending..self.pos).unwrap_or_default();
        self.rewritten.extend_from_slice(passed);
    }

    fn resume_at(&mut self, pos: usize) {
        self.pos = pos;
        self.pending = pos;
        self.shift = self.rewritten.len().wrapping_sub(pos);
    }

    /// Offsets are 32 bits wide: half the memory for a text of many small members.
    fn check_size(&self) -> Result<()> {
        let size = self.text.len().wrapping_add(self.shift);
        u32::try_from(size).map_or_else(|_| Err(invalid(self.pos, "4 GiB and more")), |_| Ok(()))
    }

    /// Returns the current offset in the output.
    #[inline]
    pub(super) fn offset(&self) -> u32 {
        let offset = self.pos.wrapping_add(self.shift);
        u32::try_from(offset).unwrap_or(u32::MAX) // cannot fail: `check_size`
    }

    /// Returns a token of the output. It lies completely in one of the two parts, since only whole tokens are
    /// rewritten.
    #[inline]
    pub(super) fn token(&self, offsets: Range<u32>) -> &[u8] {
        let start = offsets.start as usize;
        let end = offsets.end as usize;
        let token = if start < self.rewritten.len() {
            self.rewritten.get(start..end)
        } else {
            self.text.get(start.wrapping_sub(self.shift)..end.wrapping_sub(self.shift))
        };
        token.unwrap_or_default()
    }

    /// Ends the reading; returns true if the text is unchanged, else `rewritten` has the output.
    pub(super) fn finish(mut self) -> bool {
        if self.pending == 0 {
            return true;
        }
        self.flush();
        false
    }
}
