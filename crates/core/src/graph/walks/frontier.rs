//! Frontier: the positions that a walk has yet to visit, highest first, each with its colours.
//!
//! Parents come before their children, so whatever is painted is below the last position popped, and nobody
//! needs to remember what was visited. A few positions are kept in a list: short walks allocate nothing, and a
//! gap of millions costs nothing. If more wait at once they move to a bitmap, which beats a heap on histories
//! with many branches (`benches/walks.rs`).
//!
//! The bitmap consists of pages downward from the highest position. A page exists only while a position of it
//! waits: whatever is painted is below the last position popped, so emptied pages are never needed again and
//! are reused.

use crate::graph::index::pos::Pos;

/// At most this many waiting positions are kept in a list. Walks took the same time with 4 and with 8; a
/// shorter list is searched faster.
const LISTED: usize = 4;

/// Colours of a waiting position, as bits that the walk chooses. 0: it does not wait.
pub(in crate::graph) type Colours = u8;

pub(in crate::graph) struct Frontier {
    /// Nothing at or above this will be painted.
    ceiling: Pos,
    /// The first `count` are the waiting positions, in no order; empty once there is a window.
    positions: [Pos; LISTED],
    colours: [Colours; LISTED],
    count: usize,
    window: Option<Window>,
}

impl Frontier {
    /// Creates an empty frontier for positions up to `highest`.
    pub(in crate::graph) fn new(highest: Pos) -> Self {
        Self {
            ceiling: highest,
            positions: [Pos::new(0); LISTED],
            colours: [0; LISTED],
            count: 0,
            window: None,
        }
    }

    /// Adds `colours`, not 0, to `pos`, which must be below the last position popped, and makes it wait.
    /// Returns its former colours: 0 if it did not wait.
    #[inline]
    pub(in crate::graph) fn paint(&mut self, pos: Pos, colours: Colours) -> Colours {
        if let Some(window) = &mut self.window {
            return window.paint(pos, colours);
        }
        let waiting = self.positions.iter().zip(&mut self.colours).take(self.count);
        for (&other, painted) in waiting {
            if other == pos {
                let before = *painted;
                *painted |= colours;
                return before;
            }
        }
        if self.count == LISTED {
            return self.open_window().paint(pos, colours);
        }
        self.positions[self.count] = pos;
        self.colours[self.count] = colours;
        self.count += 1;
        0
    }

    /// Removes and returns the highest waiting position and its colours.
    #[inline]
    pub(in crate::graph) fn pop(&mut self) -> Option<(Pos, Colours)> {
        if let Some(window) = &mut self.window {
            return window.pop();
        }
        let last = self.count.checked_sub(1)?;
        let mut highest = 0;
        for place in 1..self.count {
            if self.positions[place] > self.positions[highest] {
                highest = place;
            }
        }
        let taken = (self.positions[highest], self.colours[highest]);
        self.positions[highest] = self.positions[last];
        self.colours[highest] = self.colours[last];
        self.count = last;
        self.ceiling = taken.0;
        Some(taken)
    }

    #[cold]
    fn open_window(&mut self) -> &mut Window {
        let window = self.window.insert(Window::new(self.ceiling));
        for (&pos, &colours) in self.positions.iter().zip(&self.colours).take(self.count) {
            window.paint(pos, colours);
        }
        self.count = 0;
        window
    }
}

/// Positions in a page: 64 for each bit of an `occupied` mask.
const PAGE: u32 = 2048;
const WORDS: usize = PAGE as usize / 64;

/// 8 bytes for each page down to the lowest position seen, and the pages.
struct Window {
    /// Number of the page with the highest position.
    top: u32,
    /// Pages downward from `top`.
    pages: Vec<Option<Box<Page>>>,
    /// The page being emptied.
    current: u32,
    /// Emptied pages, all zero.
    #[expect(clippy::vec_box, reason = "a page goes from list to list without being copied")]
    spare: Vec<Box<Page>>,
}

