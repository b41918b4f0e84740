//! The latest texts of recently written heads, so that what is based on them need not read them.

use std::collections::{BTreeMap, HashMap};

use super::chain::Known;

/// Texts by position. Keeps those that were used last.
#[derive(Debug)]
pub(crate) struct Texts {
    known: HashMap<u32, (u64, Known)>,
    by_use: BTreeMap<u64, u32>,
    uses: u64,
    bytes: usize,
    most: usize,
}

impl Texts {
    /// Keeps `most` bytes.
    pub(crate) fn new(most: usize) -> Self {
        Self { known: HashMap::new(), by_use: BTreeMap::new(), uses: 0, bytes: 0, most }
    }

    /// The text at a position, which counts as used.
    pub(crate) fn get(&mut self, pos: u32) -> Option<&Known> {
        let (at, known) = self.known.get_mut(&pos)?;
        self.uses += 1;
        self.by_use.remove(at);
        self.by_use.insert(self.uses, pos);
        *at = self.uses;
        Some(known)
    }

    /// Keeps a text in place of those that were not used for longest.
    pub(crate) fn put(&mut self, pos: u32, known: Known) {
        self.forget(pos);
        if known.size() > self.most {
            return;
        }
        self.uses += 1;
        self.bytes += known.size();
        self.by_use.insert(self.uses, pos);
        self.known.insert(pos, (self.uses, known));
        while self.bytes > self.most
            && let Some((_, oldest)) = self.by_use.pop_first()
        {
            if let Some((_, known)) = self.known.remove(&oldest) {
                self.bytes -= known.size();
            }
        }
    }

    /// Drops the text at a position.
    pub(crate) fn forget(&mut self, pos: u32) {
        if let Some((at, known)) = self.known.remove(&pos) {
            self.by_use.remove(&at);
            self.bytes -= known.size();
        }
    }

    /// Drops all.
    pub(crate) fn clear(&mut self) {
        *self = Self::new(self.most);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_used_for_longest_goes_first() {
        let known = |at| Known::whole(at, vec![0; 1000].into(), 1000);
        let mut texts = Texts::new(3 * known(0).size());
        for at in 0..3 {
            texts.put(at, known(at));
        }
        assert!(texts.get(0).is_some());
        texts.put(3, known(3));
        let kept: Vec<u32> = (0..4).filter(|&at| texts.get(at).is_some()).collect();
        assert_eq!(kept, [0, 2, 3]);
        texts.put(4, Known::whole(4, vec![0; 5000].into(), 0));
        assert!(texts.get(4).is_none());
        assert!(texts.get(3).is_some());
        texts.forget(3);
        assert_eq!(texts.bytes, 2 * known(0).size());
    }
}
