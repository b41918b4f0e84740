//! Position: the number of a revision inside one index.
//!
//! Positions are insertion order, hence topological: parents come before their children. They are local to a
//! database and never leave it, except in outlines of histories, which hold the graph that their numbers belong to.

use crate::error::{Error, Result};

/// Number of a revision, from 0, in insertion order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct Pos(u32);

impl Pos {
    /// The highest position of a revision; the two numbers above it have special meanings in the columns.
    pub const MAX: Self = Self(u32::MAX - 2);

    /// Wraps a number.
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// Returns the number.
    pub const fn get(self) -> u32 {
        self.0
    }

    /// Returns the number as an index into a slice.
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// Returns the position of the next revision of an index of length `len`.
    ///
    /// # Errors
    /// `HISTO_FULL` if all positions are taken.
    pub(in crate::graph) fn after(len: u32) -> Result<Self> {
        if len > Self::MAX.0 {
            return Err(Error::Full(format!("all {len} positions are taken")));
        }
        Ok(Self(len))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_end_two_below_the_largest_number() {
        assert_eq!(Pos::after(u32::MAX - 2), Ok(Pos::MAX));
        for len in [u32::MAX - 1, u32::MAX] {
            assert_eq!(Pos::after(len).unwrap_err().code(), Some("HISTO_FULL"));
        }
    }
}
