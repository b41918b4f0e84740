//! Targets `sealed`: the decoders of stored values, over values with right checksums whatever is in them, as
//! somebody hostile could write them, with keys up to the highest. Whatever is read is what the plain reading
//! of the format says, and what its own encoding is read as.
//!
//! Checked to fail: without any one of the bounds in the decoders (a parent that is not before its position, a
//! run beyond the block, a varint of more than 32 bits, an unknown kind), and without the sums of heads and of
//! `deletions`.
#![cfg(test)]

use bolero::TypeGenerator;
use histo_core::internals;

use super::plain;

/// Some 2 s each without optimization.
const SHORT: usize = 8_000;
/// A chunk has 4,096 revisions.
const SHORT_CHUNKS: usize = 500;
/// Writing a block of marks visits each of its 4,096 positions.
const SHORT_MARKS: usize = 500;

/// The first position of the last chunk that can be full: the two highest numbers are no positions.
const LAST_CHUNK: u32 = u32::MAX / 4096 * 4096 - 4096;

/// The content of a value.
#[derive(Debug, Clone, TypeGenerator)]
struct Case {
    key: Key,
    /// Lists of numbers, which most values contain; long ones if they are repeated.
    lists: Vec<(Number, Vec<Number>)>,
    repeat: u8,
    /// Bytes before and after them.
    before: Vec<u8>,
    behind: Vec<u8>,
    /// Changes afterwards.
    noise: Vec<(u16, u8)>,
    /// Bytes for fixed fields.
    fixed: [u8; 8],
}

/// A key: any, low or among the highest.
#[derive(Debug, Clone, Copy, TypeGenerator)]
enum Key {
    Any(u32),
    Low(u8),
    High(u8),
}

/// A number as a varint: mostly small, sometimes of any size, or longer than needed.
#[derive(Debug, Clone, Copy, TypeGenerator)]
enum Number {
    Small(u8),
    Middle(u16),
    Any(u32),
    Padded(u8, u8),
}

impl Number {
    fn write(self, out: &mut Vec<u8>) {
        let (mut number, least) = match self {
            Self::Small(number) => (u32::from(number % 5), 1),
            Self::Middle(number) => (u32::from(number), 1),
            Self::Any(number) => (number, 1),
            Self::Padded(number, least) => (u32::from(number), usize::from(least % 7)),
        };
        let from = out.len();
        while number >= 0x80 || out.len() - from + 1 < least {
            out.push((number & 0x7f) as u8 | 0x80);
            number >>= 7;
        }
        out.push((number & 0x7f) as u8);
    }
}

impl Case {
    fn key(&self) -> u32 {
        match self.key {
            Key::Any(key) => key,
            Key::Low(key) => key.into(),
            Key::High(key) => u32::MAX - u32::from(key),
        }
    }

    /// The first position of the block of the key.
    fn first(&self) -> u32 {
        self.key() / 4096 * 4096
    }

    /// Count and numbers of each list, `counted` or without the counts.
    fn numbers(&self, counted: bool, out: &mut Vec<u8>) {
        for (first, list) in &self.lists {
            if counted {
                Number::Small(u8::try_from(list.len().min(4)).unwrap()).write(out);
            } else {
                first.write(out);
            }
            list.iter().take(4).for_each(|number| number.write(out));
        }
    }

    fn disturb(&self, value: &mut [u8], from: usize) {
        let length = value.len();
        for (at, by) in self.noise.iter().take(6) {
            if let Some(place) = value.get_mut(from..).filter(|rest| !rest.is_empty()) {
                place[usize::from(*at) % (length - from)] ^= by;
            }
        }
    }

    /// A value with the right checksum before `body`.
    fn sealed(&self, key: u32, body: &[u8]) -> Vec<u8> {
        let mut value = [&[0; 4], body].concat();
        self.disturb(&mut value, 4);
        seal(key, &mut value);
        value
    }
}

fn seal(key: u32, value: &mut [u8]) {
    let sum = plain::sum_of(key, &value[4..]);
    value[..4].copy_from_slice(&sum.to_le_bytes());
}

/// Bytes for a field of `count`, repeated as needed.
fn field(from: &[u8], count: usize) -> Vec<u8> {
    from.iter().copied().chain(std::iter::repeat(7)).take(count).collect()
}

#[test]
fn a_sealed_record_is_what_the_plain_reading_says() {
    bolero::check!().with_type::<Case>().with_iterations(SHORT).for_each(|case| {
        let pos = case.key();
        let sum = crc32c::crc32c(&case.behind).to_le_bytes();
        let mut value = [&[0; 4][..], &field(&case.before, 32), &sum].concat();
        // Both layouts, and unknown flags.
        value.push(if case.fixed[0] % 3 == 0 { case.fixed[1] % 3 } else { 128 | case.fixed[1] });
        case.numbers(false, &mut value);
        value.extend_from_slice(&case.fixed);
        value.extend_from_slice(&case.behind);
        case.disturb(&mut value, 4);
        // The body's sum, if there is a header at all.
        if let Some((header, body)) = plain::body_of(&value) {
            let sum = crc32c::crc32c(&value[body..]).to_le_bytes();
            value[36..40].copy_from_slice(&sum);
            seal(pos, &mut value[..header]);
        }
        let read = internals::decode_record(pos, &value);
        assert_eq!(read, plain::record(pos, &value));
        if let Some(stored) = read.filter(|stored| stored.base.is_none()) {
            let again = internals::encode_record(pos, &stored);
            assert_eq!(internals::decode_record(pos, &again), Some(stored));
        }
    });
}

