//! Marks: three bits for what is known of each position.
//!
//! In pages that are allocated when first used.

use std::fmt;

use crate::graph::Pos;

/// Positions in a page.
const PAGE: u32 = 4096;
const WORDS: usize = PAGE as usize / 64;

/// 1.5 KB for 4,096 positions.
struct Page {
    reached: [u64; WORDS],
    known: [u64; WORDS],
    missing: [u64; WORDS],
}

pub(super) struct Marks {
    pages: Vec<Option<Box<Page>>>,
}

impl fmt::Debug for Marks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Marks({} pages)", self.pages.len())
    }
}

/// Returns the word of a page, and the bit in it.
const fn place(pos: Pos) -> (usize, u64) {
    let slot = pos.get() % PAGE;
    ((slot / 64) as usize, 1 << (slot % 64))
}

impl Marks {
    /// Creates marks for positions below `top`, with none reached.
    pub(super) fn new(top: u32) -> Self {
        let mut pages = Vec::new();
        pages.resize_with(top.div_ceil(PAGE) as usize, || None);
        Self { pages }
    }

    /// Marks a position as reached; returns whether it was not.
    pub(super) fn reach(&mut self, pos: Pos) -> bool {
        let Some(page) = self.pages.get_mut((pos.get() / PAGE) as usize) else {
            return false;
        };
        let page = page.get_or_insert_with(Box::default);
        let (word, bit) = place(pos);
        let is_new = page.reached[word] & bit == 0;
        page.reached[word] |= bit;
        is_new
    }

    /// Marks a reached position as known; returns whether it was not.
    pub(super) fn know(&mut self, pos: Pos) -> bool {
        self.page_mut(pos).is_some_and(|(page, word, bit)| {
            let is_new = page.known[word] & bit == 0;
            page.known[word] |= bit;
            is_new
        })
    }

    /// Marks a reached position as missing, unless it is known; returns whether it was neither.
    pub(super) fn miss(&mut self, pos: Pos) -> bool {
        self.page_mut(pos).is_some_and(|(page, word, bit)| {
            let is_new = (page.known[word] | page.missing[word]) & bit == 0;
            if is_new {
                page.missing[word] |= bit;
            }
            is_new
        })
    }

    pub(super) fn is_known(&self, pos: Pos) -> bool {
        self.page(pos).is_some_and(|(page, word, bit)| page.known[word] & bit != 0)
    }

    pub(super) fn is_missing(&self, pos: Pos) -> bool {
        self.page(pos).is_some_and(|(page, word, bit)| page.missing[word] & bit != 0)
    }

    /// Whether it is reached and neither known nor missing.
    pub(super) fn is_undecided(&self, pos: Pos) -> bool {
        self.page(pos).is_some_and(|(page, word, bit)| page.undecided(word) & bit != 0)
    }

    /// Returns the highest reached position below `end`.
    pub(super) fn highest_reached(&self, end: u32) -> Option<Pos> {
        self.highest(end, |page, word| page.reached[word])
    }

    /// Returns the highest undecided position below `end`.
    pub(super) fn highest_undecided(&self, end: u32) -> Option<Pos> {
        self.highest(end, Page::undecided)
    }

    /// Returns the lowest undecided position from `start` to below `end`.
    pub(super) fn lowest_undecided(&self, start: u32, end: u32) -> Option<Pos> {
        let mut at = start;
        while at < end {
            let Some(page) = self.pages.get((at / PAGE) as usize)?.as_deref() else {
                at = (at / PAGE + 1) * PAGE;
                continue;
            };
            let slot = at % PAGE;
            let bits = page.undecided((slot / 64) as usize) & (u64::MAX << (slot % 64));
            if bits != 0 {
                let found = at / 64 * 64 + bits.trailing_zeros();
                return (found < end).then_some(Pos::new(found));
            }
            at = (at / 64 + 1) * 64;
        }
        None
    }

    fn highest(&self, end: u32, bits: impl Fn(&Page, usize) -> u64) -> Option<Pos> {
        let mut end = end;
        while let Some(at) = end.checked_sub(1) {
            let Some(page) = self.pages.get((at / PAGE) as usize)?.as_deref() else {
                end = at / PAGE * PAGE;
                continue;
            };
            let slot = at % PAGE;
            let bits = bits(page, (slot / 64) as usize) & (u64::MAX >> (63 - slot % 64));
            if bits != 0 {
                return Some(Pos::new(at / 64 * 64 + bits.ilog2()));
            }
            end = at / 64 * 64;
        }
        None
    }

    fn page(&self, pos: Pos) -> Option<(&Page, usize, u64)> {
        let page = self.pages.get((pos.get() / PAGE) as usize)?.as_deref()?;
        let (word, bit) = place(pos);
        Some((page, word, bit))
    }

    fn page_mut(&mut self, pos: Pos) -> Option<(&mut Page, usize, u64)> {
        let page = self.pages.get_mut((pos.get() / PAGE) as usize)?.as_deref_mut()?;
        let (word, bit) = place(pos);
        Some((page, word, bit))
    }
}

impl Page {
    const fn undecided(&self, word: usize) -> u64 {
        self.reached[word] & !self.known[word] & !self.missing[word]
    }
}

impl Default for Page {
    fn default() -> Self {
        Self { reached: [0; WORDS], known: [0; WORDS], missing: [0; WORDS] }
    }
}
