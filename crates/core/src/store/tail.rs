//! The bases of the last chunk, which is not full, as long as one writer writes it.

use super::format::chunk::{CHUNK, first_of};
use crate::graph::Pos;

/// How many positions back the bases of the last chunk are, from the position where this writer began to write
/// alone.
#[derive(Debug, Default)]
pub(super) struct Tail {
    /// The last transaction that it includes, once that is committed.
    last: usize,
    first: u32,
    back: Vec<u32>,
    /// Whether some of it is not committed.
    is_fresh: bool,
}

impl Tail {
    /// Begins to write at `pos` in transaction `txn`. Starts over if another writer came between.
    pub(super) fn begin(&mut self, pos: Pos, txn: usize) {
        let goes_on = self.last + 1 == txn && self.next() == pos.get() && !self.is_fresh;
        if !goes_on {
            self.clear();
            self.first = pos.get();
        }
    }

    /// Notes the base of the next record; returns the chunk that it fills.
    pub(super) fn push(&mut self, pos: Pos, base: Option<Pos>) -> Option<(Pos, Vec<u32>)> {
        self.is_fresh = true;
        if first_of(pos) == pos {
            self.back.clear();
            self.first = pos.get();
        }
        self.back.push(base.map_or(0, |base| pos.get() - base.get()));
        let first = Pos::new(self.first);
        (first_of(first) == first && self.back.len() == CHUNK as usize)
            .then(|| (first, std::mem::take(&mut self.back)))
            .inspect(|_| self.first = pos.get() + 1)
    }

    fn next(&self) -> u32 {
        self.first.saturating_add(u32::try_from(self.back.len()).unwrap_or(u32::MAX))
    }

    pub(super) fn committed(&mut self, txn: usize) {
        if std::mem::take(&mut self.is_fresh) {
            self.last = txn;
        }
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}
