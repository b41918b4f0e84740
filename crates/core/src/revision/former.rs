//! Texts written by the package of 2013 that are not canonical today.
//!
//! It escaped more characters, omitted data that was `undefined`, and accepted an ancestor twice. Otherwise its
//! texts are as today. Source: canonical-json 0.0.3, whose strings are those of Crockford's json2.
#![deny(clippy::arithmetic_side_effects, clippy::indexing_slicing)]

use super::form::{Kind, Parsed};
use super::names::named_ancestors;
use std::borrow::Cow;
use std::collections::HashSet;

/// Reads a text of 2013; `None` if it is not one.
#[cold]
pub(super) fn parse(
    text: &[u8],
    is_canonical: impl FnOnce(&[u8]) -> bool,
) -> Option<Parsed<'static>> {
    let text = spelt_as_today(std::str::from_utf8(text).ok()?)?;
    let (names, rest) = named_ancestors(text.as_bytes()).ok()?;
    let mut seen = HashSet::new();
    let ancestors = names
        .into_iter()
        .filter(|name| seen.insert(name.clone()))
        .map(|name| Cow::Owned(name.into_owned()))
        .collect();
    let payload: &[u8] = match rest {
        b"]}" => b"null",
        _ => rest.strip_prefix(Kind::Json.key())?.strip_suffix(b"}")?,
    };
    is_canonical(payload).then(|| Parsed {
        ancestors,
        kind: Kind::Json,
        payload: Cow::Owned(payload.to_vec()),
        meta: None,
    })
}

/// Replaces escapes with the characters that need none today. `None` if such a character also occurs unescaped:
/// no version wrote both.
fn spelt_as_today(text: &str) -> Option<String> {
    let mut spelt = String::with_capacity(text.len());
    let (mut escaped, mut bare) = (false, false);
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        spelt.push(character);
        if character != '\\' {
            bare |= was_escaped(character);
            continue;
        }
        let rest = characters.as_str();
        if let Some(meant) = unit(rest).filter(|&meant| was_escaped(meant)) {
            spelt.pop();
            spelt.push(meant);
            escaped = true;
            characters = rest.get(5..).unwrap_or_default().chars();
        } else if let Some(second) = characters.next() {
            spelt.push(second);
        }
    }
    (!escaped || !bare).then_some(spelt)
}

/// Returns the character that `uXXXX` stands for, in lower-case digits.
fn unit(text: &str) -> Option<char> {
    let digits = text.strip_prefix('u')?.get(..4)?;
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    digits
        .bytes()
        .all(is_digit)
        .then(|| u32::from_str_radix(digits, 16).ok())?
        .and_then(char::from_u32)
}

/// Whether a character was escaped in 2013 and is not today.
const fn was_escaped(character: char) -> bool {
    matches!(
        character,
        '\u{7f}'..='\u{9f}'
            | '\u{ad}'
            | '\u{600}'..='\u{604}'
            | '\u{70f}'
            | '\u{17b4}'
            | '\u{17b5}'
            | '\u{200c}'..='\u{200f}'
            | '\u{2028}'..='\u{202f}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff0}'..='\u{ffff}'
    )
}
