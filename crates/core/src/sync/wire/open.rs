//! Opener: reads the batches of a stream, in order, and verifies each revision.
//!
//! A ref that does not travel is computed, and those of a batch are checked against a digest. A ref that
//! travels is checked by the side that assigns such refs; `Received::arrival` does it for the built-in ones.

use hashbrown::HashSet;

use super::framer::bytes_of;
use super::head::broken;
use super::outside::Lookup;
use super::received::{Claimed, Received, built_in};
use super::rows::{Row, RowHead, RowMeta, Rows, digest_of, too_short};
use super::texts::Texts;
use super::window::Window;
use super::zip::Unzip;
use super::{Frame, Limits, Name};
use crate::json::Canonicalizer;
use crate::revision::{Kind, Meta};
use crate::write::{Arrival, Draft, MetaLeft, check_size};
use crate::{Error, Ref, Result, json};

/// Reads batches.
#[derive(Debug)]
pub struct Opener {
    limits: Limits,
    window: Window,
    texts: Texts,
    unzip: Option<Unzip>,
    canonicalizer: Canonicalizer,
    failed: Option<Error>,
}

impl Opener {
    /// Starts before a stream's first batch.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            window: Window::default(),
            texts: Texts::new(true),
            unzip: None,
            canonicalizer: Canonicalizer::default(),
            failed: None,
        }
    }

    /// Keeps texts as bases if `keeps`; else only texts outside of the stream are bases.
    #[must_use]
    pub fn keeping_texts(self, keeps: bool) -> Self {
        Self { texts: Texts::new(keeps), ..self }
    }

    /// As `open_to`, for a stream whose texts come only as changes of texts in it.
    ///
    /// # Errors
    /// As `open_to`.
    pub fn open(&mut self, frame: Frame) -> Result<Vec<Received>> {
        self.open_to(frame, None)
    }

    /// Reads the next batch; returns its revisions in the order in which they came. `lookup` finds the texts
    /// outside of the stream that its own may come as changes of.
    ///
    /// # Errors
    /// `Protocol` for a malformed batch, `Corrupt` for a revision that is forged or not canonical, `TooLarge`
    /// for one over the limit, `Shallow` for a change of a missing text, any error of `lookup`. From then on it
    /// always fails the same way.
    pub fn open_to(&mut self, frame: Frame, lookup: Option<Lookup<'_>>) -> Result<Vec<Received>> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let received = self.read(frame, lookup);
        if let Err(error) = &received {
            self.failed = Some(error.clone());
        }
        received
    }

    fn read(&mut self, frame: Frame, mut lookup: Option<Lookup<'_>>) -> Result<Vec<Received>> {
        let Frame { zipped, says_metas, made, count, length, body } = frame;
        let content = if zipped { self.unzip()?.read(&body, length)? } else { body };
        let digest = content.last_chunk::<32>().ok_or_else(too_short)?;
        let digest = blake3::Hash::from_bytes(*digest);
        let end = content.len().saturating_sub(32);
        if count == 1 {
            return self.read_one((content, end), (says_metas, made), digest, lookup);
        }
        let mut rows = Rows::new(&content, end, says_metas, made.is_some())?;
        let mut computed = blake3::Hasher::new();
        let mut left = bytes_of(made);
        let mut all = Vec::with_capacity((count as usize).min(end));
        for _ in 0..count {
            let row = rows.next(&self.window)?;
            let payload = match made {
                Some(_) => self.text_of(&row, &mut left, again(&mut lookup))?,
                None => row.payload.to_vec(),
            };
            self.keep(made.is_some() && !row.head.erased, &payload)?;
            all.push(self.received(row.head, payload, &mut computed)?);
        }
        rows.end()?;
        check_digest(&computed, digest)?;
        Ok(all)
    }

    /// Reads a batch of one revision, which may be large: its payload is not copied.
    fn read_one(
        &mut self,
        (mut content, end): (Vec<u8>, usize),
        (says_metas, made): (bool, Option<u16>),
        digest: blake3::Hash,
        lookup: Option<Lookup<'_>>,
    ) -> Result<Vec<Received>> {
        let says_changes = made.is_some();
        let mut rows = Rows::new(&content, end, says_metas, says_changes)?;
        let row = rows.next(&self.window)?;
        rows.end()?;
        let mut left = bytes_of(made);
        let made = match made {
            Some(_) if row.head.changed => Some(self.text_of(&row, &mut left, lookup)?),
            Some(_) if row.payload.len() > left => return Err(too_much()),
            _ => None,
        };
        let Row { head, payload } = row;
        let start = end.saturating_sub(payload.len());
        content.truncate(end);
        content.drain(..start);
        let content = made.unwrap_or(content);
        self.keep(says_changes && !head.erased, &content)?;
        let mut computed = blake3::Hasher::new();
        let received = self.received(head, content, &mut computed)?;
        check_digest(&computed, digest)?;
        Ok(vec![received])
    }

    /// Returns the text that a revision came with or as a change of. It has at most the bytes `left` of those
    /// that its batch declares, and is subtracted from them.
    fn text_of(
        &self,
        row: &Row<'_>,
        left: &mut usize,
        lookup: Option<Lookup<'_>>,
    ) -> Result<Vec<u8>> {
        let text = if row.head.changed {
            self.texts.made(row.payload, *left, &row.head.ancestors, lookup)?
        } else {
            row.payload.to_vec()
        };
        *left = left.checked_sub(text.len()).ok_or_else(too_much)?;
        Ok(text)
    }

    /// Counts a revision, and keeps its text if later ones may come as changes of it.
    fn keep(&mut self, keeps: bool, text: &[u8]) -> Result<()> {
        self.texts.push(keeps.then_some(text), None)
    }

    fn received(
        &mut self,
        head: RowHead,
        payload: Vec<u8>,
        computed: &mut blake3::Hasher,
    ) -> Result<Received> {
        let RowHead { told, ancestors, kind, erased, meta, .. } = head;
        let meta = self.checked_meta(told.as_ref(), meta)?;
        if !erased {
            check_payload(told.as_ref(), kind, &payload, self.limits.revision)?;
        }
        let received = match told {
            Some(name) if has_twice(&ancestors) => {
                return Err(broken(&format!("revision {name} names an ancestor twice")));
            }
            Some(name) => {
                Received::Claimed(Claimed { name, ancestors, kind, payload, erased, meta })
            }
            None => {
                let ancestors: Option<Vec<Ref>> = ancestors.iter().map(built_in).collect();
                let ancestors = ancestors.ok_or_else(|| {
                    broken("a revision without a ref of its own has ancestors with other refs")
                })?;
                let arrival = if erased {
                    Arrival::erased(ancestors, kind, digest_of(&payload)?, meta, None)?
                } else {
                    let draft = Draft::hashed(kind, payload, Some(ancestors), u64::MAX)?;
                    Arrival::new(draft.with_meta(meta.kept()), None)?
                };
                computed.update(arrival.reference.as_bytes());
                Received::Computed(arrival)
            }
        };
        self.window.push(received.name(), |_| ());
        Ok(received)
    }

    fn checked_meta(&mut self, told: Option<&Name>, meta: RowMeta) -> Result<MetaLeft> {
        let json = match meta {
            RowMeta::None => return Ok(MetaLeft::None),
            RowMeta::Digest(digest) => return Ok(MetaLeft::Digest(digest)),
            RowMeta::Json(json) => json,
        };
        let checked = Meta::checked(&mut self.canonicalizer, json);
        checked.map(|meta| MetaLeft::Kept(Box::new(meta))).map_err(|_| {
            forged(told, "its meta is not the canonical JSON of an object with members")
        })
    }

    fn unzip(&mut self) -> Result<&mut Unzip> {
        match &mut self.unzip {
            Some(unzip) => Ok(unzip),
            none => Ok(none.insert(Unzip::new()?)),
        }
    }
}

