//! Payloads in memory: whole, or from some size on as changes of an ancestor's.
//!
//! As in the file (`texts.rs`, `bases.rs`), with two differences. Nothing is compressed, since that takes
//! longer than all else. Payloads based on a deleted one are found by looking at all.

use std::borrow::Cow;
use std::sync::Arc;

use super::chain::made;
use super::deltas::{Before, Writing};
use super::transaction::StoredChange;
use crate::delta::LARGEST;
use crate::delta::chain::{Based, Known, Link, MOST_RECORDS, SHORTEST, as_one};
use crate::graph::Pos;
use crate::revision::Kind;
use crate::write::Staged;
use crate::{Error, Result};

/// Payloads with fewer bytes are kept whole in memory by default: without a file to write, finding and folding
/// deltas is most of the cost of a put and a read.
const SMALLEST: usize = 4096;

/// Payloads in a block. A single list would be copied each time that it is full: 200 MB at eight million.
const BLOCK: usize = 1 << 16;

/// How a store in memory keeps its payloads.
#[derive(Debug, Clone)]
pub struct MemoryOptions {
    /// Whether all payloads are kept whole.
    pub whole: bool,
    /// Payloads with fewer bytes are kept whole. Default: 4 KiB. So are those below 128 bytes.
    pub smallest_delta: usize,
}

impl Default for MemoryOptions {
    fn default() -> Self {
        Self { whole: false, smallest_delta: SMALLEST }
    }
}

/// The payloads by position.
#[derive(Debug)]
pub(super) struct Payloads {
    /// In order; all blocks but the last are full. `None` where a payload was deleted.
    blocks: Vec<Vec<Option<Payload>>>,
    options: MemoryOptions,
    writing: Writing,
}

/// The data of a revision.
#[derive(Debug)]
enum Payload {
    Whole(Kind, Box<[u8]>),
    Based(Kind, Box<Hunks>),
}

/// The hunks that make a text from that of its base.
#[derive(Debug)]
struct Hunks {
    base: Pos,
    list: Box<[u8]>,
    is_snapshot: bool,
    /// Bytes of the text, and their CRC-32C: a bug of the coder must not pass for data.
    length: u32,
    sum: u32,
}

impl Payloads {
    pub(super) fn new(options: MemoryOptions) -> Self {
        Self { blocks: Vec::new(), options, writing: Writing::new() }
    }

    /// Returns how many there are, including deleted ones.
    pub(super) fn len(&self) -> usize {
        let behind = self.blocks.last().map_or(0, Vec::len);
        self.blocks.len().saturating_sub(1) * BLOCK + behind
    }

    /// Returns the data at a position; `None` if it was deleted.
    ///
    /// # Errors
    /// `TooLarge` if the process has no memory for it.
    pub(super) fn data(&self, pos: Pos) -> Result<Option<(Kind, Cow<'_, [u8]>)>> {
        Ok(match self.payload(pos) {
            None => None,
            Some(Payload::Whole(kind, text)) => Some((*kind, Cow::Borrowed(text))),
            Some(Payload::Based(kind, _)) => {
                read(&self.blocks, pos)?.map(|text| (*kind, Cow::Owned(text)))
            }
        })
    }

