//! Short texts: one hunk on the text of the parent, in short chains.
//!
//! A short text is put and read in a few microseconds, so its delta must cost less than what it saves in pages. The
//! latest texts move from parent to child in one table, without a copy of the chain; finding the hunk compares
//! memory from both ends and stops there.

use hashbrown::HashMap;

use super::diff::{common_prefix, common_suffix};
use super::list;

/// Texts with fewer bytes are short.
pub(crate) const SHORT: usize = 1024;
/// At most this many records in a chain of short texts: a read looks up half of them on average.
const MOST_RECORDS: usize = 8;
/// Bytes of short texts, and of their entries, that a writer keeps.
const KEPT: usize = 8 << 20;

/// A short text that the next one may be based on.
#[derive(Debug)]
pub(crate) struct Short {
    pub(crate) text: Vec<u8>,
    /// Number of records that it is made from.
    pub(crate) records: usize,
}

impl Short {
    /// Writes into `out` the hunk that makes `text` from this one. Returns `false`, and `out` is not used, if the
    /// chain is full or more than 3/8 of the text is new: so unrelated texts of one shape stay whole, and reading
    /// them costs nothing more.
    pub(crate) fn hunk(&self, text: &[u8], out: &mut Vec<u8>) -> bool {
        if self.records >= MOST_RECORDS {
            return false;
        }
        let prefix = common_prefix(&self.text, text);
        let suffix = common_suffix(&self.text[prefix..], &text[prefix..]);
        let data = &text[prefix..text.len() - suffix];
        if data.len() > text.len() / 8 * 3 {
            return false;
        }
        out.clear();
        list::encode_one(self.text.len(), (prefix, suffix), data, out);
        true
    }

    /// Returns the same for `text`, in the same memory.
    pub(crate) fn followed_by(mut self, text: &[u8], is_based: bool) -> Self {
        self.text.clear();
        self.text.extend_from_slice(text);
        self.records = if is_based { self.records + 1 } else { 1 };
        self
    }
}

/// The latest short texts, by position. Those of the latest half of the bytes, and those of the half before:
/// forgetting the oldest then costs no order.
#[derive(Debug, Default)]
pub(crate) struct Recent {
    latest: HashMap<u32, Short>,
    before: HashMap<u32, Short>,
    bytes: usize,
}

impl Recent {
    /// Takes the text at a position out: its child takes its place.
    pub(crate) fn take(&mut self, pos: u32) -> Option<Short> {
        let found = self.latest.remove(&pos);
        if let Some(short) = &found {
            self.bytes = self.bytes.saturating_sub(size(short));
        }
        found.or_else(|| self.before.remove(&pos))
    }

    pub(crate) fn put(&mut self, pos: u32, short: Short) {
        self.bytes += size(&short);
        self.latest.insert(pos, short);
        if self.bytes > KEPT / 2 {
            self.before = std::mem::take(&mut self.latest);
            self.bytes = 0;
        }
    }

    /// Drops all.
    pub(crate) fn clear(&mut self) {
        if !(self.latest.is_empty() && self.before.is_empty()) {
            *self = Self::default();
        }
    }
}

const fn size(short: &Short) -> usize {
    short.text.capacity() + size_of::<(u32, Short)>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn short(text: &[u8], records: usize) -> Short {
        Short { text: text.to_vec(), records }
    }

    #[test]
    fn a_text_with_much_that_is_new_and_one_at_the_end_of_its_chain_are_whole() {
        let mut out = vec![7];
        assert!(short(b"{\"a\":1,\"b\":2}", 1).hunk(b"{\"a\":10,\"b\":2}", &mut out));
        assert_eq!(out, [6, 1, b'0', 0]);
        assert!(!short(b"{\"a\":1,\"b\":2}", MOST_RECORDS).hunk(b"{\"a\":10,\"b\":2}", &mut out));
        assert!(short(b"aaaaabbb", 1).hunk(b"aaaaaccc", &mut out));
        assert!(!short(b"aaaabbbb", 1).hunk(b"aaaacccc", &mut out));
    }

    #[test]
    fn the_latest_are_kept_within_the_bound() {
        let mut recent = Recent::default();
        let count = u32::try_from(2 * KEPT / 1000).unwrap();
        for pos in 0..count {
            recent.put(pos, short(&[0; 1000], 1));
        }
        let held = recent.latest.len() + recent.before.len();
        assert!((KEPT / 2 / 1100..=KEPT / 1000).contains(&held), "{held}");
        assert!(recent.take(count - 1).is_some());
        assert!(recent.take(count - 1).is_none());
        assert!(recent.take(0).is_none());
        // One text that changes again and again takes the place of itself.
        for pos in count..2 * count {
            let before = recent.take(pos - 1).unwrap_or_else(|| short(&[0; 1000], 1));
            recent.put(pos, before.followed_by(&[1; 1000], true));
        }
        assert_eq!(recent.latest.len() + recent.before.len(), held);
    }

    proptest! {
        #[test]
        fn the_hunk_makes_the_text(
            old in proptest::collection::vec(0_u8..3, 0..40),
            new in proptest::collection::vec(0_u8..3, 0..40),
        ) {
            let mut out = Vec::new();
            if short(&old, 1).hunk(&new, &mut out) {
                let mut made = Vec::new();
                prop_assert!(list::make(&old, new.len(), &out, &mut made).is_some());
                prop_assert_eq!(made, new);
            }
        }
    }
}
