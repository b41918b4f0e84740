//! The forms of a revision: its ref, and the text that a user's store is given.
//!
//! Holds both formats, each way where there is a way back. Never looks into JSON data beyond its
//! being canonical. Source: the documentation, "The revision's text and its ref".
#![deny(clippy::arithmetic_side_effects, clippy::indexing_slicing)]

use crate::{Error, Ref, Result, json};
use base64::Engine as _;
// A crate, as the strict reading matters (no padding, no spare bits: one spelling for each value).
use base64::engine::general_purpose::STANDARD_NO_PAD;
use std::collections::HashSet;

/// Room for the hashed form of a revision with up to six ancestors: no allocation below that.
const USUAL_FORM: usize = 512;
/// Bytes of the hashed form beside its ancestors: `{"ancestors":[` .. `],"bytes":"` .. `"}`.
const FRAME: usize = 14 + 11 + 64 + 2;
/// Bytes of an ancestor in the hashed form: digits, quotes and a comma.
const ANCESTOR: usize = 64 + 3;

/// What a revision's payload is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Canonical JSON.
    Json,
    /// Binary data as it is.
    Bytes,
}

impl Kind {
    /// What stands between the ancestors and the payload, in both forms.
    const fn key(self) -> &'static [u8] {
        match self {
            Self::Json => b"],\"data\":",
            Self::Bytes => b"],\"bytes\":",
        }
    }
}

/// Returns the BLAKE3-256 of a payload: of canonical JSON, or of binary data.
pub fn digest(payload: &[u8]) -> [u8; 32] {
    *blake3::hash(payload).as_bytes()
}

/// Returns the ref of a revision: the BLAKE3-256 of
/// `{"ancestors":["<ref>",..],"data":"<hex of the digest>"}`, or with `bytes` in place of `data`.
pub fn ref_of(ancestors: &[Ref], kind: Kind, digest: &[u8; 32]) -> Ref {
    let digest = Ref::from_bytes(*digest).to_hex();
    let size = ancestors.len().saturating_mul(ANCESTOR).saturating_add(FRAME);
    let mut usual = [0; USUAL_FORM];
    let mut large = Vec::new();
    let form = if size <= USUAL_FORM {
        usual.as_mut_slice()
    } else {
        large.resize(size, 0);
        large.as_mut_slice()
    };
    let mut form = Form { form, used: 0 };
    form.push(b"{\"ancestors\":[");
    let mut separator: &[u8] = b"\"";
    for ancestor in ancestors {
        form.push(separator);
        form.push(&ancestor.to_hex());
        form.push(b"\"");
        separator = b",\"";
    }
    form.push(kind.key());
    form.push(b"\"");
    form.push(&digest);
    form.push(b"\"}");
    Ref::from_bytes(*blake3::hash(form.written()).as_bytes())
}

/// A buffer of sufficient size being filled.
struct Form<'a> {
    form: &'a mut [u8],
    used: usize,
}

impl Form<'_> {
    fn push(&mut self, part: &[u8]) {
        let end = self.used.saturating_add(part.len());
        debug_assert!(end <= self.form.len(), "the form's size was computed too small");
        if let Some(room) = self.form.get_mut(self.used..end) {
            room.copy_from_slice(part);
            self.used = end;
        }
    }

    fn written(&self) -> &[u8] {
        self.form.get(..self.used).unwrap_or_default()
    }
}

/// Appends the text of a revision to `out`. `payload` is canonical JSON or binary data.
pub fn text_of<A: AsRef<str>>(ancestors: &[A], kind: Kind, payload: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"ancestors\":[");
    for (index, ancestor) in ancestors.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        json::write_string(ancestor.as_ref(), out);
    }
    out.extend_from_slice(kind.key());
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

/// A revision as its text tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed {
    /// The direct ancestors, in order; any non-empty strings, no two the same.
    pub ancestors: Vec<String>,
    /// What the payload is.
    pub kind: Kind,
    /// Canonical JSON, or binary data.
    pub payload: Vec<u8>,
}

