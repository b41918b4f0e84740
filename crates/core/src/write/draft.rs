//! A revision to be written: its payload checked, made canonical and hashed, its ancestors not yet resolved.
//!
//! Making a draft needs no store, so a writer does it before it takes a lock.

use crate::graph::Loss;
use crate::json::{Canonicalizer, is_canonical};
use crate::revision::{Kind, Meta, digest, ref_with_meta};
use crate::{Error, Ref, Result, room};

/// A revision to be written.
#[derive(Debug)]
pub struct Draft {
    /// Its ancestors. `None`: it follows the head, or the draft before it.
    pub ancestors: Option<Vec<Ref>>,
    /// How to read the payload.
    pub kind: Kind,
    /// Canonical JSON, or the bytes themselves.
    pub payload: Vec<u8>,
    /// BLAKE3-256 of the payload.
    pub digest: [u8; 32],
    /// Its meta, if it has one.
    pub meta: Option<Box<Meta>>,
}

impl Draft {
    /// Makes a draft from the output of `JSON.stringify`.
    ///
    /// # Errors
    /// `Misuse` if it has no canonical form (a lone surrogate, an infinite number, over 1,000 nested values),
    /// `TooLarge` over `limit` bytes or without memory for it.
    pub fn json(
        canonicalizer: &mut Canonicalizer,
        text: &[u8],
        ancestors: Option<Vec<Ref>>,
        limit: u64,
    ) -> Result<Self> {
        let mut payload = Vec::new();
        canonicalizer.run(text, &mut payload)?;
        Self::hashed(Kind::Json, payload, ancestors, limit)
    }

    /// Makes a draft of canonical JSON that was made here; any other text would be stored as it is.
    ///
    /// # Errors
    /// `TooLarge` over `limit` bytes.
    pub fn canonical(text: Vec<u8>, ancestors: Option<Vec<Ref>>, limit: u64) -> Result<Self> {
        debug_assert!(is_canonical(&text), "a text that was made here is canonical");
        Self::hashed(Kind::Json, text, ancestors, limit)
    }

    /// Hands a draft of each element of an array to `take`: `count` elements, as `JSON.stringify` printed them.
    ///
    /// # Errors
    /// As `json`, and `Misuse` where it is no such array; what came before was taken.
    pub fn json_elements<F: FnMut(Self)>(
        canonicalizer: &mut Canonicalizer,
        (array, count): (&[u8], usize),
        limit: u64,
        mut take: F,
    ) -> Result<()> {
        canonicalizer.elements(array, count, |payload| {
            take(Self::hashed(Kind::Json, payload, None, limit)?);
            Ok(())
        })
    }

    /// Makes a draft of binary data.
    ///
    /// # Errors
    /// `TooLarge` over `limit` bytes.
    pub fn bytes(payload: Vec<u8>, ancestors: Option<Vec<Ref>>, limit: u64) -> Result<Self> {
        Self::hashed(Kind::Bytes, payload, ancestors, limit)
    }

    pub(crate) fn hashed(
        kind: Kind,
        payload: Vec<u8>,
        ancestors: Option<Vec<Ref>>,
        limit: u64,
    ) -> Result<Self> {
        check_size(&payload, limit)?;
        // For its record, and as much again for the store's pages.
        room(payload.len().saturating_mul(2))?;
        Ok(Self { ancestors, kind, digest: digest(&payload), payload, meta: None })
    }

    /// Returns it with this meta, or with none.
    #[must_use]
    pub fn with_meta(self, meta: Option<Box<Meta>>) -> Self {
        Self { meta, ..self }
    }

    /// Returns its ref with these ancestors.
    pub fn ref_on(&self, ancestors: &[Ref]) -> Ref {
        let meta = self.meta.as_ref().map(|meta| meta.digest());
        ref_with_meta(ancestors, self.kind, &self.digest, meta)
    }
}

/// Succeeds for a payload of at most `limit` bytes.
///
/// # Errors
/// `TooLarge`.
pub fn check_size(payload: &[u8], limit: u64) -> Result<()> {
    let bytes = payload.len() as u64;
    if bytes > limit {
        return Err(Error::too_large(format!(
            "revision of {bytes} bytes is over the limit of {limit} bytes"
        )));
    }
    Ok(())
}

