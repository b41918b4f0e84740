//! Frontier: the positions that a walk has yet to visit, highest first, each with its colours.
//!
//! Parents stand before their children, so whatever is painted lies below what was popped last, and
//! nobody has to remember what was visited. A few positions are kept in a list: short walks allocate
//! nothing, and a gap of millions costs nothing. Where more wait at once they move to a bitmap, which
//! beats a heap on branchy histories (`benches/walks.rs`).

use crate::graph::index::pos::Pos;
use crate::graph::walks::window::Window;

/// With 4 and with 8 walks took the same; the fewer, the shorter the search through the list.
const FEW: usize = 4;

/// What a walk knows of a waiting position, as bits of its own choice. 0: it does not wait.
pub(in crate::graph) type Colours = u8;

pub(in crate::graph) struct Frontier {
    /// Nothing higher will be painted.
    ceiling: Pos,
    /// The waiting positions, the first `count`, in no order; empty once there is a window.
    positions: [Pos; FEW],
    colours: [Colours; FEW],
    count: usize,
    window: Option<Window>,
}

impl Frontier {
    /// Creates an empty frontier for positions up to `highest`.
    pub(in crate::graph) fn new(highest: Pos) -> Self {
        Self {
            ceiling: highest,
            positions: [Pos::new(0); FEW],
            colours: [0; FEW],
            count: 0,
            window: None,
        }
    }

    /// Adds `colours`, not 0, to `pos`, which must lie below what was popped last, and makes it wait.
    /// Returns the colours that it had: 0 if it did not wait.
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
        if self.count == FEW {
            return self.open_window().paint(pos, colours);
        }
        self.positions[self.count] = pos;
        self.colours[self.count] = colours;
        self.count += 1;
        0
    }

    /// Takes the highest waiting position and its colours.
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
