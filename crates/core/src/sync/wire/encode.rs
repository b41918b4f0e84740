//! Encoder: from revisions, one after another, to the bytes of a stream.

use std::collections::VecDeque;

use super::changes::{Ancestry, Changes, Unmade};
use super::framer::reserve;
use super::head::{HEAD, Head, TOTALS, preamble};
use super::sent::{Sent, SentMeta, flags, put_meta, put_names, too_large};
use super::window::Finder;
use super::zip::Zip;
use super::{
    BATCH_CONTENT, CHANGED, MADE_CONTENT, MADE_UNIT, MOST_ANCESTORS, MOST_CONTENT, MOST_REVISIONS,
    Name, SHIFT, SHIFT_WITH_CHANGES, SHIFT_WITH_METAS,
};
use crate::revision::Kind;
use crate::varint;
use crate::write::MetaLeft;
use crate::{Error, Result};

/// Bytes reserved with a large payload, which its names hardly ever exceed.
const LARGE_NAMES: usize = 1 << 12;
/// Content of fewer bytes is not compressed: saving a packet or two is not worth 0.2 ms, most of it for setting
/// up.
const COMPRESSED_FROM: usize = 1 << 12;

/// Makes a stream. Holds one batch and the rest of the one before.
#[derive(Debug)]
pub struct Encoder {
    compress: bool,
    /// Whether the other side accepts metas.
    metas: bool,
    /// Whether the revisions of the batch say if they have a meta: from the first one that does, to the end.
    says_metas: bool,
    /// Finds changes, if the other side accepts them.
    changes: Option<Changes>,
    /// A buffer for a change.
    change: Vec<u8>,
    /// Bytes of the payloads of the batch.
    made: usize,
    /// Made for the first batch that is compressed.
    zip: Option<Zip>,
    finder: Finder,
    /// The growing batch, after room for its head.
    batch: Vec<u8>,
    count: u32,
    /// Number of ancestors in the batch.
    links: usize,
    /// Over the refs that do not travel.
    digest: blake3::Hasher,
    ready: VecDeque<Vec<u8>>,
    /// Number of bytes taken from the first of them.
    taken: usize,
    revisions: u64,
    content: u64,
}

/// How a payload is sent.
enum How<'a> {
    Whole,
    /// As a change of an earlier text, if one is found.
    Found(Option<&'a mut dyn Ancestry>),
    /// As an existing change, for a text of this many bytes that was not made.
    Unmade(usize),
}

