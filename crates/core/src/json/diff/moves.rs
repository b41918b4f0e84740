//! The operations that bring the elements of an array into a new order, with indices as they are when each
//! operation is applied.
//!
//! Removed elements go first, from the end; then the new array is built from its start. Elements that stay are
//! never moved. Elements still to be moved are among them and count.

use crate::json::arrays::{Alignment, NONE};

/// A change of an array's elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Edit {
    Remove {
        at: usize,
    },
    /// The element with index `new` in the new array. That is also its place, apart from elements still to be
    /// moved.
    Add {
        at: usize,
        new: usize,
    },
    Move {
        from: usize,
        at: usize,
    },
}

/// Returns the edits, in order; a pair that stays or moves has its new index afterwards.
pub(super) fn edits(aligned: &Alignment) -> Vec<Edit> {
    let gone = (0..aligned.to.len()).rev().filter(|at| aligned.to[*at] == NONE);
    let mut edits: Vec<Edit> = gone.map(|at| Edit::Remove { at }).collect();
    let mut pending = Pending::new(aligned);
    // The index in the old array after the last placed element that stays.
    let mut placed = 0;
    for (new, &old) in aligned.from.iter().enumerate() {
        if old != NONE && aligned.stays[old] {
            placed = old + 1;
            continue;
        }
        if old == NONE {
            edits.push(Edit::Add { at: new + pending.before(placed), new });
            continue;
        }
        let before = if old < placed {
            pending.next_stay(aligned, old)
        } else {
            new + pending.stays(placed, old)
        };
        let from = before + pending.before(old);
        pending.take(old);
        let at = new + pending.before(placed);
        if from != at {
            edits.push(Edit::Move { from, at });
        }
    }
    edits
}

/// The elements still to be moved, counted by binary indexed sums.
struct Pending {
    sums: Vec<usize>,
    /// For each old index, the number of staying elements before it.
    stays: Vec<usize>,
    /// Old indices of the elements that stay.
    staying: Vec<usize>,
}

impl Pending {
    fn new(aligned: &Alignment) -> Self {
        let length = aligned.to.len();
        let mut made =
            Self { sums: vec![0; length + 1], stays: vec![0; length + 1], staying: vec![] };
        for at in 0..length {
            made.stays[at + 1] = made.stays[at] + usize::from(aligned.stays[at]);
            if aligned.stays[at] {
                made.staying.push(at);
            } else if aligned.to[at] != NONE {
                made.change(at, |sum| sum + 1);
            }
        }
        made
    }

    fn change(&mut self, at: usize, change: impl Fn(usize) -> usize) {
        let mut node = at + 1;
        while let Some(sum) = self.sums.get_mut(node) {
            *sum = change(*sum);
            node += node & node.wrapping_neg();
        }
    }

    fn take(&mut self, at: usize) {
        self.change(at, |sum| sum - 1);
    }

    /// Returns how many elements still to be moved are before the old index `at`.
    fn before(&self, at: usize) -> usize {
        let mut node = at;
        let mut count = 0;
        while node > 0 {
            count += self.sums[node];
            node -= node & node.wrapping_neg();
        }
        count
    }

    /// Returns how many of the old indices from `from` to before `to` stay.
    fn stays(&self, from: usize, to: usize) -> usize {
        self.stays[to] - self.stays[from]
    }

    /// Returns the new index of the first staying element after the old index `at`; there is one.
    fn next_stay(&self, aligned: &Alignment, at: usize) -> usize {
        self.staying.get(self.stays[at]).map_or(0, |next| aligned.to[*next])
    }
}
