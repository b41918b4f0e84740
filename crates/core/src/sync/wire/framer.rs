//! Framer: cuts incoming bytes into batches, and checks these against their heads and checksums.
//!
//! Reads no content. Buffers grow with what arrives, never because of a claimed length.

use super::head::{HEAD, Head, PREAMBLE, TOTALS, broken, check_preamble};
use super::{Limits, MADE_UNIT, MOST_CONTENT, MOST_REVISIONS};
use crate::{Error, Result};

/// A buffer grows by at least this many bytes.
const MIN_GROWTH: usize = 1 << 16;

/// A batch as it came: complete and with the right checksum, its content unread.
#[derive(Debug)]
pub struct Frame {
    pub(super) zipped: bool,
    /// Whether its revisions say if they have a meta.
    pub(super) says_metas: bool,
    /// As in its head.
    pub(super) made: Option<u16>,
    pub(super) count: u32,
    /// Bytes of content.
    pub(super) length: usize,
    pub(super) body: Vec<u8>,
}

impl Frame {
    /// Returns the bytes that it holds and will hold once it is read.
    pub fn weight(&self) -> usize {
        self.body.len().saturating_add(self.length.max(bytes_of(self.made)))
    }

    /// Returns the number of its revisions.
    pub fn count(&self) -> u32 {
        self.count
    }
}

/// Returns the maximum of bytes in the payloads of a batch, as its head declares.
pub(super) fn bytes_of(made: Option<u16>) -> usize {
    usize::from(made.unwrap_or_default()).saturating_mul(MADE_UNIT)
}

/// Returns the maximum that heads may declare in all if the payloads have `limit` bytes: they declare it in
/// large units.
const fn most_made(limit: u64) -> u64 {
    limit.saturating_add(limit / 4).saturating_add(MADE_UNIT as u64)
}

/// The part that is expected next.
#[derive(Debug)]
enum Place {
    Preamble,
    Head,
    Body(Head),
    End,
    Failed(Error),
}

/// Cuts a stream into batches.
#[derive(Debug)]
pub struct Framer {
    limits: Limits,
    place: Place,
    /// Bytes received of the expected part.
    part: Vec<u8>,
    revisions: u64,
    content: u64,
    /// Maximum of bytes in the payloads of all batches that declare changes.
    made: u64,
    refuses_changes: bool,
}

impl Framer {
    /// Refuses batches that declare changes, if `refuses`.
    #[must_use]
    pub fn refusing_changes(self, refuses: bool) -> Self {
        Self { refuses_changes: refuses, ..self }
    }