impl Encoder {
    /// Starts a stream. With `compress`, batches are compressed if that makes them smaller.
    pub fn new(compress: bool) -> Self {
        Self {
            compress,
            metas: true,
            says_metas: false,
            changes: None,
            change: Vec::new(),
            made: 0,
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

    /// Refuses metas unless `takes`: for a side that does not know them.
    #[must_use]
    pub fn for_side_that_takes_metas(self, takes: bool) -> Self {
        Self { metas: takes, ..self }
    }

    /// With `takes`, sends texts as changes of earlier ones, to a side that accepts them. Costs up to 8 MiB for
    /// the latest texts, on each side.
    #[must_use]
    pub fn for_side_that_takes_changes(self, takes: bool) -> Self {
        Self { changes: takes.then(|| Changes::new(true)), ..self }
    }

    /// With `takes`, sends texts as changes of texts that the other side has, if these are given. Without
    /// `for_side_that_takes_changes` there are no other bases, and no text is kept.
    #[must_use]
    pub fn for_side_that_takes_bases(self, takes: bool) -> Self {
        let mut changes = self.changes.or_else(|| takes.then(|| Changes::new(false)));
        if let Some(changes) = &mut changes {
            changes.takes_bases = takes;
        }
        Self { changes, ..self }
    }

    /// Whether the other side accepts changes.
    pub const fn sends_changes(&self) -> bool {
        self.changes.is_some()
    }

    /// Adds a revision. Ends the batch before it if it is large, and after it if the batch is full.
    ///
    /// # Errors
    /// `TooLarge` for a payload, or for more ancestors, than a stream carries; `Protocol` for a meta that the
    /// other side does not know. Nothing is added then.
    pub fn add<A>(&mut self, sent: Sent<'_>, ancestors: A) -> Result<()>
    where
        A: ExactSizeIterator<Item = Name>,
    {
        self.add_to(sent, ancestors, None)
    }

    /// Adds a revision that may be sent as a change of one `before` it, in the stream or, if the other side
    /// accepts that, outside of it.
    ///
    /// # Errors
    /// As `add`; those of `before`.
    pub fn add_to<A>(
        &mut self,
        sent: Sent<'_>,
        ancestors: A,
        before: Option<&mut dyn Ancestry>,
    ) -> Result<()>
    where
        A: ExactSizeIterator<Item = Name>,
    {
        let meta = sent.meta.map_or(SentMeta::None, SentMeta::Json);
        self.put(sent, (meta, false), ancestors, How::Found(before))
    }

    /// Adds a revision whose payload is stored as a change, which is sent as it is, without the payload;
    /// returns whether that was possible.
    ///
    /// # Errors
    /// As `add`.
    pub fn add_unmade<A>(
        &mut self,
        sent: Sent<'_>,
        ancestors: A,
        unmade: Unmade<'_>,
    ) -> Result<bool>
    where
        A: ExactSizeIterator<Item = Name>,
    {
        let Some(changes) = &self.changes else { return Ok(false) };
        let mut change = std::mem::take(&mut self.change);
        let goes = changes.copy(unmade, &self.finder, &mut change);
        self.change = change;
        if goes {
            let meta = sent.meta.map_or(SentMeta::None, SentMeta::Json);
            self.put(sent, (meta, false), ancestors, How::Unmade(unmade.length))?;
        }
        Ok(goes)
    }

    /// Adds a revision whose data was erased, as the hash of the data, with what is left of its meta.
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
        self.put(sent, (meta, true), ancestors, How::Whole)
    }

    fn put<A>(
        &mut self,
        sent: Sent<'_>,
        (meta, erased): (SentMeta<'_>, bool),
        ancestors: A,
        how: How<'_>,
    ) -> Result<()>
    where
        A: ExactSizeIterator<Item = Name>,
    {
        let Sent { name, told, payload, .. } = sent;
        let links = ancestors.len();
        self.check_meta(name, meta)?;
        let (length, is_unmade) = match how {
            How::Unmade(length) => (length, true),
            _ => (payload.len(), false),
        };
        if links > MOST_ANCESTORS || u32::try_from(length.saturating_add(MOST_CONTENT)).is_err() {
            return Err(too_large(name, links, length));
        }
        let ancestors: Vec<Name> = ancestors.collect();
        let mut change = std::mem::take(&mut self.change);
        let changed = match how {
            How::Whole => false,
            How::Unmade(_) => true,
            How::Found(before) => self.finds_change(&ancestors, payload, before, &mut change)?,
        };
        let bytes = if changed { &change } else { payload };
        if self.has_no_room_for(bytes.len(), length) {
            self.flush()?;
        }
        if bytes.len() > BATCH_CONTENT {
            reserve(&mut self.batch, bytes.len().saturating_add(LARGE_NAMES))?;
        }
        let flags = flags(sent, erased) | meta.flags() | if changed { CHANGED } else { 0 };
        let shift = match (&self.changes, self.says_metas) {
            (Some(_), _) => SHIFT_WITH_CHANGES,
            (None, true) => SHIFT_WITH_METAS,
            (None, false) => SHIFT,
        };
        put_names(sent, (flags, shift), (&ancestors, &self.finder), &mut self.batch)?;
        put_meta(meta, &mut self.batch);
        if let (Name::Ref(reference), false) = (name, told) {
            self.digest.update(reference.as_bytes());
        }
        varint::put(u32::try_from(bytes.len()).unwrap_or(u32::MAX), &mut self.batch);
        self.batch.extend_from_slice(bytes);
        self.change = change;
        self.made = self.made.saturating_add(length);
        let parent = ancestors.first().and_then(|first| self.finder.distance(first));
        match &mut self.changes {
            Some(changes) if is_unmade => changes.push_unmade(length, parent),
            Some(changes) => changes.push((!erased).then_some(payload), parent)?,
            None => {}
        }
        self.finder.push(name.clone());
        self.count = self.count.saturating_add(1);
        self.links = self.links.saturating_add(links);
        if self.is_full() { self.flush() } else { Ok(()) }
    }

    /// Whether the text is sent as a `change` of an ancestor's.
    fn finds_change(
        &mut self,
        ancestors: &[Name],
        payload: &[u8],
        before: Option<&mut dyn Ancestry>,
        change: &mut Vec<u8>,
    ) -> Result<bool> {
        let Some(changes) = &mut self.changes else { return Ok(false) };
        changes.find((ancestors, &self.finder), payload, before, change)
    }

    /// Whether the batch must end before a payload that is sent as `bytes` bytes.
    fn has_no_room_for(&self, bytes: usize, payload: usize) -> bool {
        let is_much = self.batch.len().saturating_add(bytes) > BATCH_CONTENT;
        let makes_much = self.made.saturating_add(payload) > MADE_CONTENT;
        self.count > 0 && (is_much || (makes_much && self.changes.is_some()))
    }

    /// Refuses a meta that the other side does not know; ends a batch whose revisions do not say if they have
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

    /// Ends the batch, if it has any content.
    ///
    /// # Errors
    /// `Internal` if compressing fails.
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
        self.made = 0;
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

    /// Returns the first bytes that are ready, some or all of them; if there are none, add more.
    pub fn ready(&self) -> &[u8] {
        self.ready.front().and_then(|first| first.get(self.taken..)).unwrap_or_default()
    }

    /// Drops the first `count` of the bytes that `ready` returns.
    pub fn advance(&mut self, count: usize) {
        self.taken = self.taken.saturating_add(count);
        if self.ready().is_empty() {
            self.ready.pop_front();
            self.taken = 0;
        }
    }

    /// Puts the head before what is sent, for `length` bytes of content, and starts a new batch.
    fn seal(&mut self, zipped: bool, count: u32, length: usize) {
        let next = vec![0; HEAD];
        let mut batch = std::mem::replace(&mut self.batch, next);
        let Some((room, sent)) = batch.split_first_chunk_mut::<HEAD>() else {
            return;
        };
        let units = u16::try_from(self.made.div_ceil(MADE_UNIT)).unwrap_or(u16::MAX);
        let head = Head {
            is_end: count == 0,
            zipped,
            says_metas: self.says_metas && count > 0,
            made: self.changes.as_ref().filter(|_| count > 0).map(|_| units),
            count,
            sent: u32::try_from(sent.len()).unwrap_or(u32::MAX),
            content: u32::try_from(length).unwrap_or(u32::MAX),
            sum: crc32c::crc32c(sent),
        };
        *room = head.encode();
        self.ready.push_back(batch);
    }

    /// Compresses the batch, if requested and if that makes it smaller.
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
        // A large batch is held twice for no longer than this.
        self.batch.truncate(HEAD);
        self.batch.shrink_to(BATCH_CONTENT);
        self.batch.extend_from_slice(&frame);
        Ok(true)
    }

    fn is_full(&self) -> bool {
        self.batch.len() >= BATCH_CONTENT
            || (self.changes.is_some() && self.made >= MADE_CONTENT)
            || self.count as usize >= MOST_REVISIONS
            || self.links >= MOST_ANCESTORS
    }
}
