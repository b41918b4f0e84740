//! Whether a key of an object is spelt with an escape.
//!
//! Holds a search over texts that were checked before: from one string with an escape to the next.

use super::strings::find_stop;

const ONES: u64 = u64::MAX / 255;
const LOWS: u64 = ONES * 0x7f;
const QUOTES: u64 = ONES * b'"' as u64;
const COLONS: u64 = ONES * b':' as u64;

/// Whether a key in `text`, which is JSON without blanks between its tokens, has an escape.
pub fn has_escaped_key(text: &[u8]) -> bool {
    has_backslash(text) && may_have_escaped_key(text) && finds_escaped_key(text)
}

fn has_backslash(text: &[u8]) -> bool {
    let (chunks, rest) = text.as_chunks::<32>();
    let is_in =
        |chunk: &[u8; 32]| chunk.iter().fold(0, |seen, byte| seen | u8::from(*byte == b'\\')) != 0;
    chunks.iter().any(is_in) || rest.contains(&b'\\')
}

/// Whether there is a quote with a colon behind it and a backslash on the way back to the quote before it.
fn may_have_escaped_key(text: &[u8]) -> bool {
    let mut pos = 0;
    while let Some((quotes, colons)) = words(text, pos) {
        let mut ends = zeros(quotes ^ QUOTES) & zeros(colons ^ COLONS);
        while ends != 0 {
            let end = pos.wrapping_add((ends.trailing_zeros() >> 3) as usize);
            if follows_backslash(text, end) {
                return true;
            }
            ends &= ends.wrapping_sub(1);
        }
        pos = pos.wrapping_add(8);
    }
    let rest = text.get(pos..).unwrap_or_default();
    rest.windows(2)
        .enumerate()
        .any(|(at, pair)| pair == b"\":" && follows_backslash(text, pos.wrapping_add(at)))
}

#[inline]
fn words(text: &[u8], pos: usize) -> Option<(u64, u64)> {
    let bytes = text.get(pos..)?.first_chunk::<9>()?;
    let [first @ .., _] = bytes;
    let [_, second @ ..] = bytes;
    Some((u64::from_le_bytes(*first), u64::from_le_bytes(*second)))
}

/// Marks the bytes that are zero with their highest bit, and no others.
#[inline]
const fn zeros(word: u64) -> u64 {
    !((word & LOWS).wrapping_add(LOWS) | word | LOWS)
}

#[inline]
fn follows_backslash(text: &[u8], end: usize) -> bool {
    let before = text.get(..end).unwrap_or_default();
    let mut bytes = before.iter().rev();
    match bytes.find(|byte| matches!(byte, b'"' | b'\\')) {
        Some(b'"') => bytes.next() == Some(&b'\\'),
        found => found.is_some(),
    }
}

/// Goes from one string with an escape to the next.
fn finds_escaped_key(text: &[u8]) -> bool {
    let mut pos = 0;
    while let Some(found) = text.get(pos..).and_then(|rest| rest.iter().position(|it| *it == b'\\'))
    {
        pos = end_of_string(text, pos.wrapping_add(found));
        if text.get(pos) == Some(&b':') {
            return true;
        }
    }
    false
}

/// Returns the position after the string that has its first escape at `at`.
fn end_of_string(text: &[u8], at: usize) -> usize {
    let mut pos = at;
    loop {
        match text.get(pos) {
            Some(b'\\') => pos = find_stop(text, pos.wrapping_add(2)).0,
            _ => return pos.wrapping_add(1),
        }
    }
}
