//! Texts that were used lately, so that texts based on them are stored and read without making them again.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

/// Bytes of texts that a writer keeps, half of them for the current transaction; also that `verify` and
/// `rescue` keep.
pub(crate) const KEPT: usize = 32 << 20;

/// Texts, or what is known of them, by position or another key. Keeps the most recently used.
#[derive(Debug)]
pub(crate) struct Texts<V, K = u32> {
    kept: HashMap<K, Kept<V>>,
    by_use: BTreeMap<u64, K>,
    uses: u64,
    bytes: usize,
    most: usize,
}

#[derive(Debug)]
struct Kept<V> {
    value: V,
    size: usize,
    last_use: u64,
}

impl<V, K: Copy + Eq + Hash> Texts<V, K> {
    /// Keeps `most` bytes.
    pub(crate) fn new(most: usize) -> Self {
        Self { kept: HashMap::new(), by_use: BTreeMap::new(), uses: 0, bytes: 0, most }
    }

    /// Whether a value of this many bytes could be kept.
    pub(crate) const fn has_room_for(&self, size: usize) -> bool {
        size <= self.most
    }

    /// Returns the value kept for a key, and marks it as used.
    pub(crate) fn get(&mut self, key: K) -> Option<&V> {
        let kept = self.kept.get_mut(&key)?;
        self.uses += 1;
        self.by_use.remove(&kept.last_use);
        self.by_use.insert(self.uses, key);
        kept.last_use = self.uses;
        Some(&kept.value)
    }

    /// Keeps a value of `size` bytes; drops the least recently used.
    pub(crate) fn put(&mut self, key: K, value: V, size: usize) {
        self.forget(key);
        if !self.has_room_for(size) {
            return;
        }
        self.uses += 1;
        self.bytes += size;
        self.by_use.insert(self.uses, key);
        self.kept.insert(key, Kept { value, size, last_use: self.uses });
        while self.bytes > self.most
            && let Some((_, &oldest)) = self.by_use.first_key_value()
        {
            self.forget(oldest);
        }
    }

    /// Moves all that another cache keeps into this one.
    pub(crate) fn take_over(&mut self, other: &mut Self) {
        for key in std::mem::take(&mut other.by_use).into_values() {
            if let Some(kept) = other.kept.remove(&key) {
                self.put(key, kept.value, kept.size);
            }
        }
        other.clear();
    }

    /// Drops the values whose keys are unwanted. Looks at all.
    pub(crate) fn forget_those(&mut self, is_unwanted: impl Fn(K) -> bool) {
        let unwanted: Vec<K> = self.kept.keys().copied().filter(|&key| is_unwanted(key)).collect();
        for key in unwanted {
            self.forget(key);
        }
    }

    /// Drops the value for a key.
    fn forget(&mut self, key: K) {
        if let Some(kept) = self.kept.remove(&key) {
            self.by_use.remove(&kept.last_use);
            self.bytes -= kept.size;
        }
    }

    /// Drops all.
    pub(crate) fn clear(&mut self) {
        if self.uses > 0 {
            *self = Self::new(self.most);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_recently_used_is_dropped_first() {
        let mut texts = Texts::new(3000);
        for at in 0..3 {
            texts.put(at, (), 1000);
        }
        assert!(texts.get(0).is_some());
        texts.put(3, (), 1000);
        let kept: Vec<u32> = (0..4).filter(|&at| texts.get(at).is_some()).collect();
        assert_eq!(kept, [0, 2, 3]);
        texts.put(4, (), 3001);
        assert!(texts.get(4).is_none());
        assert!(texts.get(3).is_some());
        texts.put(3, (), 500);
        assert_eq!(texts.bytes, 2500);
        let mut more = Texts::new(3000);
        more.take_over(&mut texts);
        assert_eq!((more.bytes, texts.bytes), (2500, 0));
    }
}