/// Reborrows the same.
fn again<'a>(lookup: &'a mut Option<Lookup<'_>>) -> Option<Lookup<'a>> {
    match lookup {
        Some(lookup) => Some(&mut **lookup),
        None => None,
    }
}

fn has_twice(ancestors: &[Name]) -> bool {
    ancestors.len() > 1 && ancestors.iter().collect::<HashSet<_>>().len() < ancestors.len()
}

fn check_payload(told: Option<&Name>, kind: Kind, payload: &[u8], limit: u64) -> Result<()> {
    check_size(payload, limit)?;
    if kind == Kind::Bytes || json::is_canonical(payload) {
        return Ok(());
    }
    Err(forged(told, "its data is not canonical JSON"))
}

#[cold]
fn too_much() -> Error {
    broken("the payloads of a batch have more bytes than it declares")
}

#[cold]
fn forged(told: Option<&Name>, why: &str) -> Error {
    let which = told.map_or_else(|| "a revision".to_owned(), |name| format!("revision {name}"));
    Error::Corrupt {
        message: format!("{which} is forged: {why}"),
        subject: told.map(ToString::to_string),
    }
}

fn check_digest(computed: &blake3::Hasher, digest: blake3::Hash) -> Result<()> {
    if computed.finalize() == digest {
        return Ok(());
    }
    Err(Error::Corrupt {
        message: "a batch of revisions is forged: their refs do not match its digest".into(),
        subject: None,
    })
}
