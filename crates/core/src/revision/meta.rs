//! The meta of a revision: a JSON object beside the data, the last key of both forms, absent if unused.
//!
//! Checks the form of a meta. Never looks at its members.
#![deny(clippy::arithmetic_side_effects, clippy::indexing_slicing)]

use super::form::digest;
use super::names::corrupt;
use crate::json::Canonicalizer;
use crate::{Error, Result};

/// At most this many bytes in a meta, in canonical JSON.
pub const MAX_META_BYTES: usize = 65_536;

/// The canonical JSON of a revision's meta in a store, if the revision has one.
pub type StoredMeta<'a> = std::result::Result<Option<&'a [u8]>, Damaged>;

/// A stored part differs from what was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Damaged;

/// A meta and its digest, which a ref needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meta {
    json: Box<[u8]>,
    digest: [u8; 32],
}

impl Meta {
    /// Makes a meta from JSON in any form; `None` if it has no members.
    ///
    /// # Errors
    /// Misuse if it is not a JSON object, or as [`Canonicalizer::run`]; `TooLarge` over [`MAX_META_BYTES`].
    pub fn of(canonicalizer: &mut Canonicalizer, json: &[u8]) -> Result<Option<Self>> {
        let mut out = Vec::new();
        Ok(write(canonicalizer, json, &mut out)?.then(|| Self::hashed(out)))
    }

    /// Checks a meta that came from elsewhere.
    ///
    /// # Errors
    /// `Corrupt` if it is not an object with members, not canonical, or over [`MAX_META_BYTES`].
    pub fn checked(canonicalizer: &mut Canonicalizer, json: Vec<u8>) -> Result<Self> {
        check(canonicalizer, &json)?;
        Ok(Self::hashed(json))
    }

    /// Makes a meta from JSON known to be canonical, as in a store.
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

/// Appends the canonical form of a meta to `out`; returns false if it is empty, which counts as no meta.
///
/// # Errors
/// Misuse if it is not a JSON object, or as [`Canonicalizer::run`]; `TooLarge` over [`MAX_META_BYTES`].
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

/// Succeeds for what [`write`] writes.
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