#[test]
fn a_sealed_chunk_is_what_the_plain_reading_says() {
    bolero::check!().with_type::<Case>().with_iterations(SHORT_CHUNKS).for_each(|case| {
        let first = case.first().min(LAST_CHUNK);
        let mut body = field(&case.before, 131_072);
        // Enough for all 4,096 now and then.
        while !case.lists.is_empty() && body.len() < 131_072 + usize::from(case.repeat) * 64 {
            case.numbers(true, &mut body);
        }
        body.extend_from_slice(&case.behind);
        let mut value = [&[0; 4], &body[..]].concat();
        // After the refs, which are all right.
        case.disturb(&mut value, 131_076);
        seal(first, &mut value);
        let read = internals::decode_chunk(first, &value);
        assert_eq!(read, plain::chunk(first, &value));
        if let Some(whole) = read.filter(|revisions| revisions.len() == 4096) {
            let again = internals::encode_chunk(first, &whole);
            assert_eq!(internals::decode_chunk(first, &again), Some(whole));
        }
    });
}

#[test]
fn a_sealed_tombstone_is_what_the_plain_reading_says() {
    bolero::check!().with_type::<Case>().with_iterations(SHORT).for_each(|case| {
        let pos = case.key();
        let mut body = [field(&case.before, 32), field(&case.behind, 32)].concat();
        body.extend([case.fixed[0] % 3, case.fixed[1] % 4]);
        Number::Any(u32::from(case.repeat) << (case.fixed[2] % 25)).write(&mut body);
        Number::Small(u8::try_from(case.lists.len() % 5).unwrap()).write(&mut body);
        for (parent, _) in &case.lists {
            parent.write(&mut body);
            body.extend(field(&case.behind, 32));
        }
        let value = case.sealed(pos, &body);
        let read = internals::decode_tombstone(pos, &value);
        assert_eq!(read, plain::tombstone(pos, &value));
        if let Some(remnant) = read {
            let again = internals::encode_tombstone(pos, &remnant);
            assert_eq!(internals::decode_tombstone(pos, &again), Some(remnant));
        }
    });
}

#[test]
fn a_sealed_block_of_the_gone_is_what_the_plain_reading_says() {
    bolero::check!().with_type::<Case>().with_iterations(SHORT).for_each(|case| {
        let first = case.first();
        let mut body = case.fixed.to_vec();
        case.numbers(false, &mut body);
        let value = case.sealed(first, &body);
        let read = internals::decode_deleted(first, &value);
        assert_eq!(read, plain::deleted(first, &value));
        if let Some((generation, slots)) = read {
            let again = internals::encode_deleted(first, generation, &slots);
            assert_eq!(internals::decode_deleted(first, &again), Some((generation, slots)));
        }
    });
}

#[test]
fn a_sealed_block_of_marks_is_what_the_plain_reading_says() {
    bolero::check!().with_type::<Case>().with_iterations(SHORT_MARKS).for_each(|case| {
        let first = case.first();
        let mut body = Vec::new();
        for (length, times) in &case.lists {
            length.write(&mut body);
            let time = if times.is_empty() { [0; 8] } else { case.fixed };
            body.extend_from_slice(&time);
        }
        let value = case.sealed(first, &body);
        let read = internals::decode_marks(first, &value);
        assert_eq!(read, plain::marks(first, &value));
        if let Some(again) = internals::encode_marks(first, &read) {
            assert_eq!(internals::decode_marks(first, &again), read);
        } else {
            assert!(read.is_empty());
        }
    });
}

#[test]
fn sealed_values_of_meta_are_what_the_plain_reading_says() {
    bolero::check!().with_type::<Case>().with_iterations(SHORT).for_each(|case| {
        let counts = field(&case.before, 20);
        let mut value = [counts, case.behind.iter().copied().take(2).collect()].concat();
        let sum = crc32c::crc32c(&[b"deletions", &value[..]].concat());
        value.extend_from_slice(&sum.to_le_bytes());
        let read = internals::decode_deletions(&value);
        assert_eq!(read, plain::deletions(&value));
        assert_eq!(read.is_some(), case.behind.is_empty());
        if let Some((generation, counts)) = read {
            assert_eq!(internals::encode_deletions(generation, counts), value);
        }
        let key = format!("heads/{}", String::from_utf8_lossy(&case.behind));
        let mut head = field(&case.before, 32);
        let sum = crc32c::crc32c(&[key.as_bytes(), &head[..]].concat());
        head.extend_from_slice(&sum.to_le_bytes());
        head.extend(case.before.iter().take(usize::from(case.fixed[0] % 2)));
        let read = internals::decode_head(&key, &head);
        assert_eq!(read, plain::head(&key, &head));
        if let Some(reference) = read {
            assert_eq!(internals::encode_head(&key, reference).as_slice(), head);
        }
        case.disturb(&mut head, 0);
        assert_eq!(internals::decode_head(&key, &head), plain::head(&key, &head));
    });
}
