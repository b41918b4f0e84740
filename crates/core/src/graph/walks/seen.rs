//! Seen: the set of positions that a walk in no particular order has visited.
//!
//! A bitmap downward from the highest start, in pages that are allocated when first used.

use crate::graph::index::pos::Pos;

/// Positions in a page.
const PAGE: u32 = 4096;
const WORDS: usize = PAGE as usize / 64;

pub(in crate::graph) struct Seen {
    /// Number of the page with the highest start.
    top: u32,
    /// Pages downward from `top`.
    pages: Vec<Option<Box<[u64; WORDS]>>>,
}

impl Seen {
    /// Creates an empty set for positions up to `highest`.
    pub(in crate::graph) fn new(highest: Pos) -> Self {
        Self { top: highest.get() / PAGE, pages: Vec::new() }
    }

    pub(in crate::graph) fn contains(&self, pos: Pos) -> bool {
        let below = (self.top - pos.get() / PAGE) as usize;
        let Some(Some(page)) = self.pages.get(below) else {
            return false;
        };
        let slot = pos.get() % PAGE;
        page[(slot / 64) as usize] >> (slot % 64) & 1 != 0
    }

    /// Adds `pos`; `true` if it was not in the set.
    pub(in crate::graph) fn insert(&mut self, pos: Pos) -> bool {
        let below = (self.top - pos.get() / PAGE) as usize;
        if below >= self.pages.len() {
            self.pages.resize_with(below + 1, || None);
        }
        let page = self.pages[below].get_or_insert_with(|| Box::new([0; WORDS]));
        let slot = pos.get() % PAGE;
        let word = &mut page[(slot / 64) as usize];
        let bit = 1 << (slot % 64);
        let new = *word & bit == 0;
        *word |= bit;
        new
    }
}
