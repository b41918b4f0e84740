//! A set of pages of a file.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

/// One bit for each page.
pub(super) struct Pages(Vec<u64>);

impl Pages {
    /// The empty set for `count` pages.
    pub(super) fn none(count: u64) -> Self {
        Self(vec![0; usize::try_from(count.div_ceil(64)).unwrap_or_default()])
    }

    /// Adds a page; `false` if it was present or is out of range.
    pub(super) fn add(&mut self, number: u64) -> bool {
        let Some(word) = usize::try_from(number / 64).ok().and_then(|at| self.0.get_mut(at)) else {
            return false;
        };
        let bit = 1 << (number % 64);
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }

    /// Whether a page is present.
    pub(super) fn has(&self, number: u64) -> bool {
        let word = usize::try_from(number / 64).ok().and_then(|at| self.0.get(at));
        word.is_some_and(|word| word & (1 << (number % 64)) != 0)
    }

    /// Whether both sets share a page.
    pub(super) fn meets(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).any(|(one, other)| one & other != 0)
    }
}
