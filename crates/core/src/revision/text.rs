//! The text of a revision in a user's store: writing and reading it.
//!
//! Looks into JSON data only to check that it is canonical. Strings borrow from the text if they are not
//! escaped there.
#![deny(clippy::arithmetic_side_effects, clippy::indexing_slicing)]

use super::form::{Kind, META_KEY, Parsed, ref_of_content};
use super::former;
use super::meta;
use super::names::{Names, corrupt, distinct_ancestors};
use crate::json::{self, Canonicalizer};
use crate::{Error, Ref, Result, grow};
use base64::Engine as _;
// A crate, since strict reading matters (no padding, no spare bits: one spelling for each value).
use base64::engine::general_purpose::STANDARD_NO_PAD;
use std::borrow::Cow;
use std::ops::Range;

/// Appends the text of a revision to `out`. `payload` is canonical JSON or binary data, `meta` canonical JSON.
pub fn text_of<A: AsRef<str>>(
    ancestors: &[A],
    kind: Kind,
    payload: &[u8],
    meta: Option<&[u8]>,
    out: &mut Vec<u8>,
) {
    write_ancestors(ancestors, kind, out);
    match kind {
        Kind::Json => out.extend_from_slice(payload),
        Kind::Bytes => {
            out.push(b'"');
            out.extend_from_slice(STANDARD_NO_PAD.encode(payload).as_bytes());
            out.push(b'"');
        }
    }
    write_end(meta, out);
}

fn write_end(meta: Option<&[u8]>, out: &mut Vec<u8>) {
    if let Some(meta) = meta {
        out.extend_from_slice(META_KEY);
        out.extend_from_slice(meta);
    }
    out.push(b'}');
}

fn write_ancestors<A: AsRef<str>>(ancestors: &[A], kind: Kind, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"ancestors\":[");
    for (index, ancestor) in ancestors.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        json::write_string(ancestor.as_ref(), out);
    }
    out.extend_from_slice(kind.key());
}

/// Writes and reads texts, and keeps its scratch buffers between them.
#[derive(Debug, Default)]
pub struct Texts {
    canonicalizer: Canonicalizer,
}

impl Texts {
    /// Appends the text of a revision with JSON data in any form and a meta in canonical form. Returns where
    /// the canonical form of the data is in `out`.
    ///
    /// # Errors
    /// As [`Canonicalizer::run`]; `out` may have grown then.
    pub fn write<A: AsRef<str>>(
        &mut self,
        ancestors: &[A],
        json: &[u8],
        meta: Option<&[u8]>,
        out: &mut Vec<u8>,
    ) -> Result<Range<usize>> {
        let beside = ancestors.len().saturating_mul(68).saturating_add(meta.map_or(0, <[u8]>::len));
        grow(out, json.len().saturating_add(beside))?;
        write_ancestors(ancestors, Kind::Json, out);
        let start = out.len();
        self.canonicalizer.run(json, out)?;
        let end = out.len();
        write_end(meta, out);
        Ok(start..end)
    }

    /// Appends the canonical form of a meta, JSON in any form, to `out`; returns false if it has no members,
    /// which counts as no meta.
    ///
    /// # Errors
    /// Misuse if it is not a JSON object, or as [`Canonicalizer::run`]; `TooLarge` over
    /// [`MAX_META_BYTES`](super::MAX_META_BYTES).
    pub fn meta(&mut self, json: &[u8], out: &mut Vec<u8>) -> Result<bool> {
        meta::write(&mut self.canonicalizer, json, out)
    }

