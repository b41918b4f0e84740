//! The meta of a revision: a JSON object beside the data, the last key of both forms, absent where unused.
//!
//! Holds what a meta may be. Never looks at what is in it.
#![deny(clippy::arithmetic_side_effects, clippy::indexing_slicing)]

use super::form::digest;
use super::names::corrupt;
use crate::json::Canonicalizer;
use crate::{Error, Result};

/// Most bytes of a meta, in canonical JSON.
pub const MAX_META_BYTES: usize = 65_536;

/// The canonical JSON of a revision's meta as a store has it, if the revision has one.
pub type StoredMeta<'a> = std::result::Result<Option<&'a [u8]>, Damaged>;

/// A part of what is stored is not what was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Damaged;

/// A meta and what a ref needs of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meta {
    json: Box<[u8]>,
    digest: [u8; 32],
}

impl Meta {
    /// Makes a meta of JSON in any form; `None` if that has no members.
    ///
    /// # Errors
    /// Misuse if it is no JSON object, or as [`Canonicalizer::run`]; `TooLarge` over [`MAX_META_BYTES`].
    pub fn of(canonicalizer: &mut Canonicalizer, json: &[u8]) -> Result<Option<Self>> {
        let mut out = Vec::new();
        Ok(write(canonicalizer, json, &mut out)?.then(|| Self::hashed(out)))
    }

    /// Takes a meta that came from elsewhere.
    ///
    /// # Errors
    /// `Corrupt` if it is no object with members, not canonical or over [`MAX_META_BYTES`].
    pub fn checked(canonicalizer: &mut Canonicalizer, json: Vec<u8>) -> Result<Self> {
        check(canonicalizer, &json)?;
        Ok(Self::hashed(json))
    }

    /// Takes a meta that is known to be canonical JSON, as a store has it.
    pub(crate) fn hashed(json: Vec<u8>) -> Self {
        Self { digest: digest(&json), json: json.into() }
    }

    /// Its canonical JSON.
    pub fn json(&self) -> &[u8] {
        &self.json
    }

    /// BLAKE3-256 of its canonical JSON.
    pub const fn digest(&self) -> &[u8; 32] {
        &self.digest
    }
}

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
