//! The members of objects whose keys are out of order.
//!
//! Holds what `emit` needs to reorder them: spans of the output before sorting. Nested objects are found from
//! the member that contains them. Objects in order are not recorded.

use super::order;
use super::refusal::invalid;
use super::source::Source;
use crate::{Result, grow};
use std::cmp::Ordering;
use std::ops::Range;

/// One `"key":value`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Member {
    /// Offset of the key's opening quote.
    start: u32,
    /// Offset of the key's closing quote.
    key_end: u32,
    /// Offset after the value.
    end: u32,
    /// Index of the first object inside the value, if it has any.
    first_object: u32,
    /// The key's first four bytes, which decide most comparisons; [`NOT_PLAIN`] if they must not.
    prefix: u32,
}

/// Prefix of a key whose bytes compare differently from its UTF-16 units. No plain key has it.
const NOT_PLAIN: u32 = u32::MAX;

/// An object that is out of order, or contains one that is.
#[derive(Debug, Clone, Default)]
pub(super) struct Object {
    /// Offset of the opening brace.
    pub(super) start: usize,
    /// Offset of the closing brace.
    pub(super) end: usize,
    /// Its members in canonical order, as a range of [`Members::sorted`]; empty if it is in order.
    pub(super) members: Range<usize>,
    /// Index of the first object that begins after this one's end.
    pub(super) following: usize,
}

/// A part of the output before sorting.
#[derive(Debug, Clone)]
pub(super) struct Span {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Index of the first object that begins at `start` or later.
    pub(super) first_object: usize,
}

impl From<&Member> for Span {
    fn from(member: &Member) -> Self {
        Self {
            start: member.start as usize,
            end: member.end as usize,
            first_object: member.first_object as usize,
        }
    }
}

/// An open object, as the grammar keeps it on its stack.
#[derive(Debug)]
pub(super) struct Open {
    first_member: usize,
    slot: usize,
    in_order: bool,
}

/// The members of all open objects, and of those that are out of order.
#[derive(Debug, Default)]
pub(super) struct Members {
    open: Vec<Member>,
    sorted: Vec<Member>,
    objects: Vec<Object>,
}

impl Members {
    pub(super) fn clear(&mut self) {
        self.open.clear();
        self.sorted.clear();
        self.objects.clear();
    }

    /// Frees buffers of more than `kept` elements.
    pub(super) fn trim(&mut self, kept: usize) {
        if self.open.capacity() > kept || self.objects.capacity() > kept {
            *self = Self::default();
        }
    }

    /// Whether every object read so far is in order.
    pub(super) const fn in_order(&self) -> bool {
        self.objects.is_empty()
    }

    /// Objects that are out of order or contain one that is, by their start.
    pub(super) fn objects(&self) -> &[Object] {
        &self.objects
    }

    /// Takes the first of the members in a range of those that were sorted.
    pub(super) fn next_of(&self, members: &mut Range<usize>) -> Option<Span> {
        members.next().and_then(|number| self.sorted.get(number)).map(Span::from)
    }

    /// Records an object whose opening brace is at `start`.
    ///
    /// # Errors
    /// `TooLarge` without memory for it, here and below.
    pub(super) fn open(&mut self, start: u32) -> Result<Open> {
        let slot = self.objects.len();
        grow(&mut self.objects, 1)?;
        self.objects.push(Object { start: start as usize, ..Object::default() });
        Ok(Open { first_member: self.open.len(), slot, in_order: true })
    }

    /// Records a key (offsets of its quotes) and how it compares with the one before it.
    ///
    /// # Errors
    /// Misuse if it repeats that one.
    pub(super) fn key(
        &mut self,
        object: &mut Open,
        quotes: Range<u32>,
        plain: bool,
        source: &Source<'_>,
    ) -> Result<()> {
        let first_object = u32::try_from(self.objects.len()).unwrap_or(u32::MAX);
        let prefix = if plain { prefix(source.token(inside(&quotes))) } else { NOT_PLAIN };
        let Range { start, end: key_end } = quotes;
        let member = Member { start, key_end, end: 0, first_object, prefix };
        let siblings = self.open.get(object.first_member..).unwrap_or_default();
        if object.in_order
            && let Some(previous) = siblings.last()
        {
            match compare(previous, &member, source) {
                Ordering::Less => {}
                Ordering::Equal => return Err(invalid(source.pos(), "duplicate key")),
                Ordering::Greater => object.in_order = false,
            }
        }
        grow(&mut self.open, 1)?;
        self.open.push(member);
        Ok(())
    }

    /// Records where the value of the latest key ends.
    pub(super) fn end_value(&mut self, end: u32) {
        if let Some(member) = self.open.last_mut() {
            member.end = end;
        }
    }

    /// Records the closing brace, which is next in `source`; sorts members that are out of order.
    ///
    /// # Errors
    /// Misuse if two keys are equal.
    pub(super) fn close(&mut self, object: &Open, source: &Source<'_>) -> Result<()> {
        if !object.in_order {
            self.sort(object, source)?;
        } else if self.objects.len() == object.slot.wrapping_add(1) {
            self.objects.pop(); // in order, and so is everything inside
        }
        self.open.truncate(object.first_member);
        Ok(())
    }

    fn sort(&mut self, object: &Open, source: &Source<'_>) -> Result<()> {
        let members = self.open.get_mut(object.first_member..).unwrap_or_default();
        members.sort_unstable_by(|left, right| compare(left, right, source));
        if members.is_sorted_by(|left, right| compare(left, right, source).is_lt()) {
            let from = self.sorted.len();
            grow(&mut self.sorted, members.len())?;
            self.sorted.extend_from_slice(members);
            let following = self.objects.len();
            if let Some(slot) = self.objects.get_mut(object.slot) {
                slot.end = source.offset() as usize;
                slot.members = from..self.sorted.len();
                slot.following = following;
            }
            return Ok(());
        }
        Err(invalid(source.pos(), "duplicate key in the object that ends here"))
    }
}

/// Returns the first four bytes of a plain key as a number that compares as they do. Padded with zeros, which
/// no plain key contains.
fn prefix(key: &[u8]) -> u32 {
    if let Some(&bytes) = key.first_chunk::<4>() {
        return u32::from_le_bytes(bytes).swap_bytes();
    }
    let mut padded = [0; 4];
    for (place, byte) in padded.iter_mut().zip(key) {
        *place = *byte;
    }
    u32::from_le_bytes(padded).swap_bytes()
}

/// Compares in the order of RFC 8785, 3.2.3. Keys are equal only if their bytes are, since canonical spelling
/// is unique.
#[inline]
fn compare(left: &Member, right: &Member, source: &Source<'_>) -> Ordering {
    let plain = left.prefix != NOT_PLAIN && right.prefix != NOT_PLAIN;
    if plain && left.prefix != right.prefix {
        return left.prefix.cmp(&right.prefix);
    }
    let [left, right] = [left, right].map(|member| inside(&(member.start..member.key_end)));
    compare_whole(left, right, plain, source)
}

/// Takes the keys by value, so that [`compare`] keeps a new member in registers.
#[inline(never)]
fn compare_whole(
    left: Range<u32>,
    right: Range<u32>,
    plain: bool,
    source: &Source<'_>,
) -> Ordering {
    let (left, right) = (source.token(left), source.token(right));
    if plain { left.cmp(right) } else { order::compare(left, right) }
}

/// Returns the bytes between two quotes.
const fn inside(quotes: &Range<u32>) -> Range<u32> {
    quotes.start.wrapping_add(1)..quotes.end
}
