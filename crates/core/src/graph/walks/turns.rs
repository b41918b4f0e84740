//! Turns: how a plain walk and another way to the same answer share the visits.
//!
//! The plain walk has a head start, since most answers are near, and most of the visits afterwards: the
//! other way wastes a small part of them. Where the other way is short, it ends long before the plain walk.

/// Visits of the plain walk before the other way is tried.
const HEAD_START: u64 = 128;
/// Visits of the other way in a turn.
const TURN: u64 = 128;
/// Turns of the plain walk to one of the other way.
const SHARE: u64 = 16;

/// Visits that are left of the turns under way.
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
    /// No head start.
    pub(in crate::graph) const fn other_first() -> Self {
        Self { plain: 0, other: TURN }
    }

    /// Visits that the plain walk has now, of `rest`.
    pub(in crate::graph) fn plain(&self, rest: u64) -> u64 {
        rest.min(self.plain)
    }

    pub(in crate::graph) const fn plain_took(&mut self, visits: u64) {
        self.plain -= visits;
    }

    /// Visits that the other way has now, of `rest`: none while the plain walk's turn lasts.
    pub(in crate::graph) fn other(&self, rest: u64) -> u64 {
        if self.plain == 0 { rest.min(self.other) } else { 0 }
    }

    pub(in crate::graph) const fn other_took(&mut self, visits: u64) {
        self.other -= visits;
        if self.other == 0 {
            self.other_passes();
        }
    }

    /// The other way takes no turn.
    pub(in crate::graph) const fn other_passes(&mut self) {
        if self.plain == 0 {
            *self = Self { plain: TURN * SHARE, other: TURN };
        }
    }
}
