//! Turns: how a plain walk and another way to the same answer share the visits.
//!
//! Most answers are near, so the plain walk has a head start. Later it gets most of the visits, so that the
//! other way can waste only a small part of them. If the other way is short, it ends long before the plain
//! walk.

/// Visits of the plain walk before the other way is tried.
const HEAD_START: u64 = 128;
/// Visits of the other way in a turn.
const TURN: u64 = 128;
/// Turns of the plain walk for each turn of the other way.
const SHARE: u64 = 16;

/// Visits left in the current turns.
pub(in crate::graph) struct Turns {
    plain: u64,
    other: u64,
}

impl Default for Turns {
    fn default() -> Self {
        Self { plain: HEAD_START, other: TURN }
    }
}

impl Turns {
    /// Without a head start.
    pub(in crate::graph) const fn other_first() -> Self {
        Self { plain: 0, other: TURN }
    }

    /// Visits available to the plain walk now, at most `rest`.
    pub(in crate::graph) fn plain(&self, rest: u64) -> u64 {
        rest.min(self.plain)
    }

    pub(in crate::graph) const fn plain_took(&mut self, visits: u64) {
        self.plain -= visits;
    }

    /// Visits available to the other way now, at most `rest`: none during the plain walk's turn.
    pub(in crate::graph) fn other(&self, rest: u64) -> u64 {
        if self.plain == 0 { rest.min(self.other) } else { 0 }
    }

    pub(in crate::graph) const fn other_took(&mut self, visits: u64) {
        self.other -= visits;
        if self.other == 0 {
            self.other_passes();
        }
    }

    /// Skips the turn of the other way.
    pub(in crate::graph) const fn other_passes(&mut self) {
        if self.plain == 0 {
            *self = Self { plain: TURN * SHARE, other: TURN };
        }
    }
}
