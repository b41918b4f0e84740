//! Reading a text: its chain of records, down to a whole one, and the text that they make.
//!
//! Each body is checked against its checksum, and the text against its own, so that neither damage nor a bug of
//! the coder passes for data. Knows neither LMDB nor pages: the caller passes the values.

use std::borrow::Cow;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};

use super::format::record::{self, Body, Form, Record};
use super::wholes::Wholes;
use crate::delta::chain::{Known, Link, MOST_RECORDS, folded};
use crate::delta::frame::Unpress;
use crate::delta::short::SHORT;
use crate::delta::texts::{KEPT, Texts};
use crate::delta::{apply, list};
use crate::graph::Pos;
use crate::{Result, grow};

/// Texts with fewer bytes are made one after another: copying them costs less than folding their hunks.
const STEPWISE: usize = 4096;

/// The records of a chain, from the one asked for to the whole one.
pub(super) struct Chain<'v>(Vec<(Pos, Record<'v>)>);

/// What the reads of a database share.
#[derive(Default)]
pub(super) struct Pool {
    /// Idle decompressors. One takes 100 KB, and making it takes as long as reading a small text.
    idle: Mutex<Vec<Unpress>>,
    pub(super) wholes: Wholes,
}

/// Makes texts. Keeps the last whole one that was a frame, which neighbours in a history share.
pub(super) struct Unpack<'p> {
    pool: Option<&'p Pool>,
    press: Option<Unpress>,
    whole: Option<(Pos, Arc<[u8]>)>,
}

/// A whole text that others are based on.
enum Base<'b> {
    Stored(&'b [u8]),
    Opened(Arc<[u8]>),
}

impl std::ops::Deref for Base<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Stored(bytes) => bytes,
            Self::Opened(text) => text,
        }
    }
}

impl<'p> Unpack<'p> {
    /// Takes a decompressor from the pool; dropping returns it.
    pub(super) const fn new(pool: Option<&'p Pool>) -> Self {
        Self { pool, press: None, whole: None }
    }

    /// Decompresses a frame.
    fn open(&mut self, frame: &[u8], length: usize) -> Result<Option<Vec<u8>>> {
        let pooled = || self.pool.and_then(|pool| idle(pool).pop());
        let mut press = match self.press.take().or_else(pooled) {
            Some(press) => press,
            None => Unpress::new()?,
        };
        let opened = press.open(frame, length);
        self.press = Some(press);
        opened
    }

    /// Returns the hunks of a record that is not whole; `None` if they are damaged.
    pub(super) fn list<'b>(&mut self, body: &Body<'b>) -> Result<Option<Cow<'b, [u8]>>> {
        Ok(match body.form {
            Form::Hunks { unpacked: Some(length), .. } => {
                self.open(body.bytes, length as usize)?.map(Cow::Owned)
            }
            _ => Some(Cow::Borrowed(body.bytes)),
        })
    }

    /// Returns the text of a record that is whole; `None` if it is damaged.
    fn whole(&mut self, body: &Body<'_>) -> Result<Option<Vec<u8>>> {
        match body.form {
            Form::Zstd => self.open(body.bytes, body.length),
            _ => Ok(Some(body.bytes.to_vec())),
        }
    }

    /// As `whole`, for the texts that are based on it: keeps it if it was a frame.
    fn base<'b>(&mut self, at: Pos, body: &Body<'b>) -> Result<Option<Base<'b>>> {
        if body.form != Form::Zstd {
            return Ok(Some(Base::Stored(body.bytes)));
        }
        let last = self.whole.take().filter(|(pos, _)| *pos == at).map(|(_, text)| text);
        let known = last.or_else(|| self.pool?.wholes.get(at, body));
        let text = match known {
            Some(text) => text,
            None => match self.open(body.bytes, body.length)? {
                Some(text) => {
                    let text = Arc::<[u8]>::from(text);
                    self.pool.inspect(|pool| pool.wholes.keep(at, body, &text));
                    text
                }
                None => return Ok(None),
            },
        };
        self.whole = Some((at, Arc::clone(&text)));
        Ok(Some(Base::Opened(text)))
    }
}

impl Drop for Unpack<'_> {
    fn drop(&mut self) {
        if let (Some(pool), Some(press)) = (self.pool, self.press.take()) {
            idle(pool).push(press);
        }
    }
}

