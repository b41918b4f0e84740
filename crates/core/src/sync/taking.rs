//! Accepting a stream of revisions from elsewhere, batch by batch, for a store with the built-in refs.
//!
//! Holds what a batch needs from earlier ones, and what waits for ancestors. Knows no store.

use std::collections::VecDeque;

use hashbrown::HashSet;

use super::ReorderBuffer;
use super::wire::{Frame, Limits, Lookup, Opener, Received};
use crate::write::{Arrival, check_size};
use crate::{Error, Ref, Result};

/// At most this many batches of a stream in flight: taken, and not yet committed. Beyond that the taker waits
/// for the oldest.
pub const MAX_BATCHES_IN_FLIGHT: u32 = 8;

/// The same, as a length.
const REMEMBERED: usize = MAX_BATCHES_IN_FLIGHT as usize;

/// Some revisions on their way in.
#[derive(Debug)]
pub enum Batch {
    /// From a stream.
    Framed(Frame),
    /// From another database of the process, without a stream.
    Received(Vec<Received>),
}

impl Batch {
    /// Returns the number of its revisions.
    pub fn count(&self) -> u32 {
        match self {
            Self::Framed(frame) => frame.count(),
            Self::Received(told) => u32::try_from(told.len()).unwrap_or(u32::MAX),
        }
    }

    /// Returns the bytes that it holds and will hold once it is read.
    pub fn weight(&self) -> usize {
        match self {
            Self::Framed(frame) => frame.weight(),
            Self::Received(told) => told.iter().map(Received::weight).sum(),
        }
    }
}

/// The state of one stream.
#[derive(Debug)]
pub struct Taking {
    opener: Opener,
    /// At most this many bytes in a payload that comes from another database of the process.
    largest: u64,
    reorder_buffer: ReorderBuffer,
    /// Refs that the last batches released, which may not be committed yet.
    under_way: VecDeque<HashSet<Ref>>,
    /// Bytes of the payloads of batches that were read, in order.
    bytes: VecDeque<u64>,
    tombstones: u32,
    refuses: bool,
    takes_bases: bool,
}

impl Taking {
    /// Starts before a stream's first batch; at most `pending` bytes may wait for ancestors.
    pub fn new(limits: Limits, pending: u64) -> Self {
        let under_way = VecDeque::with_capacity(REMEMBERED);
        let (opener, reorder_buffer) = (Opener::new(limits), ReorderBuffer::new(pending));
        let bytes = VecDeque::new();
        let largest = limits.revision;
        Self {
            opener,
            largest,
            reorder_buffer,
            under_way,
            bytes,
            tombstones: 0,
            refuses: false,
            takes_bases: false,
        }
    }

    /// Accepts changes of texts in the store if `takes_bases`, and of texts in the stream if `inner`.
    #[must_use]
    pub fn taking_changes(self, inner: bool, takes_bases: bool) -> Self {
        Self { opener: self.opener.keeping_texts(inner), takes_bases, ..self }
    }

    /// Fails with `Denied` at the first revision that comes without its data.
    #[must_use]
    pub fn refusing_tombstones(mut self, refuses: bool) -> Self {
        self.refuses = refuses;
        self
    }

    /// Returns how many revisions came without their data, in the batches that were read.
    pub const fn tombstones(&self) -> u32 {
        self.tombstones
    }

    /// Takes the next batch; returns what can be written of it and of what waited, ancestors first. Up to
    /// [`MAX_BATCHES_IN_FLIGHT`] batches may be taken before what the first one released is `known`. `lookup`
    /// finds texts in the store.
    ///
    /// # Errors
    /// As `Opener::open_to`, `Received::arrival` and `ReorderBuffer::add`; `TooLarge` as the first.
    pub fn take<K>(&mut self, batch: Batch, known: K, lookup: Lookup<'_>) -> Result<Vec<Arrival>>
    where
        K: Fn(&Ref) -> Result<bool>,
    {
        let received = match batch {
            Batch::Framed(frame) => {
                self.opener.open_to(frame, Some(lookup).filter(|_| self.takes_bases))?
            }
            Batch::Received(told) => {
                told.iter()
                    .try_for_each(|received| check_size(received.payload(), self.largest))?;
                told
            }
        };
        let arrivals = received.into_iter().map(Received::arrival).collect::<Result<Vec<_>>>()?;
        self.count_tombstones(&arrivals)?;
        self.bytes.push_back(arrivals.iter().map(|arrival| arrival.payload.len() as u64).sum());
        let Self { reorder_buffer, under_way, .. } = self;
        let ready = reorder_buffer.add(arrivals, |r| Ok(is_among(under_way, r) || known(r)?))?;
        if under_way.len() == REMEMBERED {
            under_way.pop_front();
        }
        under_way.push_back(ready.iter().map(|arrival| arrival.reference).collect());
        Ok(ready)
    }

    /// Returns the bytes of payloads of the next batch that was read, in order; each number once.
    pub fn told_bytes(&mut self) -> u64 {
        self.bytes.pop_front().unwrap_or_default()
    }

    /// Ends the stream; returns revisions whose ancestors became known in other ways.
    ///
    /// # Errors
    /// As `ReorderBuffer::finish`.
    pub fn finish<K: Fn(&Ref) -> Result<bool>>(&mut self, known: K) -> Result<Vec<Arrival>> {
        let Self { reorder_buffer, under_way, .. } = self;
        reorder_buffer.finish(|reference| Ok(is_among(under_way, reference) || known(reference)?))
    }

    fn count_tombstones(&mut self, arrivals: &[Arrival]) -> Result<()> {
        let mut tombstones = arrivals.iter().filter(|arrival| arrival.erased.is_some());
        match tombstones.next() {
            Some(first) if self.refuses => Err(Error::tombstone(&first.reference)),
            None => Ok(()),
            Some(_) => {
                let count = u32::try_from(tombstones.count()).unwrap_or(u32::MAX);
                self.tombstones = self.tombstones.saturating_add(count).saturating_add(1);
                Ok(())
            }
        }
    }
}

/// Whether one of the last batches released it.
fn is_among(under_way: &VecDeque<HashSet<Ref>>, reference: &Ref) -> bool {
    under_way.iter().rev().any(|batch| batch.contains(reference))
}
