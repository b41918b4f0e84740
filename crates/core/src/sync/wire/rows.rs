//! Rows: the revisions of a batch as they are in it, in order. Nothing in them is verified.

use super::head::broken;
use super::window::Window;
use super::{
    BINARY, CHANGED, ERASED, META, META_DIGEST, MOST_ANCESTORS, MOST_NAMES, MOST_TEXT, Name, SHIFT,
    SHIFT_WITH_CHANGES, SHIFT_WITH_METAS, TOLD,
};
use crate::revision::{Kind, MAX_META_BYTES};
use crate::varint;
use crate::{Error, Ref, Result};

/// A revision as it is in a batch.
pub(super) struct Row<'a> {
    pub(super) head: RowHead,
    pub(super) payload: &'a [u8],
}

/// The fields before its payload.
pub(super) struct RowHead {
    pub(super) told: Option<Name>,
    pub(super) ancestors: Vec<Name>,
    pub(super) kind: Kind,
    pub(super) erased: bool,
    /// Whether its payload is a change of an earlier one.
    pub(super) changed: bool,
    pub(super) meta: RowMeta,
}

/// How much of its meta comes; unchecked.
pub(super) enum RowMeta {
    None,
    Digest([u8; 32]),
    Json(Vec<u8>),
}

/// Reads the revisions of a batch.
pub(super) struct Rows<'a> {
    rest: &'a [u8],
    says_metas: bool,
    says_changes: bool,
    links: usize,
}

impl<'a> Rows<'a> {
    pub(super) fn new(
        content: &'a [u8],
        end: usize,
        says_metas: bool,
        says_changes: bool,
    ) -> Result<Self> {
        let rest = content.get(..end).ok_or_else(too_short)?;
        Ok(Self { rest, says_metas, says_changes, links: 0 })
    }

    pub(super) fn next(&mut self, window: &Window) -> Result<Row<'a>> {
        let before = self.rest.len();
        let tag = self.number()?;
        let kind = if tag & BINARY == 0 { Kind::Json } else { Kind::Bytes };
        let told = (tag & TOLD != 0).then(|| self.name(None)).transpose()?;
        let erased = tag & ERASED != 0;
        let shift = match (self.says_changes, self.says_metas) {
            (true, _) => SHIFT_WITH_CHANGES,
            (false, true) => SHIFT_WITH_METAS,
            (false, false) => SHIFT,
        };
        let changed = self.says_changes && tag & CHANGED != 0;
        if (changed && erased)
            || (!self.says_metas && self.says_changes && tag & (META | META_DIGEST) != 0)
        {
            return Err(broken("a revision has flags that its batch does not declare"));
        }
        let ancestors = self.ancestors((tag >> shift) as usize, window)?;
        if before.saturating_sub(self.rest.len()) > MOST_NAMES {
            return Err(broken("the refs of a revision are too long"));
        }
        let meta = if self.says_metas { self.meta(tag)? } else { RowMeta::None };
        let length = self.number()? as usize;
        let payload = self.take(length)?;
        if erased {
            digest_of(payload)?;
        }
        Ok(Row { head: RowHead { told, ancestors, kind, erased, changed, meta }, payload })
    }

    fn meta(&mut self, tag: u32) -> Result<RowMeta> {
        match (tag & META != 0, tag & META_DIGEST != 0) {
            (false, false) => Ok(RowMeta::None),
            (true, false) => {
                let length = self.number()? as usize;
                if length > MAX_META_BYTES {
                    return Err(broken("a meta is over 65,536 bytes"));
                }
                Ok(RowMeta::Json(self.take(length)?.to_vec()))
            }
            (false, true) if tag & ERASED != 0 => {
                let (digest, rest) = self.rest.split_first_chunk().ok_or_else(too_short)?;
                self.rest = rest;
                Ok(RowMeta::Digest(*digest))
            }
            (_, true) => Err(broken("a meta comes as a hash beside data, or beside itself")),
        }
    }

    fn ancestors(&mut self, count: usize, window: &Window) -> Result<Vec<Name>> {
        self.links = self.links.saturating_add(count);
        if count > MOST_ANCESTORS || self.links > MOST_ANCESTORS.saturating_mul(2) {
            return Err(broken("a batch has too many ancestors"));
        }
        (0..count).map(|_| self.name(Some(window))).collect()
    }

    /// Reads a ref; one given by its distance only if there is a window.
    fn name(&mut self, window: Option<&Window>) -> Result<Name> {
        match (self.number()?, window) {
            (0, _) => {
                let (bytes, rest) = self.rest.split_first_chunk::<32>().ok_or_else(too_short)?;
                self.rest = rest;
                Ok(Name::Ref(Ref::from_bytes(*bytes)))
            }
            (1, _) => self.text(),
            (back, Some(window)) => {
                let distance = (back as usize).saturating_sub(1);
                let name = window.back(distance).cloned();
                name.ok_or_else(|| broken("an ancestor is further back than the window"))
            }
            (_, None) => Err(broken("a revision's own ref is given as a distance")),
        }
    }

    fn text(&mut self) -> Result<Name> {
        let length = self.number()? as usize;
        if length > MOST_TEXT {
            return Err(broken("a ref is too long"));
        }
        let text = str::from_utf8(self.take(length)?).map_err(|_| broken("a ref is not UTF-8"))?;
        match Name::of(text) {
            Ok(name @ Name::Text(_)) => Ok(name),
            _ => Err(broken("a ref is empty, or a text although it has a shorter form")),
        }
    }

    fn number(&mut self) -> Result<u32> {
        varint::take(&mut self.rest).ok_or_else(too_short)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or_else(too_short)?;
        self.rest = rest;
        Ok(taken)
    }

    /// Succeeds if nothing is left.
    pub(super) fn end(&self) -> Result<()> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(broken("a batch has more content than its count of revisions"))
        }
    }
}

/// The placeholder for erased data.
pub(super) fn digest_of(payload: &[u8]) -> Result<[u8; 32]> {
    payload.try_into().map_err(|_| broken("the hash of erased data does not have 32 bytes"))
}

#[cold]
pub(super) fn too_short() -> Error {
    broken("a batch is shorter than its revisions")
}
