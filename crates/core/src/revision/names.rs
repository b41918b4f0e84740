//! The ancestors at the beginning of a text.

use crate::{Error, Result, json};
use std::borrow::Cow;
use std::collections::HashSet;

/// The direct ancestors that a text names, in order; any non-empty strings.
pub(super) type Names<'t> = Vec<Cow<'t, str>>;

/// As [`named_ancestors`], without repetitions.
pub(super) fn distinct_ancestors(text: &[u8]) -> Result<(Names<'_>, &[u8])> {
    let (ancestors, rest) = named_ancestors(text)?;
    if ancestors.len() > 1 && ancestors.iter().collect::<HashSet<_>>().len() < ancestors.len() {
        return Err(corrupt("an ancestor occurs twice"));
    }
    Ok((ancestors, rest))
}

/// Reads up to the bracket that closes the ancestors; also returns the text from there on.
pub(super) fn named_ancestors(text: &[u8]) -> Result<(Names<'_>, &[u8])> {
    let mut rest = text
        .strip_prefix(b"{\"ancestors\":[")
        .ok_or_else(|| corrupt("it does not begin with its ancestors"))?;
    let mut ancestors: Names<'_> = Vec::new();
    while !rest.starts_with(b"]") {
        let separator: &[u8] = if ancestors.is_empty() { b"\"" } else { b",\"" };
        let string = rest
            .strip_prefix(separator)
            .ok_or_else(|| corrupt("its ancestors are not an array of strings"))?;
        let (ancestor, end) = json::read_string(string, 0)
            .map_err(|error| corrupt(&format!("an ancestor is not a string ({error})")))?
            .ok_or_else(|| corrupt("an ancestor is not spelt canonically"))?;
        if ancestor.is_empty() {
            return Err(corrupt("an ancestor is empty"));
        }
        ancestors.push(ancestor);
        rest = string.get(end..).unwrap_or_default();
    }
    Ok((ancestors, rest))
}

#[cold]
pub(super) fn corrupt(what: &str) -> Error {
    Error::Corrupt { message: format!("not the text of a revision: {what}"), subject: None }
}