    /// As `View::change`, without the meta.
    pub(super) fn change(&self, pos: Pos) -> Option<StoredChange<'_>> {
        match self.payload(pos) {
            Some(Payload::Based(kind, hunks)) => Some(StoredChange {
                kind: *kind,
                meta: None,
                base: hunks.base,
                list: Cow::Borrowed(&hunks.list),
                is_snapshot: hunks.is_snapshot,
                length: hunks.length as usize,
                sum: hunks.sum,
            }),
            _ => None,
        }
    }

    /// Returns the bytes of the data at a position.
    pub(super) fn data_len(&self, pos: Pos) -> usize {
        match self.payload(pos) {
            None => 0,
            Some(Payload::Whole(_, text)) => text.len(),
            Some(Payload::Based(_, hunks)) => hunks.length as usize,
        }
    }

    /// Returns the bytes kept for the data at a position.
    pub(super) fn stored_len(&self, pos: Pos) -> usize {
        match self.payload(pos) {
            None => 0,
            Some(Payload::Whole(_, text)) => text.len(),
            Some(Payload::Based(_, hunks)) => hunks.list.len(),
        }
    }

    fn payload(&self, pos: Pos) -> Option<&Payload> {
        payload(&self.blocks, pos)
    }

    /// Appends what a group stages, as changes where these are much smaller.
    ///
    /// # Errors
    /// `TooLarge` if the process has no memory to read the base of a text; nothing is appended then.
    pub(super) fn append(&mut self, before: &Before<'_, '_>) -> Result<()> {
        let first = self.len();
        for (pos, revision) in (before.graph.len()..).map(Pos::new).zip(before.staged) {
            let payload = if revision.erased.is_some() {
                None
            } else {
                match self.payload_for(before, pos, revision) {
                    Ok(payload) => Some(payload),
                    Err(error) => {
                        self.truncate(first);
                        return Err(error);
                    }
                }
            };
            self.push(payload);
        }
        self.writing.take_over();
        Ok(())
    }

    fn payload_for(
        &mut self,
        before: &Before<'_, '_>,
        pos: Pos,
        revision: &Staged<'_>,
    ) -> Result<Payload> {
        let (kind, text) = (revision.kind, revision.payload);
        let whole = || Payload::Whole(kind, Box::from(text));
        let smallest = self.options.smallest_delta.max(SHORTEST);
        if self.options.whole || !(smallest..LARGEST).contains(&text.len()) {
            return Ok(whole());
        }
        let Self { blocks, writing, .. } = self;
        let found =
            writing.base_for(before, (text, &revision.parents), |pos| known(blocks, pos))?;
        let own: Arc<[u8]> = Arc::from(text);
        let Some((base, Based { base: at, list, is_snapshot })) = found else {
            writing.keep(pos, Known::whole(pos.get(), own, text.len()));
            return Ok(whole());
        };
        let length = length(text);
        let link = Link {
            at: pos.get(),
            list: Arc::from(&*list),
            length,
            stored: list.len(),
            is_snapshot,
        };
        writing.keep(pos, base.followed_by(own, link));
        let (base, sum) = (Pos::new(at), crc32c::crc32c(text));
        let hunks = Hunks { base, list: list.into(), is_snapshot, length, sum };
        Ok(Payload::Based(kind, Box::new(hunks)))
    }

    fn push(&mut self, payload: Option<Payload>) {
        match self.blocks.last_mut() {
            Some(block) if block.len() < BLOCK => block.push(payload),
            _ => self.blocks.push(vec![payload]),
        }
    }

    /// Removes the payloads from `len` on.
    fn truncate(&mut self, len: usize) {
        self.blocks.truncate(len.div_ceil(BLOCK));
        if let Some(block) = self.blocks.last_mut() {
            block.truncate(len - (len - 1) / BLOCK * BLOCK);
        }
        self.writing.forget();
    }

    /// Sets the data, whole, at a position where there is none.
    pub(super) fn fill(&mut self, pos: Pos, kind: Kind, text: &[u8]) {
        set(&mut self.blocks, pos, Some(Payload::Whole(kind, Box::from(text))));
    }

    /// Deletes payloads, which ascend. Payloads that stay and were based on them get another base.
    ///
    /// # Errors
    /// `TooLarge` if the process has no memory for the text of one that stays; nothing is deleted then.
    pub(super) fn delete(&mut self, doomed: &[Pos]) -> Result<()> {
        let is_doomed = |pos: Pos| doomed.binary_search(&pos).is_ok();
        let mut anew = Vec::new();
        for pos in (0..length_of(self.len())).map(Pos::new) {
            if let Some(Payload::Based(kind, hunks)) = self.payload(pos)
                && is_doomed(hunks.base)
                && !is_doomed(pos)
            {
                anew.push((pos, rebased(&self.blocks, pos, (*kind, hunks), is_doomed)?));
            }
        }
        self.writing.forget();
        let none = doomed.iter().map(|&pos| (pos, None));
        for (pos, payload) in none.chain(anew) {
            set(&mut self.blocks, pos, payload);
        }
        Ok(())
    }
}

fn payload(blocks: &[Vec<Option<Payload>>], pos: Pos) -> Option<&Payload> {
    blocks.get(pos.index() / BLOCK)?.get(pos.index() % BLOCK)?.as_ref()
}

