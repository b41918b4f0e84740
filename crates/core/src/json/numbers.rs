//! JSON numbers: finding their end, and their one canonical spelling.
//!
//! Scans numbers, and rewrites other spellings as ECMAScript's `Number::toString` does. Source: RFC 8785,
//! 3.2.2.3; the digits come from the crate `ryu-js`.

use super::refusal::invalid;
use crate::{Error, Result};

/// With at most this many digits, decimals and doubles correspond one to one, so that a decimal without
/// redundant zeros is the shortest one (C's `DBL_DIG`).
const EXACT_DIGITS: usize = 15;

/// At most this many bytes in a number. The standard library reads an exponent only up to 2^16, which is exact
/// for numbers with fewer digits.
const MAX_NUMBER_BYTES: usize = 1 << 15;

/// A number's extent and value.
pub(super) struct Scanned {
    /// Position after the last digit.
    pub(super) end: usize,
    /// The value, if the text does not spell it canonically.
    pub(super) rewrite: Option<f64>,
}

/// Reads the number that begins at `start` with a digit or a minus.
pub(super) fn scan(text: &[u8], start: usize) -> Result<Scanned> {
    let negative = text.get(start) == Some(&b'-');
    let whole = start.wrapping_add(usize::from(negative));
    let point = digits(text, whole)?;
    let leading_zero = text.get(whole) == Some(&b'0');
    if leading_zero && point != whole.wrapping_add(1) {
        return Err(invalid(whole, "number with a leading zero"));
    }
    let (end, short) = match text.get(point) {
        Some(b'.') => {
            let end = digits(text, point.wrapping_add(1))?;
            let exponent = matches!(text.get(end), Some(b'e' | b'E'));
            let fraction = text.get(point.wrapping_add(1)..end).unwrap_or_default();
            (end, !exponent && is_short(fraction, leading_zero))
        }
        Some(b'e' | b'E') => (point, false),
        _ => (point, !(negative && leading_zero)),
    };
    if short && end.wrapping_sub(whole) <= EXACT_DIGITS {
        return Ok(Scanned { end, rewrite: None });
    }
    let end = exponent(text, end)?;
    let rewrite = judge(text.get(start..end).unwrap_or_default(), start)?;
    Ok(Scanned { end, rewrite })
}

/// Returns the position after the digits at `from`; requires at least one.
fn digits(text: &[u8], from: usize) -> Result<usize> {
    let mut pos = from;
    while text.get(pos).is_some_and(u8::is_ascii_digit) {
        pos = pos.wrapping_add(1);
    }
    if pos == from {
        return Err(invalid(from, "expected a digit"));
    }
    Ok(pos)
}

/// Whether a fraction of few digits is spelt as ECMAScript does: without trailing zeros, and not so small that
/// the number would have an exponent (below 1e-6).
fn is_short(fraction: &[u8], zero_before: bool) -> bool {
    fraction.last() != Some(&b'0') && !(zero_before && fraction.starts_with(b"000000"))
}

/// Returns the position after the exponent at `from`, or `from` if there is none.
fn exponent(text: &[u8], from: usize) -> Result<usize> {
    if !matches!(text.get(from), Some(b'e' | b'E')) {
        return Ok(from);
    }
    let after = from.wrapping_add(1);
    let signed = matches!(text.get(after), Some(b'+' | b'-'));
    digits(text, after.wrapping_add(usize::from(signed)))
}

/// Returns the value of a number that is not spelt canonically.
fn judge(number: &[u8], at: usize) -> Result<Option<f64>> {
    if number.len() > MAX_NUMBER_BYTES {
        let message = format!("number of more than {MAX_NUMBER_BYTES} characters at byte {at}");
        return Err(Error::Misuse(message));
    }
    let value: Option<f64> = std::str::from_utf8(number).ok().and_then(|text| text.parse().ok());
    let value = value.ok_or_else(|| invalid(at, "expected a number"))?;
    if value.is_infinite() {
        let message = format!("infinite number at byte {at}: beyond the range of a double");
        return Err(Error::Misuse(message));
    }
    let canonical = ryu_js::Buffer::new().format_finite(value).as_bytes() == number;
    Ok((!canonical).then_some(value))
}

/// Appends a finite `value` as ECMAScript prints it; a negative zero is `0`.
pub(super) fn write(value: f64, out: &mut Vec<u8>) {
    out.extend_from_slice(ryu_js::Buffer::new().format_finite(value).as_bytes());
}
