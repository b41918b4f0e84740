//! Members of objects and elements of arrays, one level at a time.

use std::cmp::Ordering;

use super::blocks::{Marks, end_of_container};
use super::span::Span;
use crate::json::order;
use crate::json::strings::find_stop;

/// A member or an element.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Item {
    /// The key of a member, without the quotes; empty for an element.
    pub(crate) key: Span,
    pub(crate) value: Span,
}

/// The rest of a container, from one of its items on.
#[derive(Debug, Default)]
pub(crate) struct Items {
    pub(crate) items: Vec<Item>,
    /// The position after the closing bracket.
    pub(crate) end: usize,
}

/// Returns the items of a container, starting with the one at `from`, or the position of the closing bracket if
/// there is none. `keyed`: of an object.
pub(crate) fn items_from(text: &[u8], from: usize, keyed: bool) -> Items {
    let mut found = Items { items: Vec::new(), end: text.len() };
    let mut start = from;
    let mut depth = 0_usize;
    for (at, byte) in Marks::<true>::new(text, Span::new(from, text.len())) {
        match byte {
            b'[' | b'{' => depth += 1,
            b',' if depth == 0 => {
                found.items.push(item(text, Span::new(start, at), keyed));
                start = at + 1;
            }
            b',' => {}
            _ if depth == 0 => {
                if at > start {
                    found.items.push(item(text, Span::new(start, at), keyed));
                }
                found.end = at + 1;
                return found;
            }
            _ => depth -= 1,
        }
    }
    found
}

fn item(text: &[u8], span: Span, keyed: bool) -> Item {
    if !keyed {
        return Item { key: Span::new(span.start, span.start), value: span };
    }
    let key = Span::new(span.start + 1, key_end(text, span.start));
    Item { key, value: Span::new(key.end + 2, span.end) }
}

/// Returns the position of the closing quote of the string whose opening quote is at `quote`.
pub(crate) fn key_end(text: &[u8], quote: usize) -> usize {
    let mut pos = quote + 1;
    loop {
        let (stop, _) = find_stop(text, pos);
        match text.get(stop) {
            Some(b'\\') => pos = stop + 2,
            _ => return stop.min(text.len()),
        }
    }
}

/// Returns the position of the opening quote of the key whose value begins at `value`.
pub(crate) fn key_start(text: &[u8], value: usize) -> usize {
    // A closing quote and a colon come before the value. A quote inside of the key is escaped: an odd number of
    // backslashes comes before it.
    let mut end = value.saturating_sub(2);
    loop {
        let before = text.get(..end).unwrap_or_default();
        let Some(quote) = before.iter().rposition(|byte| *byte == b'"') else { return 0 };
        let escapes = before[..quote].iter().rev().take_while(|byte| **byte == b'\\').count();
        if escapes % 2 == 0 {
            return quote;
        }
        end = quote;
    }
}

/// Returns the position after the value that begins at `at`.
pub(crate) fn value_end(text: &[u8], at: usize) -> usize {
    match text.get(at) {
        Some(b'"') => (key_end(text, at) + 1).min(text.len()),
        Some(b'[' | b'{') => end_of_container(text, at + 1, 1),
        _ => {
            let rest = text.get(at..).unwrap_or_default();
            let width = rest.iter().position(|byte| matches!(byte, b',' | b']' | b'}'));
            at + width.unwrap_or(rest.len())
        }
    }
}

/// Returns the member `key` of the object at `object`; `key` is in canonical spelling, without its quotes.
pub(crate) fn find(text: &[u8], object: Span, key: &[u8]) -> Option<Span> {
    locate(text, object, key).ok()
}

/// As `find`; if there is no such member, returns how many bytes of the text say so.
pub(crate) fn locate(text: &[u8], object: Span, key: &[u8]) -> Result<Span, usize> {
    let mut pos = object.start + 1;
    while text.get(pos) == Some(&b'"') {
        let name = Span::new(pos + 1, key_end(text, pos));
        let start = name.end + 2;
        match compared(name.of(text), key) {
            Ordering::Equal => return Ok(Span::new(start, value_end(text, start))),
            Ordering::Greater => return Err(name.end + 1),
            Ordering::Less => pos = value_end(text, start) + 1,
        }
    }
    Err(pos + 1)
}

/// Compares two keys: their first characters nearly always decide.
#[inline]
fn compared(left: &[u8], right: &[u8]) -> Ordering {
    match (left.first(), right.first()) {
        (Some(one), Some(other))
            if one != other && one.max(other) < &0x80 && *one != b'\\' && *other != b'\\' =>
        {
            one.cmp(other)
        }
        _ if left == right => Ordering::Equal,
        _ => order::compare(left, right),
    }
}
