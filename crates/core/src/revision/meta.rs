//! The meta of a revision: a JSON object beside the data, the last key of both forms, absent where unused.
//!
//! Holds what a meta may be and where it stands. Never looks at what is in it.
#![deny(clippy::arithmetic_side_effects, clippy::indexing_slicing)]

use super::names::corrupt;
use crate::json::Canonicalizer;
use crate::{Error, Result};

/// Most bytes of a meta, in canonical JSON.
pub const MAX_META_BYTES: usize = 65_536;

/// Stands between the payload and the meta, in both forms.
pub(super) const META_KEY: &[u8] = b",\"meta\":";

/// Appends the canonical form of a meta to `out`; false if it is empty, which is none.
///
/// # Errors
/// Misuse if it is no JSON object, or as [`Canonicalizer::run`]; `TooLarge` over [`MAX_META_BYTES`].
pub(super) fn write(
    canonicalizer: &mut Canonicalizer,
    json: &[u8],
    out: &mut Vec<u8>,
) -> Result<bool> {
    let start = out.len();
    canonicalizer.run(json, out)?;
    let meta = out.get(start..).unwrap_or_default();
    if !meta.starts_with(b"{") {
        return Err(Error::Misuse("meta must be an object".to_owned()));
    }
    let size = meta.len();
    if size > MAX_META_BYTES {
        let message = format!("meta of {size} bytes is over the limit of {MAX_META_BYTES} bytes");
        return Err(Error::too_large(message));
    }
    let is_none = meta == b"{}";
    if is_none {
        out.truncate(start);
    }
    Ok(!is_none)
}

/// Passes for what [`write`] writes.
pub(super) fn check(canonicalizer: &mut Canonicalizer, meta: &[u8]) -> Result<()> {
    if !meta.starts_with(b"{") || meta == b"{}" {
        return Err(corrupt("its meta is not an object with members"));
    }
    if meta.len() > MAX_META_BYTES {
        return Err(corrupt("its meta is over 65,536 bytes"));
    }
    if !canonicalizer.is_canonical(meta) {
        return Err(corrupt("its meta is not in canonical form"));
    }
    Ok(())
}
