//! Keys with escapes, which `JSON.parse` of some platforms reads wrongly.
//!
//! There, a text with such a key is returned with a space before it, which no other text has: JavaScript checks
//! only the first character. On other platforms texts are not searched.

use std::sync::atomic::{AtomicBool, Ordering};

use histo_core::json::has_escaped_key;
use histo_core::{Result, grow};
use napi::Env;
use napi_derive::napi;

use crate::convert::guard::{Code, from_napi, guard};
use crate::convert::values::{self, Made};

/// Whether texts are marked; the same for all threads, since they have one platform.
static MARKED: AtomicBool = AtomicBool::new(false);

/// Turns on or off that texts read from databases begin with a space if a key in them has an escape.
#[napi(catch_unwind)]
pub fn mark_escaped_keys(mark: bool) -> napi::Result<(), Code> {
    guard(|| {
        MARKED.store(mark, Ordering::Relaxed);
        Ok(())
    })
}

/// Returns a canonical text for JavaScript.
pub(super) fn text(env: Env, canonical: &[u8]) -> Result<Made> {
    if !is_to_be_marked(canonical) {
        return values::string(env.raw(), canonical).map(Made).map_err(from_napi);
    }
    let mut marked = Vec::new();
    grow(&mut marked, canonical.len().saturating_add(1))?;
    marked.push(b' ');
    marked.extend_from_slice(canonical);
    values::string(env.raw(), &marked).map(Made).map_err(from_napi)
}

/// Whether a text must begin with a space.
pub(super) fn is_to_be_marked(canonical: &[u8]) -> bool {
    MARKED.load(Ordering::Relaxed) && has_escaped_key(canonical)
}
