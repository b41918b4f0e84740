//! JSON strings: finding their end, and their one canonical spelling.
//!
//! Scans strings, and rewrites other spellings. Expects valid UTF-8 and looks only at ASCII. Source: RFC 8785,
//! 3.2.2.2.

use super::refusal::invalid;
use crate::Result;
use std::borrow::Cow;

const ONES: u64 = u64::MAX / 255;
const HIGHS: u64 = ONES << 7;
const QUOTES: u64 = u64::from_le_bytes([b'"'; 8]);
const BACKSLASHES: u64 = u64::from_le_bytes([b'\\'; 8]);
/// End of the message about half a surrogate pair.
pub(super) const LONE_SURROGATE: &str = "lone surrogate";
const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// A string in canonical spelling.
pub(super) struct Scanned {
    /// Position after the closing quote.
    pub(super) end: usize,
    /// Whether it has neither escapes nor non-ASCII characters: then bytes compare as UTF-16 units do.
    pub(super) plain: bool,
}

/// Reads a string whose first byte after the quote is at `start`; `None` if it is not spelt canonically, which
/// [`rewrite`] then handles.
#[inline]
pub(super) fn scan(text: &[u8], start: usize) -> Result<Option<Scanned>> {
    let (stop, plain) = find_stop(text, start);
    if text.get(stop) == Some(&b'"') {
        return Ok(Some(Scanned { end: stop.wrapping_add(1), plain }));
    }
    scan_escapes(text, stop)
}

/// Continues reading where a string has no simple end.
#[inline(never)]
fn scan_escapes(text: &[u8], from: usize) -> Result<Option<Scanned>> {
    let mut pos = from;
    loop {
        let (stop, _) = find_stop(text, pos);
        match text.get(stop) {
            Some(b'"') => {
                return Ok(Some(Scanned { end: stop.wrapping_add(1), plain: false }));
            }
            Some(b'\\') => match canonical_escape(text.get(stop..).unwrap_or_default()) {
                0 => return Ok(None),
                width => pos = stop.wrapping_add(width),
            },
            Some(_) => return Err(invalid(stop, "control character in a string")),
            None => return Err(invalid(stop, "string without an end")),
        }
    }
}

/// Returns the first position at or after `from` of a quote, a backslash, a control character or the end, and
/// whether all bytes before it are ASCII. Eight bytes a step.
#[inline]
pub(super) fn find_stop(text: &[u8], from: usize) -> (usize, bool) {
    let mut pos = from;
    let mut seen = 0;
    while let Some(chunk) = text.get(pos..).and_then(<[u8]>::first_chunk::<8>) {
        let word = u64::from_le_bytes(*chunk);
        let stops = stops(word);
        if stops != 0 {
            let bit = stops.trailing_zeros(); // the highest of its byte, so 7, 15, 23, ..
            seen |= word & !(u64::MAX << bit);
            return (pos.wrapping_add((bit >> 3) as usize), seen & HIGHS == 0);
        }
        seen |= word;
        pos = pos.wrapping_add(8);
    }
    find_stop_near_end(text, pos, seen & HIGHS == 0)
}

fn find_stop_near_end(text: &[u8], pos: usize, ascii: bool) -> (usize, bool) {
    let rest = text.get(pos..).unwrap_or_default();
    let length = rest.iter().position(|byte| matches!(byte, 0..0x20 | b'"' | b'\\'));
    let stop = pos.wrapping_add(length.unwrap_or(rest.len()));
    let ascii = ascii && text.get(pos..stop).is_some_and(<[u8]>::is_ascii);
    (stop, ascii)
}

/// Sets the highest bit of each byte of `word` that ends a span. A borrow can set too many, but only above a
/// correct one: the lowest one is exact.
const fn stops(word: u64) -> u64 {
    let control = word.wrapping_sub(ONES << 5) & !word;
    (control | zeros(word ^ QUOTES) | zeros(word ^ BACKSLASHES)) & HIGHS
}

const fn zeros(word: u64) -> u64 {
    word.wrapping_sub(ONES) & !word
}

/// Returns the width of the escape at the beginning of `text` if it is the canonical one, else 0.
fn canonical_escape(text: &[u8]) -> usize {
    match text {
        [_, b'"' | b'\\' | b'b' | b't' | b'n' | b'f' | b'r', ..] => 2,
        [_, b'u', b'0', b'0', b'0', b'0'..=b'7' | b'b' | b'e' | b'f', ..]
        | [_, b'u', b'0', b'0', b'1', b'0'..=b'9' | b'a'..=b'f', ..] => 6,
        _ => 0,
    }
}

/// Appends the canonical spelling, with quotes, of the string whose first byte after the quote is at `start`;
/// returns the position after its closing quote.
pub(super) fn rewrite(text: &[u8], start: usize, out: &mut Vec<u8>) -> Result<usize> {
    out.push(b'"');
    let end = decode(text, start, |span, escaped| {
        out.extend_from_slice(span);
        if let Some(character) = escaped {
            push_escaped(character, out);
        }
    })?;
    out.push(b'"');
    Ok(end)
}

