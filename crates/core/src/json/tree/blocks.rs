//! Brackets and commas of a text, except those in strings.
//!
//! Sixty-four bytes become five masks; the parity of the quotes before a byte says whether it is in a string.
//! Source: Langdale and Lemire, "Parsing Gigabytes of JSON per Second".

use super::span::Span;
use crate::json::marks::{BLOCK, Marked, structure};

/// The brackets and commas in one block, one bit for each byte.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Block {
    pub(crate) open: u64,
    pub(crate) close: u64,
    pub(crate) comma: u64,
}

/// Reads a text block by block, starting outside of strings.
struct Blocks<'t> {
    text: &'t [u8],
    /// The first byte of the next block.
    at: usize,
    /// All ones if the next block begins in a string.
    in_string: u64,
    /// 1 if the first byte of the next block is escaped.
    escaped: u64,
}

impl<'t> Blocks<'t> {
    const fn new(text: &'t [u8], at: usize) -> Self {
        Self { text, at, in_string: 0, escaped: 0 }
    }

    /// Returns the next block and where it begins; `None` at the end of the text.
    #[inline]
    fn next(&mut self) -> Option<(usize, Block)> {
        let start = self.at;
        let rest = self.text.get(start..)?;
        let block = if let Some(bytes) = rest.first_chunk::<BLOCK>() {
            self.mark(bytes)
        } else {
            if rest.is_empty() {
                return None;
            }
            let mut padded = [b' '; BLOCK];
            padded[..rest.len()].copy_from_slice(rest);
            self.mark(&padded)
        };
        self.at = start + BLOCK;
        Some((start, block))
    }

    #[inline]
    fn mark(&mut self, bytes: &[u8; BLOCK]) -> Block {
        let Marked { quotes, backslashes, open, close, comma } = structure(bytes);
        let quotes = quotes & !self.escapes(backslashes);
        let strings = parity(quotes) ^ self.in_string;
        self.in_string = 0_u64.wrapping_sub(strings >> 63);
        Block { open: open & !strings, close: close & !strings, comma: comma & !strings }
    }

    /// Marks the bytes that a backslash escapes.
    #[inline]
    fn escapes(&mut self, backslashes: u64) -> u64 {
        if backslashes == 0 {
            return std::mem::take(&mut self.escaped);
        }
        let mut escaped = self.escaped;
        let mut left = backslashes;
        self.escaped = 0;
        while left != 0 {
            let bit = left & left.wrapping_neg();
            left ^= bit;
            if escaped & bit == 0 {
                escaped |= bit << 1;
                self.escaped = bit >> 63;
            }
        }
        escaped
    }
}

/// Sets each bit that has an odd number of set bits up to and including it.
#[inline]
const fn parity(bits: u64) -> u64 {
    let mut parity = bits;
    parity ^= parity << 1;
    parity ^= parity << 2;
    parity ^= parity << 4;
    parity ^= parity << 8;
    parity ^= parity << 16;
    parity ^ parity << 32
}

/// The brackets of a text up to a place, in order; with `COMMAS`, the commas too.
pub(crate) struct Marks<'t, const COMMAS: bool> {
    blocks: Blocks<'t>,
    end: usize,
    start: usize,
    left: u64,
}

impl<'t, const COMMAS: bool> Marks<'t, COMMAS> {
    /// Those of a span, which begins outside of strings.
    pub(crate) const fn new(text: &'t [u8], span: Span) -> Self {
        Self { blocks: Blocks::new(text, span.start), end: span.end, start: 0, left: 0 }
    }
}

impl<const COMMAS: bool> Iterator for Marks<'_, COMMAS> {
    /// The position of a bracket or comma, and its byte.
    type Item = (usize, u8);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        while self.left == 0 {
            let (start, Block { open, close, comma }) = self.blocks.next()?;
            if start >= self.end {
                return None;
            }
            self.start = start;
            self.left = open | close | if COMMAS { comma } else { 0 };
        }
        let at = self.start + self.left.trailing_zeros() as usize;
        self.left &= self.left.wrapping_sub(1);
        if at >= self.end {
            self.left = 0;
            return None;
        }
        Some((at, *self.blocks.text.get(at)?))
    }
}

/// Counts the commas outside of strings in a part of a text, which begins outside of strings. Returns their
/// number, and the position of the last one.
pub(crate) fn commas(text: &[u8], part: Span) -> (usize, Option<usize>) {
    let mut blocks = Blocks::new(text, part.start);
    let (mut count, mut last) = (0, None);
    while let Some((start, Block { comma, .. })) = blocks.next() {
        let Some(length) = part.end.checked_sub(start).filter(|length| *length > 0) else { break };
        let beyond = if length < BLOCK { u64::MAX << length } else { 0 };
        let comma = comma & !beyond;
        count += comma.count_ones() as usize;
        if comma != 0 {
            last = Some(start + comma.ilog2() as usize);
        }
    }
    (count, last)
}

/// Returns the position after the bracket that closes `depth` open containers, reading from `from`, which is
/// outside of strings; the end of the text if there is none.
pub(crate) fn end_of_container(text: &[u8], from: usize, depth: usize) -> usize {
    let mut blocks = Blocks::new(text, from);
    let mut depth = depth;
    while let Some((start, Block { open, close, .. })) = blocks.next() {
        let closes = close.count_ones() as usize;
        if depth > closes {
            depth = depth + open.count_ones() as usize - closes;
            continue;
        }
        let mut left = open | close;
        while left != 0 {
            let bit = left & left.wrapping_neg();
            left ^= bit;
            depth = if close & bit == 0 { depth + 1 } else { depth - 1 };
            if depth == 0 {
                return start + bit.trailing_zeros() as usize + 1;
            }
        }
    }
    text.len()
}
