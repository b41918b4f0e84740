//! Table: from a ref to its position, in shards that grow one after another.
//!
//! A shard doubles when it is full. If all were of one width, all would be full within a few inserts of each
//! other. So the widest is twice as wide as the narrowest, and between two doublings of the whole table the
//! shards double at even intervals.
//!
//! Stores only positions, some 8 bytes a revision; the caller supplies the refs. The hash is 8 bytes of the ref
//! mixed with a key that differs between processes, so that nobody can prepare colliding refs. All 32 bytes are
//! compared.

use std::ops::Range;

use hashbrown::{HashTable, hash_table};

use crate::refs::Ref;

/// With 10 million revisions a shard has 5,000 and doubles in under a millisecond.
const SHARDS: usize = 2048;
/// Shards that are filled together, where many numbers are stored.
const GROUP: usize = 8;
/// Fewer are stored one by one.
const MANY: usize = 1 << 14;
/// An odd number with a good mix of bits (from the golden ratio).
const MULTIPLIER: u128 = 0x9e37_79b9_7f4a_7c15;

pub(in crate::graph) struct Table {
    seed: u64,
    shards: Vec<HashTable<u32>>,
}

impl Table {
    pub(in crate::graph) fn new(seed: u64) -> Self {
        Self { seed, shards: (0..SHARDS).map(|_| HashTable::new()).collect() }
    }

    /// Returns the number stored for `reference`; `ref_of` returns the ref of a stored number.
    pub(in crate::graph) fn find<'a>(
        &self,
        reference: &Ref,
        ref_of: impl Fn(u32) -> &'a Ref,
    ) -> Option<u32> {
        let hash = hash(self.seed, reference);
        self.shards[shard(hash)].find(hash, |&number| ref_of(number) == reference).copied()
    }

    /// Stores `number` for `reference`; `false` if the ref exists already.
    pub(in crate::graph) fn insert<'a>(
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
            hash_table::Entry::Occupied(_) => false,
            hash_table::Entry::Vacant(place) => {
                place.insert(number);
                true
            }
        }
    }

    /// Removes `reference`, if `number` is stored for it.
    pub(in crate::graph) fn remove<'a>(
        &mut self,
        reference: &Ref,
        number: u32,
        ref_of: impl Fn(u32) -> &'a Ref,
    ) {
        let hash = hash(self.seed, reference);
        let found = self.shards[shard(hash)].find_entry(hash, |&other| ref_of(other) == reference);
        if let Ok(entry) = found
            && *entry.get() == number
        {
            entry.remove();
        }
    }

    /// Stores many numbers in order, as repeated `insert` would. Fails with a number whose ref exists already. Goes from group to group of shards, so that these are in the processor's cache while they fill. Takes
    /// 12 bytes a number meanwhile.
    pub(in crate::graph) fn insert_all<'a>(
        &mut self,
        mut numbers: Range<u32>,
        ref_of: impl Fn(u32) -> &'a Ref,
    ) -> Result<(), u32> {
        if numbers.len() < MANY {
            let is_there = |&number: &u32| !self.insert(ref_of(number), number, &ref_of);
            return numbers.find(is_there).map_or(Ok(()), Err);
        }
        let seed = self.seed;
        let groups = by_group(numbers, |number| hash(seed, ref_of(number)));
        for (shards, entries) in self.shards.chunks_mut(GROUP).zip(groups) {
            if shards.iter().all(HashTable::is_empty) {
                fill(shards, &entries, &ref_of)?;
                continue;
            }
            let rehash = |&other: &u32| hash(seed, ref_of(other));
            for &Entry { hash, number } in &entries {
                let equal = |&other: &u32| ref_of(other) == ref_of(number);
                match shards[shard(hash) % GROUP].entry(hash, equal, rehash) {
                    hash_table::Entry::Occupied(_) => return Err(number),
                    hash_table::Entry::Vacant(place) => place.insert(number),
                };
            }
        }
        Ok(())
    }

    /// Reserves room for about `additional` more, so that loading them does not grow each shard.
    pub(in crate::graph) fn reserve<'a>(
        &mut self,
        additional: usize,
        ref_of: impl Fn(u32) -> &'a Ref,
    ) {
        let seed = self.seed;
        for (number, shard) in self.shards.iter_mut().enumerate() {
            shard.reserve(share(additional, number), |&number| hash(seed, ref_of(number)));
        }
    }

    /// Bytes of the shards.
    pub(in crate::graph) fn bytes(&self) -> usize {
        self.shards.iter().map(HashTable::allocation_size).sum()
    }
}