/// Reads the text of a revision, and accepts only what [`text_of`] writes.
///
/// # Errors
/// `HISTO_CORRUPT` with what was wrong: other keys, an empty or repeated ancestor, JSON or base64
/// that is not canonical.
pub fn parse_text(text: &[u8]) -> Result<Parsed> {
    let (ancestors, kind, payload) = parse_parts(text)?;
    let payload = match kind {
        Kind::Json => payload.to_vec(),
        Kind::Bytes => decode_bytes(payload)?,
    };
    Ok(Parsed { ancestors, kind, payload })
}

/// Reads the direct ancestors off the text of a revision, which is held to as much as [`parse_text`]
/// holds it to.
///
/// # Errors
/// `HISTO_CORRUPT` as [`parse_text`].
pub fn ancestors_of_text(text: &[u8]) -> Result<Vec<String>> {
    let (ancestors, kind, payload) = parse_parts(text)?;
    if kind == Kind::Bytes {
        decode_bytes(payload)?;
    }
    Ok(ancestors)
}

/// Reads the ancestors and where the payload stands: JSON that was checked, or base64 with its quotes.
fn parse_parts(text: &[u8]) -> Result<(Vec<String>, Kind, &[u8])> {
    let (ancestors, rest) = parse_ancestors(text)?;
    let (kind, payload) = [Kind::Json, Kind::Bytes]
        .into_iter()
        .find_map(|kind| Some((kind, rest.strip_prefix(kind.key())?)))
        .ok_or_else(|| corrupt("neither `data` nor `bytes` follows the ancestors"))?;
    let payload = payload.strip_suffix(b"}").ok_or_else(|| corrupt("no brace at its end"))?;
    if kind == Kind::Json {
        check_json(payload)?;
    }
    Ok((ancestors, kind, payload))
}

fn decode_bytes(payload: &[u8]) -> Result<Vec<u8>> {
    payload
        .strip_prefix(b"\"")
        .and_then(|rest| rest.strip_suffix(b"\""))
        .and_then(|digits| STANDARD_NO_PAD.decode(digits).ok())
        .ok_or_else(|| corrupt("`bytes` is not one canonical base64 string"))
}

/// Returns the built-in ref of a revision's text.
///
/// # Errors
/// `HISTO_CORRUPT` as [`parse_text`], and where an ancestor is not a built-in ref.
pub fn ref_of_text(text: &[u8]) -> Result<Ref> {
    let Parsed { ancestors, kind, payload } = parse_text(text)?;
    let ancestors: Option<Vec<Ref>> =
        ancestors.iter().map(|ancestor| Ref::from_hex(ancestor.as_bytes())).collect();
    let ancestors = ancestors.ok_or_else(|| corrupt("an ancestor is not a built-in ref"))?;
    Ok(ref_of(&ancestors, kind, &digest(&payload)))
}

/// Reads up to the bracket that closes the ancestors; returns the text from there on, too.
fn parse_ancestors(text: &[u8]) -> Result<(Vec<String>, &[u8])> {
    let mut rest = text
        .strip_prefix(b"{\"ancestors\":[")
        .ok_or_else(|| corrupt("it does not begin with its ancestors"))?;
    let mut ancestors: Vec<String> = Vec::new();
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
    if ancestors.len() > 1 && ancestors.iter().collect::<HashSet<_>>().len() < ancestors.len() {
        return Err(corrupt("an ancestor is there twice"));
    }
    Ok((ancestors, rest))
}

fn check_json(payload: &[u8]) -> Result<()> {
    if json::is_canonical(payload) {
        return Ok(());
    }
    Err(match json::canonicalize(payload, &mut Vec::new()) {
        Ok(()) => corrupt("its data is not in canonical form"),
        Err(error) => corrupt(&format!("its data is not JSON data ({error})")),
    })
}

#[cold]
fn corrupt(what: &str) -> Error {
    Error::Corrupt { message: format!("not the text of a revision: {what}"), subject: None }
}