    /// Starts before a stream's first byte.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            place: Place::Preamble,
            part: Vec::new(),
            revisions: 0,
            content: 0,
            made: 0,
            refuses_changes: false,
        }
    }

    /// Takes bytes from the front of `bytes` until a batch is complete or none are left; `None`: supply more.
    ///
    /// # Errors
    /// `Protocol` for bytes that are no such stream or exceed a bound of the format; `TooLarge` and `Denied`
    /// for exceeding a limit. From then on it always fails the same way.
    pub fn handle(&mut self, bytes: &mut &[u8]) -> Result<Option<Frame>> {
        loop {
            let want = match &self.place {
                Place::Preamble => PREAMBLE,
                Place::Head => HEAD,
                Place::Body(head) => head.sent as usize,
                Place::End if bytes.is_empty() => return Ok(None),
                Place::End => return self.fail(broken("more bytes follow its end mark")),
                Place::Failed(error) => return Err(error.clone()),
            };
            if !self.gather(bytes, want)? {
                return Ok(None);
            }
            match self.turn() {
                Ok(None) => {}
                Ok(whole) => return Ok(whole),
                Err(error) => return self.fail(error),
            }
        }
    }

    /// Succeeds if the stream is complete.
    ///
    /// # Errors
    /// `Protocol` if it was cut short.
    pub fn finish(&self) -> Result<()> {
        match &self.place {
            Place::End => Ok(()),
            Place::Failed(error) => Err(error.clone()),
            _ => Err(Error::Protocol(format!(
                "a stream of revisions is cut short after {} revisions",
                self.revisions
            ))),
        }
    }

    fn fail<T>(&mut self, error: Error) -> Result<T> {
        self.part = Vec::new();
        self.place = Place::Failed(error.clone());
        Err(error)
    }

    /// Moves bytes into the part until it has `want` of them; returns whether it has.
    fn gather(&mut self, bytes: &mut &[u8], want: usize) -> Result<bool> {
        let lacks = want.saturating_sub(self.part.len());
        let (taken, rest) = bytes.split_at_checked(lacks).unwrap_or((bytes, &[]));
        if self.part.capacity().saturating_sub(self.part.len()) < taken.len() {
            let more = taken.len().max(self.part.len()).max(MIN_GROWTH).min(lacks);
            if let Err(error) = reserve(&mut self.part, more) {
                return self.fail(error);
            }
        }
        self.part.extend_from_slice(taken);
        *bytes = rest;
        Ok(self.part.len() == want)
    }

    /// Checks the complete part, and expects the next.
    fn turn(&mut self) -> Result<Option<Frame>> {
        let part = std::mem::take(&mut self.part);
        match &self.place {
            Place::Preamble => {
                let preamble = part.first_chunk().ok_or_else(lost)?;
                check_preamble(preamble)?;
                self.place = Place::Head;
            }
            Place::Head => {
                let head = Head::decode(part.first_chunk().ok_or_else(lost)?)?;
                self.check(&head)?;
                self.place = Place::Body(head);
            }
            Place::Body(head) => {
                let head = *head;
                if crc32c::crc32c(&part) != head.sum {
                    return Err(broken("a batch is damaged"));
                }
                if head.is_end {
                    self.check_totals(&part)?;
                    self.place = Place::End;
                    return Ok(None);
                }
                self.place = Place::Head;
                self.revisions = self.revisions.saturating_add(u64::from(head.count));
                let Head { zipped, says_metas, made, count, content, .. } = head;
                let length = content as usize;
                return Ok(Some(Frame { zipped, says_metas, made, count, length, body: part }));
            }
            Place::End | Place::Failed(_) => {}
        }
        Ok(None)
    }

    /// Checks a head before anything of its batch is kept.
    fn check(&mut self, head: &Head) -> Result<()> {
        if head.is_end {
            let is_right = head.count == 0
                && !head.zipped
                && head.made.is_none()
                && !head.says_metas
                && head.sent as usize == TOTALS
                && head.content as usize == TOTALS;
            return if is_right { Ok(()) } else { Err(broken("its end mark is malformed")) };
        }
        if head.made.is_some() && self.refuses_changes {
            return Err(broken("its revisions come as changes, which were not asked for"));
        }
        let (count, content) = (head.count as usize, head.content as usize);
        let made = bytes_of(head.made);
        let largest = content.max(made);
        if count == 0 || count > MOST_REVISIONS || (count > 1 && largest > MOST_CONTENT) {
            return Err(broken(&format!("a batch of {count} revisions and {largest} bytes")));
        }
        let fits = if head.zipped { head.sent < head.content } else { head.sent == head.content };
        if !fits {
            return Err(broken("a batch is sent in more bytes than its content has"));
        }
        let most = self.limits.revision.saturating_add(MOST_CONTENT as u64);
        if largest as u64 > most {
            return Err(Error::too_large(format!(
                "a revision of some {largest} bytes is over the limit of {} bytes",
                self.limits.revision
            )));
        }
        self.content = self.content.saturating_add(u64::from(head.content));
        self.made = self.made.saturating_add(made as u64);
        if self.content > self.limits.stream || self.made > most_made(self.limits.stream) {
            return Err(Error::Denied {
                message: format!(
                    "a stream of revisions is over the limit of {} bytes",
                    self.limits.stream
                ),
                subject: None,
            });
        }
        Ok(())
    }

    fn check_totals(&self, part: &[u8]) -> Result<()> {
        let mut totals = Vec::with_capacity(part.len());
        totals.extend_from_slice(&self.revisions.to_le_bytes());
        totals.extend_from_slice(&self.content.to_le_bytes());
        if part == totals {
            return Ok(());
        }
        Err(broken("its end mark counts a different number of revisions than came"))
    }
}

/// Reserves room for exactly `more` bytes.
pub(super) fn reserve(bytes: &mut Vec<u8>, more: usize) -> Result<()> {
    bytes.try_reserve_exact(more).map_err(|error| {
        let length = bytes.len().saturating_add(more);
        Error::too_large(format!("no memory for {length} bytes of a batch: {error}"))
    })
}

#[cold]
fn lost() -> Error {
    Error::Internal("a part of a stream has not the length that was gathered".into())
}