/// A number on its way into a shard.
#[derive(Clone, Copy)]
#[repr(Rust, packed(4))]
struct Entry {
    hash: u64,
    number: u32,
}

/// Sorts numbers by the group of their shards.
fn by_group(numbers: Range<u32>, hash_of: impl Fn(u32) -> u64) -> Vec<Vec<Entry>> {
    let widest = numbers.len() / (SHARDS / GROUP) * 3 / 2;
    let mut groups: Vec<_> =
        (0..SHARDS / GROUP).map(|_| Vec::with_capacity(widest + widest / 16)).collect();
    for number in numbers {
        let hash = hash_of(number);
        groups[shard(hash) / GROUP].push(Entry { hash, number });
    }
    groups
}

/// Fills empty shards. While it does, their entries are found by their places in `entries`, which is in the cache, and
/// not by their refs, which are not: one look in nine meets another one with the same tag.
fn fill<'a>(
    shards: &mut [HashTable<u32>],
    entries: &[Entry],
    ref_of: impl Fn(u32) -> &'a Ref,
) -> Result<(), u32> {
    let hash_at = |place: u32| entries[place as usize].hash;
    let number_at = |place: u32| entries[place as usize].number;
    let mut twice = None;
    for (place, &Entry { hash, number }) in (0_u32..).zip(entries) {
        let equal =
            |&other: &u32| hash_at(other) == hash && ref_of(number_at(other)) == ref_of(number);
        match shards[shard(hash) % GROUP].entry(hash, equal, |&other| hash_at(other)) {
            hash_table::Entry::Occupied(_) => twice = twice.or(Some(number)),
            hash_table::Entry::Vacant(vacant) => {
                vacant.insert(place);
            }
        }
    }
    for place in shards.iter_mut().flat_map(HashTable::iter_mut) {
        *place = number_at(*place);
    }
    twice.map_or(Ok(()), Err)
}

/// Multiplies 8 bytes of the ref by a constant to 128 bits and folds them, so that each bit counts.
#[expect(clippy::cast_possible_truncation, reason = "the two halves are wanted")]
fn hash(seed: u64, reference: &Ref) -> u64 {
    let prefix: [u8; 8] = std::array::from_fn(|i| reference.as_bytes()[i]);
    let product = u128::from(u64::from_le_bytes(prefix) ^ seed) * MULTIPLIER;
    product as u64 ^ (product >> 64) as u64
}

/// The shard of a hash. The table uses the lowest bits for the bucket and the highest seven for the tag: this
/// uses neither.
///
/// With `x` the bits as a fraction of 1, the shard is `x + CURVE * x * (1 - x)` of all. That is close to the
/// binary logarithm of `1 + x`, so the widths are close to a geometric series.
fn shard(hash: u64) -> usize {
    let x = (hash >> 25) & 0xffff_ffff;
    let bend = (((x * (0xffff_ffff - x)) >> 32) * CURVE) >> 16;
    (((x + bend) * SHARDS as u64) >> 32) as usize
}

/// 0.3333 of 2^16: the width of the first shard is `1 / (1 + 1/3)`, of the last `1 / (1 - 1/3)`.
const CURVE: u64 = (1 << 16) / 3;

/// Returns how many of `count` go into a shard, with some allowance for chance.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an estimate of a count"
)]
fn share(count: usize, number: usize) -> usize {
    // The slope of the curve where it reaches the middle of the shard: y = x + (x - x^2) / 3.
    let middle = (number as f64 + 0.5) / SHARDS as f64;
    let slope = (16.0 - 12.0 * middle).sqrt() / 3.0;
    let mean = count as f64 / SHARDS as f64 / slope;
    (mean + 4.0 * mean.sqrt()) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_widest_shard_gets_about_twice_what_the_narrowest_gets_and_none_is_left_out() {
        let count: u64 = 1 << 22;
        let mut found = vec![0_usize; SHARDS];
        for number in 0..count {
            found[shard(number.wrapping_mul(0x9e37_79b9_7f4a_7c15))] += 1;
        }
        let (narrowest, widest) = (found.iter().min().unwrap(), found.iter().max().unwrap());
        assert!((180..240).contains(&(widest * 100 / narrowest)), "{narrowest} to {widest}");
        let room: usize = (0..SHARDS).map(|number| share(1 << 22, number)).sum();
        assert!(found.iter().enumerate().all(|(number, &n)| n <= share(1 << 22, number) + 1));
        assert!((100..120).contains(&((room * 100) >> 22)), "room for {room}");
    }
}
