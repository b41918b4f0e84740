//! Table: from a ref to its position, in shards that grow one at a time.
//!
//! Holds positions only, 5 to 11 bytes a revision; whoever asks brings the refs along. The hash is
//! 8 bytes of the ref mixed with a key that differs from process to process, so that nobody can
//! prepare refs that collide; all 32 bytes are compared.

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use crate::refs::Ref;

/// At 10 million revisions a shard holds 40,000 and grows in a few milliseconds.
const SHARDS: usize = 256;
/// An odd number with bits of both kinds everywhere (the golden ratio's).
const MULTIPLIER: u128 = 0x9e37_79b9_7f4a_7c15;

pub(super) struct Table {
    seed: u64,
    shards: Vec<HashTable<u32>>,
}

impl Table {
    pub(super) fn new(seed: u64) -> Self {
        Self { seed, shards: (0..SHARDS).map(|_| HashTable::new()).collect() }
    }

    /// Returns the number stored for `reference`; `ref_of` tells the ref of a stored number.
    pub(super) fn find<'a>(&self, reference: &Ref, ref_of: impl Fn(u32) -> &'a Ref) -> Option<u32> {
        let hash = hash(self.seed, reference);
        self.shards[shard(hash)].find(hash, |&number| ref_of(number) == reference).copied()
    }

    /// Stores `number` for `reference`; `false` if the ref is there already.
    pub(super) fn insert<'a>(
        &mut self,
        reference: &Ref,
        number: u32,
        ref_of: impl Fn(u32) -> &'a Ref,
    ) -> bool {
        let seed = self.seed;
        let hash_of = hash(seed, reference);
        let equal = |&other: &u32| ref_of(other) == reference;
        let rehash = |&other: &u32| hash(seed, ref_of(other));
        match self.shards[shard(hash_of)].entry(hash_of, equal, rehash) {
            Entry::Occupied(_) => false,
            Entry::Vacant(place) => {
                place.insert(number);
                true
            }
        }
    }

    /// Makes room for about `additional` more, so that loading them does not grow shard by shard.
    pub(super) fn reserve<'a>(&mut self, additional: usize, ref_of: impl Fn(u32) -> &'a Ref) {
        let seed = self.seed;
        let each = additional.div_ceil(SHARDS);
        for shard in &mut self.shards {
            shard.reserve(each, |&number| hash(seed, ref_of(number)));
        }
    }

    /// Bytes held by the shards.
    pub(super) fn bytes(&self) -> usize {
        self.shards.iter().map(HashTable::allocation_size).sum()
    }
}

/// Multiplies 8 bytes of the ref with a constant to 128 bits and folds them: each bit counts.
#[expect(clippy::cast_possible_truncation, reason = "the two halves are wanted")]
fn hash(seed: u64, reference: &Ref) -> u64 {
    let prefix: [u8; 8] = std::array::from_fn(|i| reference.as_bytes()[i]);
    let product = u128::from(u64::from_le_bytes(prefix) ^ seed) * MULTIPLIER;
    product as u64 ^ (product >> 64) as u64
}

/// The table uses the lowest bits for the bucket and the highest seven for the tag: these are neither.
fn shard(hash: u64) -> usize {
    (hash >> 48) as usize % SHARDS
}