fn idle(pool: &Pool) -> std::sync::MutexGuard<'_, Vec<Unpress>> {
    pool.idle.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<'v> Chain<'v> {
    /// Follows the bases from `pos`; `None` if its text has more than `most` bytes, a record is damaged or
    /// missing, or the chain is too long.
    pub(super) fn follow<E>(
        (pos, most): (Pos, usize),
        mut value_at: impl FnMut(Pos) -> Result<Option<&'v [u8]>, E>,
    ) -> Result<Option<Self>, E> {
        let record = value_at(pos)?.and_then(|value| record::decode(pos, value));
        match record.filter(|record| record.body.length <= most && record.is_whole()) {
            Some(record) => Self::below((pos, record), value_at),
            None => Ok(None),
        }
    }

    /// As `follow`, from a record that was read and is whole.
    pub(super) fn below<E>(
        first: (Pos, Record<'v>),
        mut value_at: impl FnMut(Pos) -> Result<Option<&'v [u8]>, E>,
    ) -> Result<Option<Self>, E> {
        let mut records = Vec::with_capacity(if first.1.body.base().is_some() { 8 } else { 1 });
        records.push(first);
        while let Some(pos) = records.last().and_then(|(_, record)| record.body.base()) {
            let record = whole_record(pos, value_at(pos)?);
            let Some(record) = record.filter(|_| records.len() < MOST_RECORDS) else {
                return Ok(None);
            };
            records.push((pos, record));
        }
        Ok(Some(Self(records)))
    }

    /// Returns the records, starting with the one asked for.
    pub(super) fn records(&self) -> &[(Pos, Record<'v>)] {
        &self.0
    }

    /// Returns the text; `None` if it is damaged.
    ///
    /// # Errors
    /// `TooLarge` if the process has no memory for it.
    pub(super) fn text(&self, unpack: &mut Unpack<'_>) -> Result<Option<Vec<u8>>> {
        let Some(((at, whole), rest)) = self.0.split_last() else { return Ok(None) };
        let Some((_, asked)) = rest.first() else {
            return Ok(unpack.whole(&whole.body)?.filter(|text| whole.body.is_of(text)));
        };
        let mut lists = Vec::with_capacity(rest.len());
        for (_, record) in rest.iter().rev() {
            let Some(list) = unpack.list(&record.body)? else { return Ok(None) };
            lists.push((list, record.body.length));
        }
        let Some(base) = unpack.base(*at, &whole.body)? else { return Ok(None) };
        let text = made(&base, &lists)?;
        Ok(text.filter(|text| asked.body.is_of(text)))
    }

    /// Returns what is known of the text, for texts that will be based on it; `None` if it is damaged.
    ///
    /// # Errors
    /// As `text`.
    pub(super) fn known(&self, unpack: &mut Unpack<'_>) -> Result<Option<Known>> {
        let Some(text) = self.text(unpack)? else { return Ok(None) };
        let Some(((at, whole), rest)) = self.0.split_last() else { return Ok(None) };
        let Some(base) = unpack.base(*at, &whole.body)? else { return Ok(None) };
        let text: Arc<[u8]> = text.into();
        let base = match base {
            Base::Stored(bytes) => Arc::from(bytes),
            Base::Opened(text) => text,
        };
        let mut known = Known::whole(at.get(), base, whole.body.bytes.len());
        for (pos, record) in rest.iter().rev() {
            let Some(list) = unpack.list(&record.body)? else { return Ok(None) };
            let link = Link {
                at: pos.get(),
                list: list.into_owned().into(),
                length: u32::try_from(record.body.length).unwrap_or(u32::MAX),
                stored: record.body.bytes.len(),
                is_snapshot: matches!(record.body.form, Form::Hunks { is_snapshot: true, .. }),
            };
            known = known.with(Arc::clone(&text), link);
        }
        Ok(Some(known))
    }
}

fn whole_record(pos: Pos, value: Option<&[u8]>) -> Option<Record<'_>> {
    record::decode(pos, value?).filter(Record::is_whole)
}

/// Applies lists of hunks, each with the length of its text, to a base; `None` if one is damaged.
pub(crate) fn made(base: &[u8], lists: &[(Cow<'_, [u8]>, usize)]) -> Result<Option<Vec<u8>>> {
    let number = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
    let length = lists.last().map_or(base.len(), |(_, length)| *length);
    if base.len() < STEPWISE && lists.iter().all(|(_, length)| *length < STEPWISE) {
        return one_by_one(base, lists);
    }
    let all = lists.iter().map(|(list, length)| (&**list, number(*length)));
    if let Some(pieces) = folded(number(base.len()), all) {
        let mut text = Vec::new();
        grow(&mut text, length)?;
        return Ok(apply(base, &pieces, &mut text).map(|()| text));
    }
    // Damaged, or too many pieces to fold.
    one_by_one(base, lists)
}

fn one_by_one(base: &[u8], lists: &[(Cow<'_, [u8]>, usize)]) -> Result<Option<Vec<u8>>> {
    let (mut text, mut next) =
        (if lists.is_empty() { base.to_vec() } else { Vec::new() }, Vec::new());
    let most = lists.iter().map(|(_, length)| *length).max().unwrap_or_default();
    for (nth, (bytes, length)) in lists.iter().enumerate() {
        next.clear();
        grow(&mut next, most)?;
        let before = if nth == 0 { base } else { &*text };
        if list::make(before, *length, bytes, &mut next).is_none() {
            return Ok(None);
        }
        std::mem::swap(&mut text, &mut next);
    }
    Ok(Some(text))
}

/// Makes the texts of values that are read in order, without LMDB. Keeps those that the next ones may be based
/// on.
pub(crate) struct Remaker {
    unpack: Unpack<'static>,
    texts: Texts<Arc<[u8]>>,
}

impl Default for Remaker {
    fn default() -> Self {
        Self { unpack: Unpack::new(None), texts: Texts::new(KEPT) }
    }
}

impl std::fmt::Debug for Remaker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Remaker")
    }
}

impl Remaker {
    /// Returns the text of the value at a position; `None` if it, or one of its bases, is damaged. `value_at`
    /// looks up a value.
    ///
    /// # Errors
    /// `TooLarge` if the process has no memory for it.
    pub(crate) fn text<'v>(
        &mut self,
        pos: Pos,
        value: &'v [u8],
        value_at: &dyn Fn(Pos) -> Option<Vec<u8>>,
    ) -> Result<Option<Cow<'v, [u8]>>> {
        let record = record::decode(pos, value).filter(Record::is_whole);
        let Some(Record { body, .. }) = record else { return Ok(None) };
        let text = self.make(pos, value, &body, value_at)?;
        // A short text that is whole is found by one look-up.
        let is_kept = |text: &&Cow<'_, [u8]>| text.len() >= SHORT || matches!(text, Cow::Owned(_));
        if let Some(text) = text.as_ref().filter(is_kept)
            && self.texts.has_room_for(text.len())
        {
            self.texts.put(pos.get(), Arc::from(&**text), text.len());
        }
        Ok(text)
    }

    fn make<'v>(
        &mut self,
        pos: Pos,
        value: &'v [u8],
        body: &Body<'v>,
        value_at: &dyn Fn(Pos) -> Option<Vec<u8>>,
    ) -> Result<Option<Cow<'v, [u8]>>> {
        if body.form == Form::Raw {
            return Ok(Some(Cow::Borrowed(body.bytes)));
        }
        if let Some(base) = body.base().and_then(|base| self.texts.get(base.get())) {
            let Some(list) = self.unpack.list(body)? else { return Ok(None) };
            let text = made(base, &[(list, body.length)])?;
            return Ok(text.filter(|text| body.is_of(text)).map(Cow::Owned));
        }
        let mut values = Vec::new();
        let mut next = body.base();
        while let Some(at) = next.filter(|_| values.len() < MOST_RECORDS) {
            let Some(value) = value_at(at) else { return Ok(None) };
            next = record::decode(at, &value).and_then(|record| record.body.base());
            values.push(value);
        }
        let mut all = std::iter::once(value).chain(values.iter().map(|value| &**value));
        let chain = Chain::follow((pos, usize::MAX), |_| Ok::<_, Infallible>(all.next()));
        let Ok(Some(chain)) = chain else { return Ok(None) };
        Ok(chain.text(&mut self.unpack)?.map(Cow::Owned))
    }
}
