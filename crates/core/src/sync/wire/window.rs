//! Window: the last revisions of a stream, which later ones name by their distance.
//!
//! Both ends keep the same one: `WINDOW` revisions, and at most `WINDOW_BYTES` of texts.

use std::collections::VecDeque;

use hashbrown::HashMap;

use super::{Name, WINDOW, WINDOW_BYTES};

/// The names of the last revisions, for the reader: some 3 MB when full of built-in refs.
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

    /// Adds the latest; passes each one that leaves to `leave`.
    pub(super) fn push(&mut self, name: Name, mut leave: impl FnMut(&Name)) {
        self.text_bytes = self.text_bytes.saturating_add(name.text_bytes());
        self.names.push_back(name);
        while self.names.len() > WINDOW || self.text_bytes > WINDOW_BYTES {
            let Some(oldest) = self.names.pop_front() else {
                return;
            };
            self.text_bytes = self.text_bytes.saturating_sub(oldest.text_bytes());
            leave(&oldest);
        }
    }
}

/// The window for the writer: finds the distance of a name.
#[derive(Debug, Default)]
pub(super) struct Finder {
    window: Window,
    /// The number of the last revision of each name in the window.
    numbers: HashMap<Name, u64>,
    /// The number of the oldest in the window.
    first: u64,
    next: u64,
}

impl Finder {
    /// Returns the distance of the revision: 1 is the last one; `None` if it is not in the window.
    pub(super) fn distance(&self, name: &Name) -> Option<u32> {
        let number = self.numbers.get(name)?;
        u32::try_from(self.next.checked_sub(*number)?).ok()
    }

    /// Adds the latest.
    pub(super) fn push(&mut self, name: Name) {
        let Self { window, numbers, first, next } = self;
        numbers.insert(name.clone(), *next);
        *next = next.saturating_add(1);
        window.push(name, |oldest| {
            // A revision that came again is found under its later number.
            if numbers.get(oldest) == Some(first) {
                numbers.remove(oldest);
            }
            *first = first.saturating_add(1);
        });
    }
}