/// Decodes the string whose first byte after the quote is at `start`. Returns it, borrowed if it has no
/// escapes, and the position after its closing quote. `None` if it is not spelt canonically.
pub(crate) fn read(text: &[u8], start: usize) -> Result<Option<(Cow<'_, str>, usize)>> {
    let Some(scanned) = scan(text, start)? else {
        return Ok(None);
    };
    if scanned.plain {
        let span = text.get(start..scanned.end.wrapping_sub(1)).unwrap_or_default();
        let string = str::from_utf8(span).map_err(|_| invalid(start, "not UTF-8"))?;
        return Ok(Some((Cow::Borrowed(string), scanned.end)));
    }
    let mut bytes = Vec::new();
    let end = decode(text, start, |span, escaped| {
        bytes.extend_from_slice(span);
        if let Some(character) = escaped {
            bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        }
    })?;
    let string = String::from_utf8(bytes).map_err(|_| invalid(start, "not UTF-8"))?;
    Ok(Some((Cow::Owned(string), end)))
}

/// Decodes the string whose first byte after the quote is at `start`, for a message: keeps a lone surrogate as
/// its escape, and ends at any other fault.
pub(super) fn read_loosely(text: &[u8], start: usize) -> String {
    let mut bytes = Vec::new();
    let mut pos = start;
    loop {
        let (stop, _) = find_stop(text, pos);
        bytes.extend_from_slice(text.get(pos..stop).unwrap_or_default());
        if text.get(stop) != Some(&b'\\') {
            break;
        }
        pos = if let Ok((character, end)) = decode_escape(text, stop) {
            bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            end
        } else if unit(text, stop).is_some() {
            let end = stop.wrapping_add(6);
            bytes.extend_from_slice(text.get(stop..end).unwrap_or_default());
            end
        } else {
            break;
        };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Passes the string's spans, each with the escaped character that follows it, to `visit`.
fn decode(text: &[u8], start: usize, mut visit: impl FnMut(&[u8], Option<char>)) -> Result<usize> {
    let mut pos = start;
    loop {
        let (stop, _) = find_stop(text, pos);
        let span = text.get(pos..stop).unwrap_or_default();
        match text.get(stop) {
            Some(b'"') => {
                visit(span, None);
                return Ok(stop.wrapping_add(1));
            }
            Some(b'\\') => {
                let (character, end) = decode_escape(text, stop)?;
                visit(span, Some(character));
                pos = end;
            }
            Some(_) => return Err(invalid(stop, "control character in a string")),
            None => return Err(invalid(stop, "string without an end")),
        }
    }
}

/// Reads the escape whose backslash is at `at`; a surrogate includes its other half.
fn decode_escape(text: &[u8], at: usize) -> Result<(char, usize)> {
    let short = match text.get(at.wrapping_add(1)) {
        Some(b'b') => '\u{8}',
        Some(b't') => '\t',
        Some(b'n') => '\n',
        Some(b'f') => '\u{c}',
        Some(b'r') => '\r',
        Some(&byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
        _ => return decode_unit(text, at),
    };
    Ok((short, at.wrapping_add(2)))
}

fn decode_unit(text: &[u8], at: usize) -> Result<(char, usize)> {
    let high = unit(text, at).ok_or_else(|| invalid(at, "unknown escape"))?;
    let after = at.wrapping_add(6);
    if let Some(character) = char::from_u32(high.into()) {
        return Ok((character, after));
    }
    let low = unit(text, after).unwrap_or_default();
    match char::decode_utf16([high, low]).next() {
        Some(Ok(character)) => Ok((character, after.wrapping_add(6))),
        _ => Err(invalid(at, LONE_SURROGATE)),
    }
}

/// Reads `\uXXXX` at `at`.
fn unit(text: &[u8], at: usize) -> Option<u16> {
    let digits = text.get(at..)?.strip_prefix(b"\\u")?.first_chunk::<4>()?;
    digits.iter().try_fold(0_u16, |unit, &digit| {
        let digit = char::from(digit).to_digit(16)?;
        Some(unit << 4 | u16::try_from(digit).ok()?)
    })
}

/// Appends one character as the content of a canonical string.
fn push_escaped(character: char, out: &mut Vec<u8>) {
    let short = match character {
        '\u{8}' => b'b',
        '\t' => b't',
        '\n' => b'n',
        '\u{c}' => b'f',
        '\r' => b'r',
        '"' => b'"',
        '\\' => b'\\',
        '\0'..' ' => {
            let code = character as usize;
            let digits = [code >> 4, code & 15].map(|digit| DIGITS.get(digit).copied());
            out.extend_from_slice(b"\\u00");
            out.extend(digits.into_iter().flatten());
            return;
        }
        _ => {
            out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            return;
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}

/// Appends `string` as canonical JSON, with quotes.
pub(crate) fn write(string: &str, out: &mut Vec<u8>) {
    let text = string.as_bytes();
    let mut pos = 0;
    out.push(b'"');
    loop {
        let (stop, _) = find_stop(text, pos);
        out.extend_from_slice(text.get(pos..stop).unwrap_or_default());
        let Some(&byte) = text.get(stop) else { break };
        push_escaped(char::from(byte), out);
        pos = stop.wrapping_add(1);
    }
    out.push(b'"');
}
