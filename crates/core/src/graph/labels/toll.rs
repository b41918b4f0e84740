//! Toll: the visits of a walk that labels would have spared it.

use std::ops::AddAssign;

/// What a walk has not told yet.
#[derive(Clone, Copy, Default)]
pub(in crate::graph) struct Toll {
    /// Visits to positions without labels.
    pub(in crate::graph) blind: u64,
    /// Visits to positions of which labels without ranks did not tell.
    pub(in crate::graph) astray: u64,
}

impl Toll {
    pub(in crate::graph) const fn blind(visits: u64) -> Self {
        Self { blind: visits, astray: 0 }
    }

    pub(super) const fn visits(self) -> u64 {
        self.blind + self.astray
    }
}

impl AddAssign for Toll {
    fn add_assign(&mut self, rhs: Self) {
        self.blind += rhs.blind;
        self.astray += rhs.astray;
    }
}
