//! Texts of revisions, for stores that users bring: made, read and hashed here, kept by them.

use std::cell::RefCell;

use histo_core::json::Canonicalizer;
use histo_core::revision::{self, Kind, Parsed};
use histo_core::{Error, room};
use napi::bindgen_prelude::{Either, Uint8ArraySlice};
use napi::{Env, Result};
use napi_derive::napi;

use crate::guard::{Code, from_napi, guard};
use crate::values::{self, Made, RefHex, Text};

thread_local! {
    static CANONICALIZER: RefCell<Canonicalizer> = RefCell::new(Canonicalizer::new());
}

/// A text as it comes from JavaScript.
pub(super) type Given<'a> = Either<Text, Uint8ArraySlice<'a>>;

/// The canonical text of a revision: of `JSON.stringify`'s output, or of bytes.
#[napi(catch_unwind, ts_return_type = "string")]
pub fn text_of(
    env: Env,
    #[napi(ts_arg_type = "string | Uint8Array")] data: Given<'_>,
    ancestors: Vec<String>,
    max_revision_bytes: f64,
) -> Result<Made, Code> {
    guard(move || {
        let mut canonical = Vec::new();
        let (kind, payload) = match &data {
            Either::A(text) => {
                CANONICALIZER.with_borrow_mut(|c| c.run(&text.0, &mut canonical))?;
                (Kind::Json, canonical.as_slice())
            }
            Either::B(bytes) => (Kind::Bytes, bytes.as_ref()),
        };
        #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
        let bytes = payload.len() as f64;
        if bytes > max_revision_bytes {
            return Err(Error::TooLarge(format!(
                "revision of {bytes} bytes is over the limit of {max_revision_bytes} bytes"
            )));
        }
        // For the text, for base64 on its way to it, and for the string.
        room(payload.len().saturating_mul(4))?;
        let mut text = Vec::with_capacity(payload.len() + 64 + ancestors.len() * 67);
        revision::text_of(&ancestors, kind, payload, &mut text);
        values::string(env.raw(), &text).map(Made).map_err(from_napi)
    })
}

/// What a text says.
#[napi(object, object_from_js = false)]
pub struct RevisionParts {
    /// The direct ancestors, in order.
    pub ancestors: Vec<String>,
    /// JSON, or bytes.
    #[napi(ts_type = "string | Uint8Array")]
    pub data: Made,
}

/// Reads a revision's text, which must be canonical.
#[napi(catch_unwind)]
pub fn parse_text(
    env: Env,
    #[napi(ts_arg_type = "string | Uint8Array")] text: Given<'_>,
) -> Result<RevisionParts, Code> {
    guard(move || {
        let (ancestors, data) = parsed(env, &text)?;
        Ok(RevisionParts { ancestors, data })
    })
}

/// The data of a revision's text, which must be canonical: JSON, or bytes.
#[napi(catch_unwind, ts_return_type = "string | Uint8Array")]
pub fn data_of_text(
    env: Env,
    #[napi(ts_arg_type = "string | Uint8Array")] text: Given<'_>,
) -> Result<Made, Code> {
    guard(move || parsed(env, &text).map(|(_, data)| data))
}

fn parsed(env: Env, text: &Given<'_>) -> histo_core::Result<(Vec<String>, Made)> {
    let text = bytes_of(text);
    room(text.len().saturating_mul(2))?;
    let Parsed { ancestors, kind, payload } = revision::parse_text(text)?;
    let data = match kind {
        Kind::Json => values::string(env.raw(), &payload),
        Kind::Bytes => values::bytes(env.raw(), &payload),
    };
    Ok((ancestors, Made(data.map_err(from_napi)?)))
}

/// The built-in ref of a revision's text, which must be canonical.
#[napi(catch_unwind, ts_return_type = "string")]
pub fn ref_of_text(
    #[napi(ts_arg_type = "string | Uint8Array")] text: Given<'_>,
) -> Result<RefHex, Code> {
    guard(move || {
        let text = bytes_of(&text);
        room(text.len())?;
        revision::ref_of_text(text).map(RefHex)
    })
}

/// The bytes of a text.
pub(super) fn bytes_of<'t>(text: &'t Given<'_>) -> &'t [u8] {
    match text {
        Either::A(text) => &text.0,
        Either::B(bytes) => bytes,
    }
}