/// The placeholder for erased data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Erasure {
    /// The hash of the data.
    pub digest: [u8; 32],
    /// The hash of the revision's meta, if it has one, even if that was erased too.
    pub meta: Option<[u8; 32]>,
    /// Whether this database erased it, so that it stays erased. Otherwise it is accepted from wherever it
    /// comes.
    pub here: bool,
}

/// The meta of a revision whose data was erased, or what is left of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MetaLeft {
    /// It had none.
    None,
    /// It was erased too; this is its hash.
    Digest([u8; 32]),
    /// The meta.
    Kept(Box<Meta>),
}

impl MetaLeft {
    /// Returns the hash of the meta.
    pub fn digest(&self) -> Option<[u8; 32]> {
        match self {
            Self::None => None,
            Self::Digest(digest) => Some(*digest),
            Self::Kept(meta) => Some(*meta.digest()),
        }
    }

    /// Returns the meta, if it was kept.
    pub(crate) fn kept(self) -> Option<Box<Meta>> {
        match self {
            Self::Kept(meta) => Some(meta),
            Self::None | Self::Digest(_) => None,
        }
    }
}

impl Erasure {
    /// Returns the kind of loss.
    pub(crate) const fn loss(self) -> Loss {
        if self.here { Loss::Erased } else { Loss::Elsewhere }
    }
}

/// A revision that came from elsewhere: its ref was computed, and all its ancestors are named.
#[derive(Debug)]
pub struct Arrival {
    /// The ref, computed from its content.
    pub reference: Ref,
    /// Its direct ancestors, in order.
    pub ancestors: Vec<Ref>,
    /// How to read the payload.
    pub kind: Kind,
    /// Canonical JSON, or the bytes themselves; empty if they were erased.
    pub payload: Vec<u8>,
    /// Present if the data was erased: the revision takes its place without it.
    pub erased: Option<Erasure>,
    /// Its meta, if it has one; also `None` if that was erased with the data.
    pub meta: Option<Box<Meta>>,
}

impl Arrival {
    /// Computes the ref of a draft and compares it with `claimed`; a draft without ancestors is a root.
    ///
    /// # Errors
    /// `Corrupt`, naming the claimed ref, if it differs.
    pub fn new(draft: Draft, claimed: Option<Ref>) -> Result<Self> {
        let reference = draft.ref_on(draft.ancestors.as_deref().unwrap_or_default());
        let Draft { ancestors, kind, payload, meta, .. } = draft;
        let ancestors = ancestors.unwrap_or_default();
        let arrival = Self { reference, ancestors, kind, payload, erased: None, meta };
        arrival.checked(claimed)
    }

    /// Makes a revision whose data was erased, from the hash of the data. Compares its ref with `claimed`, if
    /// given.
    ///
    /// # Errors
    /// As `new`.
    pub fn erased(
        ancestors: Vec<Ref>,
        kind: Kind,
        digest: [u8; 32],
        meta: MetaLeft,
        claimed: Option<Ref>,
    ) -> Result<Self> {
        let erasure = Erasure { digest, meta: meta.digest(), here: false };
        let reference = ref_with_meta(&ancestors, kind, &digest, erasure.meta.as_ref());
        let (payload, erased, meta) = (Vec::new(), Some(erasure), meta.kept());
        let arrival = Self { reference, ancestors, kind, payload, erased, meta };
        arrival.checked(claimed)
    }

    fn checked(self, claimed: Option<Ref>) -> Result<Self> {
        let Self { reference, ancestors, .. } = &self;
        let reference = *reference;
        if let Some(twice) = repeated(ancestors) {
            return Err(Error::Corrupt {
                message: format!("revision {reference} names the ancestor {twice} twice"),
                subject: Some(reference.to_string()),
            });
        }
        match claimed.filter(|&claimed| claimed != reference) {
            None => Ok(self),
            Some(claimed) => Err(Error::Corrupt {
                message: format!("revision {claimed} is forged: what came is {reference}"),
                subject: Some(claimed.to_string()),
            }),
        }
    }
}

/// Finds an ancestor that is named twice.
pub(super) fn repeated(ancestors: &[Ref]) -> Option<Ref> {
    if ancestors.len() < 2 {
        return None;
    }
    let mut sorted = ancestors.to_vec();
    sorted.sort_unstable();
    sorted
        .windows(2)
        .find(|pair| pair.first() == pair.last())
        .and_then(|pair| pair.first().copied())
}
