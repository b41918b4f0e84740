//! The text being read, together with its rewritten beginning.
//!
//! Holds where reading stands and turns it into offsets of the output before keys are sorted.
//! Nothing is copied as long as the text is spelt canonically: the output is `rewritten` and then
//! the text from `pending` on.

use super::refusal::invalid;
use crate::Result;
use std::ops::Range;

pub(super) struct Source<'a> {
    text: &'a [u8],
    rewritten: &'a mut Vec<u8>,
    /// Next byte to be read.
    pos: usize,
    /// First byte that is not in `rewritten`; 0 as long as nothing had to be rewritten.
    pending: usize,
    /// Added to a position from `pending` on to make it an offset; it may wrap.
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

    /// Goes on at `pos`: what was passed stands as it is.
    pub(super) const fn advance_to(&mut self, pos: usize) {
        self.pos = pos;
    }

    pub(super) const fn advance(&mut self) {
        self.pos = self.pos.wrapping_add(1);
    }

    /// Returns the next byte that is not whitespace, and stays in front of it.
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

    /// Replaces what stands from here on; `write` appends what is to stand there instead and
    /// returns the position after what it replaces.
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

    /// Copies what was passed and stands as it is.
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

    /// Where the output stands.
    #[inline]
    pub(super) fn offset(&self) -> u32 {
        let offset = self.pos.wrapping_add(self.shift);
        u32::try_from(offset).unwrap_or(u32::MAX) // cannot fail: `check_size`
    }

    /// Returns a token of the output. It lies wholly in one of the two parts, as whatever is
    /// rewritten is a whole token.
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

    /// Ends the reading; true if the text stands as it is, else `rewritten` is what it became.
    pub(super) fn finish(mut self) -> bool {
        if self.pending == 0 {
            return true;
        }
        self.flush();
        false
    }
}
