//! Encoder: from revisions, one after the other, to the bytes of a stream.

use std::collections::VecDeque;

use super::framer::reserve;
use super::head::{HEAD, Head, TOTALS, preamble};
use super::window::Finder;
use super::zip::Zip;
use super::{
    BATCH_CONTENT, BINARY, ERASED, META, META_DIGEST, MOST_ANCESTORS, MOST_CONTENT, MOST_NAMES,
    MOST_REVISIONS, Name, SHIFT, SHIFT_WITH_METAS, TOLD,
};
use crate::revision::Kind;
use crate::varint;
use crate::write::MetaLeft;
use crate::{Error, Result};

/// Room beside a large payload that its names hardly ever exceed.
const LARGE_NAMES: usize = 1 << 12;
/// Less content is not compressed: a packet or two less is not worth 0.2 ms, most of it for setting up.
const COMPRESSED_FROM: usize = 1 << 12;

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
enum SentMeta<'a> {
    None,
    Digest([u8; 32]),
    Json(&'a [u8]),
}

impl SentMeta<'_> {
    const fn flags(self) -> u32 {
        match self {
            Self::None => 0,
            Self::Json(_) => META,
            Self::Digest(_) => META_DIGEST,
        }
    }
}

/// Makes a stream. Holds one batch and what was not taken of the one before.
#[derive(Debug)]
pub struct Encoder {
    compress: bool,
    /// Whether the other side takes metas.
    metas: bool,
    /// Whether the revisions of the batch say whether they have a meta: from the first one that does, to the end.
    says_metas: bool,
    /// Made with the first batch that is compressed.
    zip: Option<Zip>,
    finder: Finder,
    /// The batch that grows, behind room for its head.
    batch: Vec<u8>,
    count: u32,
    /// Ancestors in the batch.
    links: usize,
    /// Over the refs that do not travel.
    digest: blake3::Hasher,
    ready: VecDeque<Vec<u8>>,
    /// How many bytes of the first of them were taken.
    taken: usize,
    revisions: u64,
    content: u64,
}

impl Encoder {
    /// Starts a stream, whose batches are compressed where that makes them smaller, if `compress`.
    pub fn new(compress: bool) -> Self {
        Self {
            compress,
            metas: true,
            says_metas: false,
            zip: None,
            finder: Finder::default(),
            batch: vec![0; HEAD],
            count: 0,
            links: 0,
            digest: blake3::Hasher::new(),
            ready: VecDeque::from([preamble().to_vec()]),
            taken: 0,
            revisions: 0,
            content: 0,
        }
    }

    /// Refuses metas, for a side that does not know them, unless `takes`.
    #[must_use]
    pub fn for_side_that_takes_metas(self, takes: bool) -> Self {
        Self { metas: takes, ..self }
    }

