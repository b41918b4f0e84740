//! The records of the log in memory: a queue, since all but a few come at its end and go at its front.

use std::collections::VecDeque;

/// Records by number.
#[derive(Debug, Default)]
pub(super) struct Records(VecDeque<(u64, Box<[u8]>)>);

impl Records {
    /// Writes a record, or removes it with `None`. At the ends it costs the same however many there are.
    pub(super) fn put(&mut self, number: u64, value: Option<&[u8]>) {
        let is_last = self.0.back().is_none_or(|(last, _)| *last < number);
        match value {
            Some(value) if is_last => self.0.push_back((number, Box::from(value))),
            Some(value) => {
                let place = self.place_of(number);
                match self.0.get_mut(place).filter(|(at, _)| *at == number) {
                    Some((_, old)) => *old = Box::from(value),
                    None => self.0.insert(place, (number, Box::from(value))),
                }
            }
            None => {
                let place = self.place_of(number);
                if self.0.get(place).is_some_and(|(at, _)| *at == number) {
                    self.0.remove(place);
                }
            }
        }
    }

    /// All records, ascending.
    pub(super) fn all(&self) -> impl DoubleEndedIterator<Item = (u64, &[u8])> {
        self.0.iter().map(|(number, value)| (*number, &**value))
    }

    /// The records before a number, ascending.
    pub(super) fn before(&self, number: u64) -> impl DoubleEndedIterator<Item = (u64, &[u8])> {
        self.0.range(..self.place_of(number)).map(|(number, value)| (*number, &**value))
    }

    /// The place of the first record that has at least this number.
    fn place_of(&self, number: u64) -> usize {
        self.0.partition_point(|(at, _)| *at < number)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn they_are_what_a_sorted_map_has(
            puts in proptest::collection::vec((0..12_u64, proptest::option::of(any::<u8>())), 0..40)
        ) {
            let (mut records, mut map) = (Records::default(), BTreeMap::new());
            for (number, value) in puts {
                let value = value.map(|byte| vec![byte]);
                records.put(number, value.as_deref());
                match value {
                    Some(value) => drop(map.insert(number, value)),
                    None => drop(map.remove(&number)),
                }
                let plain = |map: &BTreeMap<u64, Vec<u8>>, end: u64| -> Vec<(u64, Vec<u8>)> {
                    map.range(..end).map(|(number, value)| (*number, value.clone())).collect()
                };
                let ours: Vec<_> = records.all().map(|(n, value)| (n, value.to_vec())).collect();
                prop_assert_eq!(ours, plain(&map, u64::MAX));
                for end in 0..13 {
                    let ours: Vec<_> =
                        records.before(end).map(|(n, value)| (n, value.to_vec())).collect();
                    prop_assert_eq!(ours, plain(&map, end));
                }
            }
        }
    }
}