    /// Reads the text of a revision, and accepts only what [`text_of`] writes.
    ///
    /// # Errors
    /// `HISTO_CORRUPT`, saying why: other keys, an empty or repeated ancestor, JSON or base64 that is not
    /// canonical.
    pub fn parse<'t>(&mut self, text: &'t [u8]) -> Result<Parsed<'t>> {
        let Parts { ancestors, kind, payload, meta } = self.parts(text)?;
        let payload = match kind {
            Kind::Json => Cow::Borrowed(payload),
            Kind::Bytes => Cow::Owned(decode_bytes(payload)?),
        };
        Ok(Parsed { ancestors, kind, payload, meta })
    }

    /// As [`Texts::parse`], and also accepts what the package of 2013 wrote: more characters escaped, no data
    /// (it reads as `null`), an ancestor named twice (it is returned once).
    ///
    /// # Errors
    /// `HISTO_CORRUPT` as [`Texts::parse`].
    pub fn parse_former<'t>(&mut self, text: &'t [u8]) -> Result<Parsed<'t>> {
        self.parse(text).or_else(|refused| self.former(text).ok_or(refused))
    }

    /// As [`Texts::ancestors`], for texts that [`Texts::parse_former`] accepts.
    ///
    /// # Errors
    /// `HISTO_CORRUPT` as [`Texts::parse`].
    pub fn ancestors_former<'t>(&mut self, text: &'t [u8]) -> Result<Vec<Cow<'t, str>>> {
        let former = |texts: &mut Self| texts.former(text).map(|parsed| parsed.ancestors);
        self.ancestors(text).or_else(|refused| former(self).ok_or(refused))
    }

    fn former(&mut self, text: &[u8]) -> Option<Parsed<'static>> {
        former::parse(text, |json| self.canonicalizer.is_canonical(json))
    }

    /// Returns the direct ancestors in the text of a revision, with the same checks as [`Texts::parse`].
    ///
    /// # Errors
    /// `HISTO_CORRUPT` as [`Texts::parse`].
    pub fn ancestors<'t>(&mut self, text: &'t [u8]) -> Result<Vec<Cow<'t, str>>> {
        let Parts { ancestors, kind, payload, .. } = self.parts(text)?;
        if kind == Kind::Bytes {
            decode_bytes(payload)?;
        }
        Ok(ancestors)
    }

    /// Returns the built-in ref of a revision's text.
    ///
    /// # Errors
    /// `HISTO_CORRUPT` as [`Texts::parse`], and if an ancestor is not a built-in ref.
    pub fn ref_of(&mut self, text: &[u8]) -> Result<Ref> {
        let Parsed { ancestors, kind, payload, meta } = self.parse(text)?;
        built_in_ref(&ancestors, kind, &payload, meta)
    }

    /// Reads the ancestors and finds the payload: checked JSON, or base64 with its quotes.
    fn parts<'t>(&mut self, text: &'t [u8]) -> Result<Parts<'t>> {
        let (ancestors, rest) = distinct_ancestors(text)?;
        let (kind, payload) = [Kind::Json, Kind::Bytes]
            .into_iter()
            .find_map(|kind| Some((kind, rest.strip_prefix(kind.key())?)))
            .ok_or_else(|| corrupt("neither `data` nor `bytes` follows the ancestors"))?;
        let rest = payload.strip_suffix(b"}").ok_or_else(|| corrupt("no brace at its end"))?;
        let end = match kind {
            Kind::Json => self.canonicalizer.canonical_prefix(rest),
            Kind::Bytes => end_of_base64(rest),
        };
        let (payload, rest) = end
            .and_then(|end| rest.split_at_checked(end))
            .filter(|(_, behind)| behind.is_empty() || behind.starts_with(META_KEY))
            .ok_or_else(|| broken(kind, rest))?;
        let meta = rest.strip_prefix(META_KEY);
        if let Some(meta) = meta {
            meta::check(&mut self.canonicalizer, meta)?;
        }
        Ok(Parts { ancestors, kind, payload, meta })
    }
}

/// The parts of a text as written: checked JSON, or base64 with its quotes.
struct Parts<'t> {
    ancestors: Names<'t>,
    kind: Kind,
    payload: &'t [u8],
    meta: Option<&'t [u8]>,
}

/// Returns where the string with the base64 ends; it has no escapes.
fn end_of_base64(text: &[u8]) -> Option<usize> {
    let digits = text.strip_prefix(b"\"")?;
    if digits.ends_with(b"\"") {
        return Some(text.len());
    }
    digits.iter().position(|&byte| byte == b'"')?.checked_add(2)
}

/// Returns the built-in ref of a revision whose ancestors are given as texts. `payload` is canonical JSON or
/// binary data, `meta` canonical JSON.
///
/// # Errors
/// `HISTO_CORRUPT` if an ancestor is not a built-in ref.
pub fn built_in_ref<A: AsRef<str>>(
    ancestors: &[A],
    kind: Kind,
    payload: &[u8],
    meta: Option<&[u8]>,
) -> Result<Ref> {
    let refs: Option<Vec<Ref>> =
        ancestors.iter().map(|ancestor| Ref::from_hex(ancestor.as_ref().as_bytes())).collect();
    let refs = refs.ok_or_else(|| corrupt("an ancestor is not a built-in ref"))?;
    Ok(ref_of_content(&refs, kind, payload, meta))
}

fn decode_bytes(payload: &[u8]) -> Result<Vec<u8>> {
    payload
        .strip_prefix(b"\"")
        .and_then(|rest| rest.strip_suffix(b"\""))
        .and_then(|digits| STANDARD_NO_PAD.decode(digits).ok())
        .ok_or_else(no_base64)
}

/// Returns the error for an invalid payload, with the reason.
#[cold]
fn broken(kind: Kind, payload: &[u8]) -> Error {
    match kind {
        Kind::Json => why_not(payload),
        Kind::Bytes => no_base64(),
    }
}

#[cold]
fn no_base64() -> Error {
    corrupt("`bytes` is not one canonical base64 string")
}

/// Returns the error for JSON data that is not canonical, with the reason.
#[cold]
fn why_not(payload: &[u8]) -> Error {
    match json::canonicalize(payload, &mut Vec::new()) {
        Ok(()) => corrupt("its data is not in canonical form"),
        Err(error) => corrupt(&format!("its data is not JSON data ({error})")),
    }
}
