//! The text of a revision, as a user's store is given it: written and read.
//!
//! Never looks into JSON data beyond its being canonical. What is read borrows from the text where it is
//! spelt as it is.
#![deny(clippy::arithmetic_side_effects, clippy::indexing_slicing)]

use super::form::{Kind, Parsed, digest, ref_of};
use super::former;
use super::names::{Names, corrupt, distinct_ancestors};
use crate::json::{self, Canonicalizer};
use crate::{Error, Ref, Result, grow};
use base64::Engine as _;
// A crate, as the strict reading matters (no padding, no spare bits: one spelling for each value).
use base64::engine::general_purpose::STANDARD_NO_PAD;
use std::borrow::Cow;
use std::ops::Range;

/// Appends the text of a revision to `out`. `payload` is canonical JSON or binary data.
pub fn text_of<A: AsRef<str>>(ancestors: &[A], kind: Kind, payload: &[u8], out: &mut Vec<u8>) {
    write_ancestors(ancestors, kind, out);
    match kind {
        Kind::Json => out.extend_from_slice(payload),
        Kind::Bytes => {
            out.push(b'"');
            out.extend_from_slice(STANDARD_NO_PAD.encode(payload).as_bytes());
            out.push(b'"');
        }
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
    /// Creates one with empty buffers; they grow with what it meets.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends the text of a revision of JSON data in any form; returns where its canonical form
    /// stands in `out`.
    ///
    /// # Errors
    /// As [`Canonicalizer::run`]; `out` may have grown then.
    pub fn write<A: AsRef<str>>(
        &mut self,
        ancestors: &[A],
        json: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<Range<usize>> {
        grow(out, json.len().saturating_add(ancestors.len().saturating_mul(68)))?;
        write_ancestors(ancestors, Kind::Json, out);
        let start = out.len();
        self.canonicalizer.run(json, out)?;
        let end = out.len();
        out.push(b'}');
        Ok(start..end)
    }

    /// Reads the text of a revision, and accepts only what [`text_of`] writes.
    ///
    /// # Errors
    /// `HISTO_CORRUPT` with what was wrong: other keys, an empty or repeated ancestor, JSON or base64
    /// that is not canonical.
    pub fn parse<'t>(&mut self, text: &'t [u8]) -> Result<Parsed<'t>> {
        let (ancestors, kind, payload) = self.parts(text)?;
        let payload = match kind {
            Kind::Json => Cow::Borrowed(payload),
            Kind::Bytes => Cow::Owned(decode_bytes(payload)?),
        };
        Ok(Parsed { ancestors, kind, payload })
    }

    /// As [`Texts::parse`], and takes what the package of 2013 wrote, too: more characters escaped, no
    /// data (it reads as `null`), an ancestor named twice (it is told once).
    ///
    /// # Errors
    /// `HISTO_CORRUPT` as [`Texts::parse`].
    pub fn parse_former<'t>(&mut self, text: &'t [u8]) -> Result<Parsed<'t>> {
        self.parse(text).or_else(|refused| self.former(text).ok_or(refused))
    }

    /// As [`Texts::ancestors`], of texts as [`Texts::parse_former`] reads them.
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

    /// Reads the direct ancestors off the text of a revision, which is held to as much as
    /// [`Texts::parse`] holds it to.
    ///
    /// # Errors
    /// `HISTO_CORRUPT` as [`Texts::parse`].
    pub fn ancestors<'t>(&mut self, text: &'t [u8]) -> Result<Vec<Cow<'t, str>>> {
        let (ancestors, kind, payload) = self.parts(text)?;
        if kind == Kind::Bytes {
            decode_bytes(payload)?;
        }
        Ok(ancestors)
    }

    /// Returns the built-in ref of a revision's text.
    ///
    /// # Errors
    /// `HISTO_CORRUPT` as [`Texts::parse`], and where an ancestor is not a built-in ref.
    pub fn ref_of(&mut self, text: &[u8]) -> Result<Ref> {
        let Parsed { ancestors, kind, payload } = self.parse(text)?;
        built_in_ref(&ancestors, kind, &payload)
    }

    /// Reads the ancestors and where the payload stands: JSON that was checked, or base64 with its
    /// quotes.
    fn parts<'t>(&mut self, text: &'t [u8]) -> Result<(Names<'t>, Kind, &'t [u8])> {
        let (ancestors, rest) = distinct_ancestors(text)?;
        let (kind, payload) = [Kind::Json, Kind::Bytes]
            .into_iter()
            .find_map(|kind| Some((kind, rest.strip_prefix(kind.key())?)))
            .ok_or_else(|| corrupt("neither `data` nor `bytes` follows the ancestors"))?;
        let payload = payload.strip_suffix(b"}").ok_or_else(|| corrupt("no brace at its end"))?;
        if kind == Kind::Json && !self.canonicalizer.is_canonical(payload) {
            return Err(why_not(payload));
        }
        Ok((ancestors, kind, payload))
    }
}

/// The built-in ref of a revision whose ancestors are given as texts. `payload` is canonical JSON or
/// binary data.
///
/// # Errors
/// `HISTO_CORRUPT` where an ancestor is not a built-in ref.
pub fn built_in_ref<A: AsRef<str>>(ancestors: &[A], kind: Kind, payload: &[u8]) -> Result<Ref> {
    let refs: Option<Vec<Ref>> =
        ancestors.iter().map(|ancestor| Ref::from_hex(ancestor.as_ref().as_bytes())).collect();
    let refs = refs.ok_or_else(|| corrupt("an ancestor is not a built-in ref"))?;
    Ok(ref_of(&refs, kind, &digest(payload)))
}

/// [`Texts::parse`] with fresh buffers.
///
/// # Errors
/// As [`Texts::parse`].
pub fn parse_text(text: &[u8]) -> Result<Parsed<'_>> {
    Texts::new().parse(text)
}

/// [`Texts::ancestors`] with fresh buffers.
///
/// # Errors
/// As [`Texts::ancestors`].
pub fn ancestors_of_text(text: &[u8]) -> Result<Vec<Cow<'_, str>>> {
    Texts::new().ancestors(text)
}

/// [`Texts::ref_of`] with fresh buffers.
///
/// # Errors
/// As [`Texts::ref_of`].
pub fn ref_of_text(text: &[u8]) -> Result<Ref> {
    Texts::new().ref_of(text)
}

fn decode_bytes(payload: &[u8]) -> Result<Vec<u8>> {
    payload
        .strip_prefix(b"\"")
        .and_then(|rest| rest.strip_suffix(b"\""))
        .and_then(|digits| STANDARD_NO_PAD.decode(digits).ok())
        .ok_or_else(|| corrupt("`bytes` is not one canonical base64 string"))
}

/// Says why JSON data is not canonical.
#[cold]
fn why_not(payload: &[u8]) -> Error {
    match json::canonicalize(payload, &mut Vec::new()) {
        Ok(()) => corrupt("its data is not in canonical form"),
        Err(error) => corrupt(&format!("its data is not JSON data ({error})")),
    }
}