/// 2.3 KB. All zero where nothing waits.
struct Page {
    /// Bit i: `words[i]` is not zero.
    occupied: u32,
    words: [u64; WORDS],
    colours: [Colours; PAGE as usize],
}

impl Window {
    /// Creates an empty window for positions up to `highest`.
    fn new(highest: Pos) -> Self {
        Self { top: highest.get() / PAGE, pages: Vec::new(), current: 0, spare: Vec::new() }
    }

    /// Adds `colours` to `pos`, which must be below the last position popped, and makes it wait. Returns its
    /// former colours: 0 if it did not wait.
    #[inline]
    fn paint(&mut self, pos: Pos, colours: Colours) -> Colours {
        let slot = (pos.get() % PAGE) as usize;
        let page = self.page(pos.get() / PAGE);
        page.occupied |= 1 << (slot / 64);
        page.words[slot / 64] |= 1 << (slot % 64);
        let before = page.colours[slot];
        page.colours[slot] = before | colours;
        before
    }

    /// Removes and returns the highest waiting position and its colours.
    #[inline]
    fn pop(&mut self) -> Option<(Pos, Colours)> {
        while let Some(place) = self.pages.get_mut(self.current as usize) {
            if let Some(page) = place {
                if page.occupied != 0 {
                    let (slot, colours) = page.pop();
                    let number = self.top - self.current;
                    return Some((Pos::new(number * PAGE + slot), colours));
                }
                self.spare.extend(place.take());
            }
            self.current += 1;
        }
        None
    }

    #[inline]
    fn page(&mut self, number: u32) -> &mut Page {
        let below = (self.top - number) as usize;
        if below >= self.pages.len() {
            self.pages.resize_with(below + 1, || None);
        }
        let spare = &mut self.spare;
        self.pages[below].get_or_insert_with(|| spare.pop().unwrap_or_default())
    }
}

impl Page {
    /// Removes and returns the highest waiting slot. The page must not be empty.
    #[inline]
    fn pop(&mut self) -> (u32, Colours) {
        let word = self.occupied.ilog2();
        let bits = &mut self.words[word as usize];
        let bit = bits.ilog2();
        *bits ^= 1 << bit;
        if *bits == 0 {
            self.occupied ^= 1 << word;
        }
        let slot = word * 64 + bit;
        (slot, std::mem::take(&mut self.colours[slot as usize]))
    }
}

impl Default for Page {
    fn default() -> Self {
        Self { occupied: 0, words: [0; WORDS], colours: [0; PAGE as usize] }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// The plain frontier is a map. Each step pops, then paints below what was popped.
        #[test]
        fn positions_come_highest_first_with_all_their_colours(
            starts in proptest::collection::vec(any::<u32>(), 1..20),
            steps in proptest::collection::vec(
                proptest::collection::vec((0_u32..20, 0_u32..30, 1_u8..8), 0..4), 0..200),
        ) {
            let mut plain = BTreeMap::new();
            let highest = starts.iter().map(|start| start % 5_000_000).max().unwrap();
            let mut frontier = Frontier::new(Pos::new(highest));
            for start in starts.iter().map(|start| start % 5_000_000) {
                prop_assert_eq!(frontier.paint(Pos::new(start), 1), plain.insert(start, 1).unwrap_or(0));
            }
            for parents in steps {
                let expected = plain.pop_last();
                prop_assert_eq!(frontier.pop(), expected.map(|(pos, colours)| (Pos::new(pos), colours)));
                let Some((pos, _)) = expected else { break };
                for (scale, distance, colours) in parents {
                    let Some(parent) = pos.checked_sub(1 + (distance << scale)) else { continue };
                    let before = plain.get(&parent).copied().unwrap_or(0);
                    plain.insert(parent, before | colours);
                    prop_assert_eq!(frontier.paint(Pos::new(parent), colours), before);
                }
            }
            while let Some((pos, colours)) = plain.pop_last() {
                prop_assert_eq!(frontier.pop(), Some((Pos::new(pos), colours)));
            }
            prop_assert_eq!(frontier.pop(), None);
        }
    }
}
