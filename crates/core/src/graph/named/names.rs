//! Names: the strings that stand for the revisions of a named graph, and the refs that they hash to.
//!
//! Strings are kept in one append-only text, each by its number. The index below finds a name by the
//! BLAKE3-256 of its UTF-8: two names of one hash cannot be made, so equal hashes are equal names.

use crate::refs::Ref;

/// Strings by number: their bytes, and 8 more for each.
#[derive(Default)]
pub(in crate::graph) struct Names {
    text: String,
    /// Where each ends.
    ends: Vec<usize>,
}

impl Names {
    pub(in crate::graph) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(in crate::graph) fn push(&mut self, name: &str) {
        self.text.push_str(name);
        self.ends.push(self.text.len());
    }

    /// Returns the name of that number, which must be taken.
    pub(in crate::graph) fn get(&self, number: usize) -> &str {
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.text.get(start..self.ends[number]).unwrap_or_default()
    }

    /// Bytes held, spare room included.
    pub(in crate::graph) fn bytes(&self) -> usize {
        self.text.capacity() + self.ends.capacity() * size_of::<usize>()
    }
}

/// The ref under which the index knows a name.
pub(in crate::graph) fn ref_of(name: &str) -> Ref {
    Ref::from_bytes(*blake3::hash(name.as_bytes()).as_bytes())
}
