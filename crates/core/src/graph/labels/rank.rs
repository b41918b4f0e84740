//! Rank: where a revision stands in two orders, and leaps down from it.
//!
//! Both orders are of all that is not trunk, and in both everything stands above what it reaches without
//! the trunk. The one takes what is left first, the other what is right: tips of lower positions are left
//! of others, and parents of those named after them. So where neither the trunk nor the orders separate a pair, the one reaches the other if
//! links do not cross, as on a grid, and nearly always if they cross near by. Sources: Kameda, "On the
//! vector representation of the reachability in planar directed graphs" (1975); for what wraps around,
//! which the trunk cuts open, Tamassia and Tollis, "Dynamic reachability in planar digraphs with one
//! source and one sink" (1993); for leaps, Myers, "An applicative random-access stack" (1983).

use crate::graph::index::pos::Pos;

/// A line down a history, from parent to parent.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    /// To the lowest position.
    Left,
    /// To the highest position.
    Right,
}

/// 16 bytes, for the line to the left and the line to the right.
#[derive(Clone, Copy, Default)]
pub(in crate::graph) struct Rank {
    /// Number in the order that takes what is on this side first; none of two is the same.
    pub(super) orders: [u32; 2],
    /// A position further down the line: leaps and single steps get from one end of it to the other in
    /// about twice the logarithm of its length. Its own at a root.
    pub(super) leaps: [u32; 2],
}

impl Line {
    /// Where a line goes on.
    pub(super) fn next(self, parents: impl Iterator<Item = Pos>) -> Option<Pos> {
        match self {
            Self::Left => parents.min(),
            Self::Right => parents.max(),
        }
    }
}

impl Rank {
    /// Whether an order has it that the revision of this rank does not reach the one of `sought`. Of
    /// neither may the trunk have told.
    #[inline]
    pub(super) const fn is_beside(self, sought: Self) -> bool {
        self.orders[0] < sought.orders[0] || self.orders[1] < sought.orders[1]
    }
}