fn set(blocks: &mut [Vec<Option<Payload>>], pos: Pos, payload: Option<Payload>) {
    let block = blocks.get_mut(pos.index() / BLOCK);
    if let Some(place) = block.and_then(|block| block.get_mut(pos.index() % BLOCK)) {
        *place = payload;
    }
}

/// The chain of a text: hunks, the last ones first, and the whole text that they start from.
struct Chain<'p> {
    hunks: Vec<(Pos, &'p Hunks)>,
    whole: (Pos, &'p [u8]),
}

impl<'p> Chain<'p> {
    fn follow(blocks: &'p [Vec<Option<Payload>>], pos: Pos) -> Option<Self> {
        let (mut at, mut hunks) = (pos, Vec::new());
        loop {
            match payload(blocks, at)? {
                Payload::Whole(_, text) => return Some(Self { hunks, whole: (at, text) }),
                Payload::Based(..) if hunks.len() == MOST_RECORDS => return None,
                Payload::Based(_, own) => {
                    hunks.push((at, &**own));
                    at = own.base;
                }
            }
        }
    }

    fn text(&self) -> Result<Option<Vec<u8>>> {
        let Some((_, asked)) = self.hunks.first() else { return Ok(Some(self.whole.1.to_vec())) };
        let lists: Vec<_> = self.hunks.iter().rev().map(|(_, hunks)| hunks.entry()).collect();
        let text = made(self.whole.1, &lists)?;
        Ok(text.filter(|text| {
            text.len() == asked.length as usize && crc32c::crc32c(text) == asked.sum
        }))
    }
}

impl Hunks {
    fn entry(&self) -> (Cow<'_, [u8]>, usize) {
        (Cow::Borrowed(&*self.list), self.length as usize)
    }
}

fn read(blocks: &[Vec<Option<Payload>>], pos: Pos) -> Result<Option<Vec<u8>>> {
    Chain::follow(blocks, pos).map_or(Ok(None), |chain| chain.text())
}

/// Returns what is known of the text at a position, for texts that will be based on it.
fn known(blocks: &[Vec<Option<Payload>>], pos: Pos) -> Result<Option<Known>> {
    let Some(chain) = Chain::follow(blocks, pos) else { return Ok(None) };
    let Some(text) = chain.text()? else { return Ok(None) };
    let text: Arc<[u8]> = text.into();
    let (at, whole) = chain.whole;
    let mut known = Known::whole(at.get(), Arc::from(whole), whole.len());
    for (at, hunks) in chain.hunks.iter().rev() {
        let link = Link {
            at: at.get(),
            list: Arc::from(&*hunks.list),
            length: hunks.length,
            stored: hunks.list.len(),
            is_snapshot: hunks.is_snapshot,
        };
        known = known.with(Arc::clone(&text), link);
    }
    Ok(Some(known))
}

/// Returns the payload at a position, on the nearest base that stays, by one fold, or whole.
fn rebased(
    blocks: &[Vec<Option<Payload>>],
    pos: Pos,
    (kind, own): (Kind, &Hunks),
    is_doomed: impl Fn(Pos) -> bool,
) -> Result<Option<Payload>> {
    let lost = || Error::Internal(format!("the data at position {} is not whole", pos.get()));
    let chain = Chain::follow(blocks, pos).ok_or_else(lost)?;
    let text = chain.text()?.ok_or_else(lost)?;
    let (whole, bytes) = chain.whole;
    let below = chain.hunks.iter().skip(1).map(|&(at, hunks)| (at, hunks.length));
    let mut below = below.chain([(whole, length(bytes))]);
    let on = below.find(|(at, _)| !is_doomed(*at));
    let list = on.and_then(|(base, length)| {
        let above = chain.hunks.iter().take_while(|(at, _)| *at != base).collect::<Vec<_>>();
        let lists = above.iter().rev().map(|(_, hunks)| (&*hunks.list, hunks.length));
        Some((base, as_one(length, lists)?)).filter(|(_, list)| list.len() <= text.len() / 4)
    });
    Ok(Some(match list {
        Some((base, list)) => {
            Payload::Based(kind, Box::new(Hunks { base, list: list.into(), ..*own }))
        }
        None => Payload::Whole(kind, text.into()),
    }))
}

/// Returns the bytes of a text; those that are counted have fewer than `LARGEST`.
fn length(text: &[u8]) -> u32 {
    length_of(text.len())
}

fn length_of(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
