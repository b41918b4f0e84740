//! Names: the strings that name the revisions of a named graph, and the refs that they hash to.
//!
//! Strings are stored in one append-only text, by number. The index finds a name by the BLAKE3-256 of its
//! UTF-8: two names with one hash cannot be made, so equal hashes mean equal names.

use crate::refs::Ref;

/// Strings by number: their bytes, plus 8 for each.
#[derive(Default)]
pub(in crate::graph) struct Names {
    text: String,
    /// Where each string ends.
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

    /// Returns the name with that number, which must exist.
    pub(in crate::graph) fn get(&self, number: usize) -> &str {
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.text.get(start..self.ends[number]).unwrap_or_default()
    }

    /// Bytes held, including spare capacity.
    pub(in crate::graph) fn bytes(&self) -> usize {
        self.text.capacity() + self.ends.capacity() * size_of::<usize>()
    }
}

/// Returns the ref of a name in the index.
pub(in crate::graph) fn ref_of(name: &str) -> Ref {
    Ref::from_bytes(*blake3::hash(name.as_bytes()).as_bytes())
}