    /// Adds a revision; ends the batch before it where it is large, and behind it where that is full.
    ///
    /// # Errors
    /// `TooLarge` for a payload or for more ancestors than a stream carries, `Protocol` for a meta that the other
    /// side does not know, before anything is added.
    pub fn add<A>(&mut self, sent: Sent<'_>, ancestors: A) -> Result<()>
    where
        A: ExactSizeIterator<Item = Name>,
    {
        let meta = sent.meta.map_or(SentMeta::None, SentMeta::Json);
        self.put(sent, meta, false, ancestors)
    }

    /// Adds a revision whose data was erased, as the hash of it, and with what is left of its meta.
    ///
    /// # Errors
    /// As `add`.
    pub fn add_erased<A>(
        &mut self,
        name: &Name,
        ancestors: A,
        kind: Kind,
        digest: &[u8; 32],
        meta: &MetaLeft,
    ) -> Result<()>
    where
        A: ExactSizeIterator<Item = Name>,
    {
        let sent = Sent { name, told: false, kind, payload: digest, meta: None };
        let meta = match meta {
            MetaLeft::None => SentMeta::None,
            MetaLeft::Digest(digest) => SentMeta::Digest(*digest),
            MetaLeft::Kept(meta) => SentMeta::Json(meta.json()),
        };
        self.put(sent, meta, true, ancestors)
    }

    fn put<A>(
        &mut self,
        sent: Sent<'_>,
        meta: SentMeta<'_>,
        erased: bool,
        ancestors: A,
    ) -> Result<()>
    where
        A: ExactSizeIterator<Item = Name>,
    {
        let Sent { name, told, payload, .. } = sent;
        let links = ancestors.len();
        self.check_meta(name, meta)?;
        let length = u32::try_from(payload.len().saturating_add(MOST_CONTENT)).ok();
        if links > MOST_ANCESTORS || length.is_none() {
            return Err(Error::TooLarge {
                message: format!(
                    "revision {name} has {links} ancestors and {} bytes, more than a stream carries",
                    payload.len()
                ),
                subject: Some(name.to_string()),
            });
        }
        if self.count > 0 && self.batch.len().saturating_add(payload.len()) > BATCH_CONTENT {
            self.flush()?;
        }
        if payload.len() > BATCH_CONTENT {
            reserve(&mut self.batch, payload.len().saturating_add(LARGE_NAMES))?;
        }
        let flags = flags(sent, erased) | meta.flags();
        self.put_names(sent, flags, ancestors)?;
        self.put_meta(meta);
        if let (Name::Ref(reference), false) = (name, told) {
            self.digest.update(reference.as_bytes());
        }
        varint::put(u32::try_from(payload.len()).unwrap_or(u32::MAX), &mut self.batch);
        self.batch.extend_from_slice(payload);
        self.finder.push(name.clone());
        self.count = self.count.saturating_add(1);
        self.links = self.links.saturating_add(links);
        if self.is_full() { self.flush() } else { Ok(()) }
    }

    /// Refuses a meta that the other side does not know; ends a batch whose revisions do not say whether they have
    /// one.
    fn check_meta(&mut self, name: &Name, meta: SentMeta<'_>) -> Result<()> {
        if self.says_metas || matches!(meta, SentMeta::None) {
            return Ok(());
        }
        if !self.metas {
            return Err(Error::Protocol(format!(
                "revision {name} has a meta, which the other side does not know: it needs a newer version of \
                 histo-revisions"
            )));
        }
        self.flush()?;
        self.says_metas = true;
        Ok(())
    }

    fn put_meta(&mut self, meta: SentMeta<'_>) {
        match meta {
            SentMeta::None => {}
            SentMeta::Digest(digest) => self.batch.extend_from_slice(&digest),
            SentMeta::Json(json) => {
                varint::put(u32::try_from(json.len()).unwrap_or(u32::MAX), &mut self.batch);
                self.batch.extend_from_slice(json);
            }
        }
    }

    /// Ends the batch, if it has anything.
    ///
    /// # Errors
    /// `Internal` where compressing fails.
    pub fn flush(&mut self) -> Result<()> {
        if self.count == 0 {
            return Ok(());
        }
        self.batch.extend_from_slice(self.digest.finalize().as_bytes());
        self.digest.reset();
        let length = self.batch.len().saturating_sub(HEAD);
        let zipped = self.shrink(length)?;
        self.content = self.content.saturating_add(length as u64);
        self.revisions = self.revisions.saturating_add(u64::from(self.count));
        self.seal(zipped, self.count, length);
        self.count = 0;
        self.links = 0;
        Ok(())
    }

    /// Ends the stream.
    ///
    /// # Errors
    /// As `flush`.
    pub fn finish(&mut self) -> Result<()> {
        self.flush()?;
        self.batch.extend_from_slice(&self.revisions.to_le_bytes());
        self.batch.extend_from_slice(&self.content.to_le_bytes());
        self.seal(false, 0, TOTALS);
        Ok(())
    }

    /// The first bytes that are ready, some or all of them; none: add more.
    pub fn ready(&self) -> &[u8] {
        self.ready.front().and_then(|first| first.get(self.taken..)).unwrap_or_default()
    }

    /// Drops `count` of the bytes that `ready` shows.
    pub fn advance(&mut self, count: usize) {
        self.taken = self.taken.saturating_add(count);
        if self.ready().is_empty() {
            self.ready.pop_front();
            self.taken = 0;
        }
    }

    /// Appends what names a revision; takes it back where it is too long.
    fn put_names<A>(&mut self, sent: Sent<'_>, flags: u32, ancestors: A) -> Result<()>
    where
        A: ExactSizeIterator<Item = Name>,
    {
        let start = self.batch.len();
        let shift = if self.says_metas { SHIFT_WITH_METAS } else { SHIFT };
        let links = u32::try_from(ancestors.len()).unwrap_or(u32::MAX);
        varint::put(flags | links << shift, &mut self.batch);
        if sent.told {
            put_name(sent.name, &mut self.batch);
        }
        for ancestor in ancestors {
            match self.finder.distance(&ancestor) {
                Some(back) => varint::put(back.saturating_add(1), &mut self.batch),
                None => put_name(&ancestor, &mut self.batch),
            }
        }
        let length = self.batch.len().saturating_sub(start);
        if length <= MOST_NAMES {
            return Ok(());
        }
        self.batch.truncate(start);
        Err(Error::TooLarge {
            message: format!(
                "revision {} has ancestors with refs of {length} bytes, more than a stream carries",
                sent.name
            ),
            subject: Some(sent.name.to_string()),
        })
    }

    /// Puts the head before what is sent, which stands for `length` bytes of content, and starts anew.
    fn seal(&mut self, zipped: bool, count: u32, length: usize) {
        let next = vec![0; HEAD];
        let mut batch = std::mem::replace(&mut self.batch, next);
        let Some((room, sent)) = batch.split_first_chunk_mut::<HEAD>() else {
            return;
        };
        let head = Head {
            is_end: count == 0,
            zipped,
            says_metas: self.says_metas && count > 0,
            count,
            sent: u32::try_from(sent.len()).unwrap_or(u32::MAX),
            content: u32::try_from(length).unwrap_or(u32::MAX),
            sum: crc32c::crc32c(sent),
        };
        *room = head.encode();
        self.ready.push_back(batch);
    }

    /// Compresses the batch, if that is wanted and makes it smaller.
    fn shrink(&mut self, length: usize) -> Result<bool> {
        if !self.compress || length < COMPRESSED_FROM {
            return Ok(false);
        }
        let zip = match &mut self.zip {
            Some(zip) => zip,
            none => none.insert(Zip::new()?),
        };
        let content = self.batch.get(HEAD..).unwrap_or_default();
        let frame = zip.compress(content)?;
        if frame.len() >= length {
            return Ok(false);
        }
        // A large batch is not held twice for longer than this.
        self.batch.truncate(HEAD);
        self.batch.shrink_to(BATCH_CONTENT);
        self.batch.extend_from_slice(&frame);
        Ok(true)
    }

    fn is_full(&self) -> bool {
        self.batch.len() >= BATCH_CONTENT
            || self.count as usize >= MOST_REVISIONS
            || self.links >= MOST_ANCESTORS
    }
}

/// The bits that a revision begins with, but for those of a meta.
fn flags(sent: Sent<'_>, erased: bool) -> u32 {
    let binary = if sent.kind == Kind::Bytes { BINARY } else { 0 };
    let told = if sent.told { TOLD } else { 0 };
    binary | told | if erased { ERASED } else { 0 }
}

fn put_name(name: &Name, out: &mut Vec<u8>) {
    match name {
        Name::Ref(reference) => {
            out.push(0);
            out.extend_from_slice(reference.as_bytes());
        }
        Name::Text(text) => {
            out.push(1);
            varint::put(u32::try_from(text.len()).unwrap_or(u32::MAX), out);
            out.extend_from_slice(text.as_bytes());
        }
    }
}
