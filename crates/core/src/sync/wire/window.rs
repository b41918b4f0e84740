//! Window: the last revisions of a stream, which later ones name by their distance.
//!
//! Both ends keep the same one: `WINDOW` revisions, and at most `WINDOW_BYTES` of texts.

use std::collections::VecDeque;
use std::hash::BuildHasher;

use hashbrown::hash_table::Entry;
use hashbrown::{DefaultHashBuilder, HashTable};

use super::{Name, WINDOW, WINDOW_BYTES};

/// The names of the last revisions, for the reader: 2.6 MB when full of built-in refs.
#[derive(Debug, Default)]
pub(super) struct Window {
    names: VecDeque<Name>,
    text_bytes: usize,
}

impl Window {
    /// Returns the name of the revision `distance` back; 1 is the last one.
    pub(super) fn back(&self, distance: usize) -> Option<&Name> {
        self.names.get(self.names.len().checked_sub(distance)?)
    }

    /// Adds the latest; passes each one that leaves to `leave`, which is before: else a full window would take twice the memory.
    pub(super) fn push(&mut self, name: Name, mut leave: impl FnMut(&Name)) {
        self.text_bytes = self.text_bytes.saturating_add(name.text_bytes());
        while self.names.len() >= WINDOW || self.text_bytes > WINDOW_BYTES {
            let Some(oldest) = self.names.pop_front() else { break };
            self.text_bytes = self.text_bytes.saturating_sub(oldest.text_bytes());
            leave(&oldest);
        }
        self.names.push_back(name);
    }
}

/// The window for the writer: finds the distance of a name. Some 3.3 MB when full of built-in refs.
#[derive(Debug, Default)]
pub(super) struct Finder {
    window: Window,
    /// The number of the last revision of each name in the window, its low 32 bits, under the hash of the name.
    numbers: HashTable<u32>,
    hasher: DefaultHashBuilder,
    /// The number of the oldest in the window.
    first: u64,
    next: u64,
}

impl Finder {
    /// Returns the distance of the revision: 1 is the last one; `None` if it is not in the window.
    pub(super) fn distance(&self, name: &Name) -> Option<u32> {
        let Self { window, numbers, hasher, first, next } = self;
        let is_it = |&number: &u32| name_of(window, *first, number) == Some(name);
        let number = numbers.find(hasher.hash_one(name), is_it)?;
        Some(low(*next).wrapping_sub(*number))
    }

    /// Adds the latest.
    pub(super) fn push(&mut self, name: Name) {
        let Self { window, numbers, hasher, first, next } = self;
        let is_it = |&number: &u32| name_of(window, *first, number) == Some(&name);
        let rehash =
            |&number: &u32| name_of(window, *first, number).map_or(0, |name| hasher.hash_one(name));
        match numbers.entry(hasher.hash_one(&name), is_it, rehash) {
            Entry::Occupied(mut earlier) => *earlier.get_mut() = low(*next),
            Entry::Vacant(place) => {
                place.insert(low(*next));
            }
        }
        *next = next.saturating_add(1);
        window.push(name, |oldest| {
            // A revision that came again is found under its later number.
            let is_oldest = |&number: &u32| number == low(*first);
            if let Ok(entry) = numbers.find_entry(hasher.hash_one(oldest), is_oldest) {
                entry.remove();
            }
            *first = first.saturating_add(1);
        });
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a window is far below 2^32")]
const fn low(number: u64) -> u32 {
    number as u32
}

/// The name of the revision of that number in a window whose oldest is `first`.
fn name_of(window: &Window, first: u64, number: u32) -> Option<&Name> {
    window.names.get(number.wrapping_sub(low(first)) as usize)
}
