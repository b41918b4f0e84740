//! Window: a bitmap of the positions that wait, and their colours beside it.
//!
//! In pages downward from the highest position, which exist only while something of them waits: what
//! is painted lies below what was popped last, so emptied pages are left for good and used again.

use crate::graph::index::pos::Pos;
use crate::graph::walks::frontier::Colours;

/// Positions of a page: as many as an `occupied` mask has words, times 64.
const PAGE: u32 = 2048;
const WORDS: usize = PAGE as usize / 64;

/// 8 bytes for each page down to the lowest position seen, and the pages.
pub(in crate::graph) struct Window {
    /// Number of the page that holds the highest position.
    top: u32,
    /// Pages downward from `top`.
    pages: Vec<Option<Box<Page>>>,
    /// The page that is being emptied.
    current: u32,
    /// Emptied pages, clean.
    #[expect(clippy::vec_box, reason = "a page goes from list to list without being copied")]
    spare: Vec<Box<Page>>,
}

/// 2.3 KB. Everything is zero where nothing waits.
struct Page {
    /// Bit i: `words[i]` is not zero.
    occupied: u32,
    words: [u64; WORDS],
    colours: [Colours; PAGE as usize],
}

impl Window {
    /// Creates an empty window for positions up to `highest`.
    pub(in crate::graph) fn new(highest: Pos) -> Self {
        Self { top: highest.get() / PAGE, pages: Vec::new(), current: 0, spare: Vec::new() }
    }

    /// Adds `colours` to `pos`, which must lie below what was popped last, and makes it wait.
    /// Returns the colours that it had: 0 if it did not wait.
    #[inline]
    pub(in crate::graph) fn paint(&mut self, pos: Pos, colours: Colours) -> Colours {
        let slot = (pos.get() % PAGE) as usize;
        let page = self.page(pos.get() / PAGE);
        page.occupied |= 1 << (slot / 64);
        page.words[slot / 64] |= 1 << (slot % 64);
        let before = page.colours[slot];
        page.colours[slot] = before | colours;
        before
    }

    /// Takes the highest waiting position and its colours.
    #[inline]
    pub(in crate::graph) fn pop(&mut self) -> Option<(Pos, Colours)> {
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
    /// Takes the highest waiting slot. The page must not be empty.
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
