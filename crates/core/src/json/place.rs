//! The location of a refused value in the data, as a JSON Pointer.
//!
//! Reads the text a second time, up to there; texts that are accepted never get here. Source: RFC 6901.

use super::refusal::MAX_NESTING;
use super::strings;
use crate::Error;

/// At most this many characters of a pointer in a message.
const MAX_POINTER: usize = 200;

/// An array or object around the place.
enum Around {
    Array(usize),
    /// Where the opening quote of its latest key is; `None` before the first.
    Object(Option<usize>),
}

/// The path to a place, outermost container first.
struct Way {
    around: Vec<Around>,
    in_key: bool,
}

/// Adds the place to `error` if that reports a lone surrogate, in the string at byte `at`.
#[cold]
pub(super) fn of_string(error: Error, text: &[u8], at: usize) -> Error {
    match &error {
        Error::Misuse(why) if why.ends_with(strings::LONE_SURROGATE) => {}
        _ => return error,
    }
    let way = way_to(text, at.wrapping_add(1));
    let what = if way.in_key { "a lone surrogate in a key" } else { "a lone surrogate" };
    told(what, text, &way)
}

/// Returns the error for the array or object at byte `at`, which is nested too deeply.
#[cold]
pub(super) fn too_deep(text: &[u8], at: usize) -> Error {
    told(&format!("more than {MAX_NESTING} levels"), text, &way_to(text, at))
}

fn told(what: &str, text: &[u8], way: &Way) -> Error {
    let pointer = pointer(text, &way.around);
    if pointer.is_empty() {
        return Error::Misuse(format!("data has {what}"));
    }
    let shown: String = pointer.chars().take(MAX_POINTER).collect();
    let dots = if shown.len() < pointer.len() { "…" } else { "" };
    Error::Misuse(format!("data has {what} at '{shown}{dots}'"))
}

/// Walks `text` to the bracket or brace at byte `at`, or the string around it; the text before it has been
/// checked.
fn way_to(text: &[u8], at: usize) -> Way {
    let mut around: Vec<Around> = Vec::new();
    let mut before_key = false;
    let mut pos = 0;
    while pos < at {
        let mut next = pos.wrapping_add(1);
        match text.get(pos) {
            Some(b'"') => {
                if before_key && let Some(Around::Object(key)) = around.last_mut() {
                    *key = Some(pos);
                }
                next = end_of_string(text, next, at);
                if next > at {
                    return Way { around, in_key: before_key };
                }
                before_key = false;
            }
            Some(b'[') => around.push(Around::Array(0)),
            Some(b'{') => {
                around.push(Around::Object(None));
                before_key = true;
            }
            Some(b']' | b'}') => {
                around.pop();
                before_key = false;
            }
            Some(b',') => match around.last_mut() {
                Some(Around::Array(index)) => *index = index.wrapping_add(1),
                _ => before_key = true,
            },
            _ => {}
        }
        pos = next;
    }
    Way { around, in_key: false }
}

/// Returns the position after the closing quote, or one beyond `at` if the string extends that far.
fn end_of_string(text: &[u8], start: usize, at: usize) -> usize {
    let mut pos = start;
    while pos <= at {
        match text.get(pos) {
            Some(b'"') => return pos.wrapping_add(1),
            Some(b'\\') => pos = pos.wrapping_add(2),
            _ => pos = pos.wrapping_add(1),
        }
    }
    pos
}

/// Returns the pointer, or a little more than the part that a message shows.
fn pointer(text: &[u8], around: &[Around]) -> String {
    let mut pointer = String::new();
    for step in around.iter().take(MAX_POINTER) {
        match step {
            Around::Array(index) => {
                pointer.push('/');
                pointer.push_str(&index.to_string());
            }
            Around::Object(Some(quote)) => {
                let key = strings::read_loosely(text, quote.wrapping_add(1));
                pointer.push('/');
                pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
            }
            Around::Object(None) => {}
        }
    }
    pointer
}
