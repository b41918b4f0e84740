//! Texts of revisions for users' stores: made, read and hashed here, stored by them.

use std::borrow::Cow;
use std::cell::RefCell;

use histo_core::revision::{self, Kind, Parsed, Texts};
use histo_core::write::check_size;
use histo_core::{Ref, room};
use napi::bindgen_prelude::Array;
use napi::{Env, Result};
use napi_derive::napi;

use super::wire::whole;
use crate::convert::given::{Given, Names};
use crate::convert::guard::{Code, from_napi, guard};
use crate::convert::values::{self, Made, RefHex};

/// A scratch buffer with more bytes than this is freed.
const KEPT: usize = 1 << 16;

/// Buffers of a thread, for one text after another.
#[derive(Default)]
struct Scratch {
    texts: Texts,
    text: Vec<u8>,
    /// At most 64 KiB, except for a refused one.
    meta: Vec<u8>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::new(Scratch::default());
}

/// Returns the canonical text of a revision, from the output of `JSON.stringify` or from bytes. `ancestors`:
/// one, or a list. `meta`: the output of `JSON.stringify` for it.
#[napi(catch_unwind, ts_return_type = "string")]
pub fn text_of(
    env: Env,
    #[napi(ts_arg_type = "string | Uint8Array")] data: Given<'_>,
    #[napi(ts_arg_type = "string | readonly string[]")] ancestors: Names,
    max_revision_bytes: f64,
    meta: Option<String>,
) -> Result<Made, Code> {
    guard(move || {
        written(&data, &ancestors, (max_revision_bytes, meta.as_deref()), |text, _| {
            values::string(env.raw(), text).map(Made).map_err(from_napi)
        })
    })
}

/// Returns the canonical text of a revision, as `textOf` does, and its built-in ref; costs less than `textOf`
/// and `refOfText` together.
#[napi(catch_unwind, ts_return_type = "[text: string, ref: string]")]
pub fn text_and_ref_of<'env>(
    env: &'env Env,
    #[napi(ts_arg_type = "string | Uint8Array")] data: Given<'_>,
    #[napi(ts_arg_type = "string | readonly string[]")] ancestors: Names,
    max_revision_bytes: f64,
    meta: Option<String>,
) -> Result<Array<'env>, Code> {
    guard(move || {
        written(&data, &ancestors, (max_revision_bytes, meta.as_deref()), |text, reference| {
            let pair = vec![
                Made(values::string(env.raw(), text).map_err(from_napi)?),
                Made(values::hex(env.raw(), &reference()?).map_err(from_napi)?),
            ];
            Array::from_vec(env, pair).map_err(from_napi)
        })
    })
}

/// Passes the text, and what determines its ref, to `take`.
fn written<R>(
    data: &Given<'_>,
    ancestors: &Names,
    (max_revision_bytes, meta): (f64, Option<&str>),
    take: impl FnOnce(&[u8], &dyn Fn() -> histo_core::Result<Ref>) -> histo_core::Result<R>,
) -> histo_core::Result<R> {
    let limit = whole(max_revision_bytes);
    SCRATCH.with_borrow_mut(|Scratch { texts, text, meta: canonical_meta }| {
        text.clear();
        let told = ancestors.with(|names| {
            let meta = match meta {
                Some(json) => {
                    canonical_meta.clear();
                    let is_there = texts.meta(json.as_bytes(), canonical_meta)?;
                    is_there.then_some(canonical_meta.as_slice())
                }
                None => None,
            };
            // For the text, for base64 on the way to it, and for the string.
            room(data.bytes().len().saturating_mul(4))?;
            let (kind, payload) = match data {
                Given::Text(_) => {
                    let payload = texts.write(names, data.bytes(), meta, text)?;
                    (Kind::Json, text.get(payload).unwrap_or_default())
                }
                Given::Bytes(bytes) => {
                    revision::text_of(names, Kind::Bytes, bytes, meta, text);
                    (Kind::Bytes, &**bytes)
                }
            };
            check_size(payload, limit)?;
            take(text, &|| revision::built_in_ref(names, kind, payload, meta))
        });
        if text.capacity() > KEPT {
            *text = Vec::new();
        }
        told
    })
}

/// The parts of a text.
#[napi(object, object_from_js = false)]
pub struct RevisionParts {
    /// The direct ancestors, in order.
    pub ancestors: Vec<String>,
    /// JSON, or bytes.
    #[napi(ts_type = "string | Uint8Array")]
    pub data: Made,
    /// JSON, if there is a meta.
    #[napi(ts_type = "string")]
    pub meta: Option<Made>,
}

/// Reads a revision's text, which must be canonical or, if `former`, may be from the package of 2013.
#[napi(catch_unwind)]
pub fn parse_text(
    env: Env,
    #[napi(ts_arg_type = "string | Uint8Array")] text: Given<'_>,
    former: bool,
) -> Result<RevisionParts, Code> {
    guard(move || {
        read(&text, former, |parsed| {
            let data = data_of(env, &parsed)?;
            let meta = match parsed.meta {
                Some(meta) => Some(Made(values::string(env.raw(), meta).map_err(from_napi)?)),
                None => None,
            };
            let ancestors = parsed.ancestors.into_iter().map(Cow::into_owned).collect();
            Ok(RevisionParts { ancestors, data, meta })
        })
    })
}

/// Returns the data of a revision's text, JSON or bytes; accepts the same texts as `parseText`.
#[napi(catch_unwind, ts_return_type = "string | Uint8Array")]
pub fn data_of_text(
    env: Env,
    #[napi(ts_arg_type = "string | Uint8Array")] text: Given<'_>,
    former: bool,
) -> Result<Made, Code> {
    guard(move || read(&text, former, |parsed| data_of(env, &parsed)))
}

/// Returns the built-in ref of a revision's text, which must be canonical.
#[napi(catch_unwind, ts_return_type = "string")]
pub fn ref_of_text(
    #[napi(ts_arg_type = "string | Uint8Array")] text: Given<'_>,
) -> Result<RefHex, Code> {
    guard(move || {
        read(&text, false, |Parsed { ancestors, kind, payload, meta }| {
            revision::built_in_ref(&ancestors, kind, &payload, meta).map(RefHex)
        })
    })
}

/// Passes the parts of a text to `take`.
fn read<R>(
    text: &Given<'_>,
    former: bool,
    take: impl FnOnce(Parsed<'_>) -> histo_core::Result<R>,
) -> histo_core::Result<R> {
    let text = text.bytes();
    room(text.len().saturating_mul(2))?;
    with_texts(|texts| take(if former { texts.parse_former(text) } else { texts.parse(text) }?))
}

fn data_of(env: Env, Parsed { kind, payload, .. }: &Parsed<'_>) -> histo_core::Result<Made> {
    let data = match kind {
        Kind::Json => values::string(env.raw(), payload),
        Kind::Bytes => values::bytes(env.raw(), payload),
    };
    data.map(Made).map_err(from_napi)
}

/// Calls `read` with the buffers of this thread for reading ancestors from texts.
pub(super) fn with_texts<R>(read: impl FnOnce(&mut Texts) -> R) -> R {
    SCRATCH.with_borrow_mut(|scratch| read(&mut scratch.texts))
}
