//! A revision to be sent in a stream.

use super::window::Finder;
use super::{BINARY, ERASED, META, META_DIGEST, MOST_NAMES, Name, TOLD};
use crate::revision::Kind;
use crate::varint;
use crate::{Error, Result};

/// A revision to be sent. Its ancestors are passed separately.
#[derive(Debug, Clone, Copy)]
pub struct Sent<'a> {
    /// Its ref.
    pub name: &'a Name,
    /// Whether the ref travels, for the other end to compare with its own; else it is the built-in one, which
    /// the other end computes.
    pub told: bool,
    /// Kind of the payload.
    pub kind: Kind,
    /// Canonical JSON, or binary data.
    pub payload: &'a [u8],
    /// The canonical JSON of the meta, if it has one.
    pub meta: Option<&'a [u8]>,
}

/// How much of a meta is sent.
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

/// Returns the first bits of a revision, except those of a meta.
pub(super) fn flags(sent: Sent<'_>, erased: bool) -> u32 {
    let binary = if sent.kind == Kind::Bytes { BINARY } else { 0 };
    let told = if sent.told { TOLD } else { 0 };
    binary | told | if erased { ERASED } else { 0 }
}

/// Appends the names of a revision; removes them again if they are too long. `shift`: the lowest bit of the
/// number of ancestors.
pub(super) fn put_names(
    sent: Sent<'_>,
    (flags, shift): (u32, u32),
    (ancestors, finder): (&[Name], &Finder),
    batch: &mut Vec<u8>,
) -> Result<()> {
    let start = batch.len();
    let links = u32::try_from(ancestors.len()).unwrap_or(u32::MAX);
    varint::put(flags | links << shift, batch);
    if sent.told {
        sent.name.put(batch);
    }
    for ancestor in ancestors {
        match finder.distance(ancestor) {
            Some(back) => varint::put(back.saturating_add(1), batch),
            None => ancestor.put(batch),
        }
    }
    let length = batch.len().saturating_sub(start);
    if length <= MOST_NAMES {
        return Ok(());
    }
    batch.truncate(start);
    Err(Error::TooLarge {
        message: format!(
            "revision {} has ancestors with refs of {length} bytes, more than a stream carries",
            sent.name
        ),
        subject: Some(sent.name.to_string()),
    })
}

pub(super) fn put_meta(meta: SentMeta<'_>, batch: &mut Vec<u8>) {
    match meta {
        SentMeta::None => {}
        SentMeta::Digest(digest) => batch.extend_from_slice(&digest),
        SentMeta::Json(json) => {
            varint::put(u32::try_from(json.len()).unwrap_or(u32::MAX), batch);
            batch.extend_from_slice(json);
        }
    }
}

#[cold]
pub(super) fn too_large(name: &Name, links: usize, length: usize) -> Error {
    Error::TooLarge {
        message: format!(
            "revision {name} has {links} ancestors and {length} bytes, more than a stream carries"
        ),
        subject: Some(name.to_string()),
    }
}
