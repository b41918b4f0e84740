//! A revision on its way into a stream.

use super::{BINARY, ERASED, META, META_DIGEST, Name, TOLD};
use crate::revision::Kind;

/// A revision on its way out. Ancestors stand beside it.
#[derive(Debug, Clone, Copy)]
pub struct Sent<'a> {
    /// Its ref.
    pub name: &'a Name,
    /// Whether the ref travels, for the other end to hold it to its own; else it is the built-in one, which
    /// the other end computes.
    pub told: bool,
    /// Kind of the payload.
    pub kind: Kind,
    /// Canonical JSON, or binary data.
    pub payload: &'a [u8],
    /// The canonical JSON of the meta, where it has one.
    pub meta: Option<&'a [u8]>,
}

/// How much of a meta goes.
#[derive(Clone, Copy)]
pub(super) enum SentMeta<'a> {
    None,
    Digest([u8; 32]),
    Json(&'a [u8]),
}

impl SentMeta<'_> {
    pub(super) const fn flags(self) -> u32 {
        match self {
            Self::None => 0,
            Self::Json(_) => META,
            Self::Digest(_) => META_DIGEST,
        }
    }
}

/// The bits that a revision begins with, but for those of a meta.
pub(super) fn flags(sent: Sent<'_>, erased: bool) -> u32 {
    let binary = if sent.kind == Kind::Bytes { BINARY } else { 0 };
    let told = if sent.told { TOLD } else { 0 };
    binary | told | if erased { ERASED } else { 0 }
}
