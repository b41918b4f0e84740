//! The values in the file as the tables of `docs/format.md` define them, read plainly: one field after another,
//! with numbers that cannot overflow.
#![cfg(test)]

use std::collections::BTreeMap;

use histo_core::Ref;
use histo_core::internals::{Loss, Remnant, Stored};
use histo_core::revision::Kind;

/// Revisions of a chunk, a block of `gone` and of `marks`.
pub(crate) const CHUNK: u64 = 4096;

/// Takes fields from the front of a value.
pub(crate) struct Fields<'v>(pub(crate) &'v [u8]);

impl<'v> Fields<'v> {
    fn bytes(&mut self, count: usize) -> Option<&'v [u8]> {
        let field = self.0.get(..count)?;
        self.0 = &self.0[count..];
        Some(field)
    }

    /// A number of some bytes, the lowest first.
    fn fixed(&mut self, count: usize) -> Option<u64> {
        Some(self.bytes(count)?.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte)))
    }

    /// Seven bits a byte, the lowest first, at most five bytes, below 2^32.
    fn varint(&mut self) -> Option<u64> {
        let length = 1 + self.0.iter().position(|&byte| byte < 0x80)?;
        let bytes = self.bytes(length).filter(|bytes| bytes.len() <= 5)?;
        let number =
            bytes.iter().rev().fold(0, |number, byte| number << 7 | u64::from(byte & 0x7f));
        (number < 1 << 32).then_some(number)
    }

    fn reference(&mut self) -> Option<Ref> {
        Some(Ref::from_bytes(self.bytes(32)?.try_into().unwrap()))
    }
}

fn narrow(number: u64) -> u32 {
    u32::try_from(number).unwrap()
}

/// The checksum of a value whose key is a position.
pub(crate) fn sum_of(key: u32, rest: &[u8]) -> u32 {
    let key = [24, 16, 8, 0].map(|shift| (key >> shift & 0xff) as u8);
    crc32c::crc32c(&[&key, rest].concat())
}

/// Returns the bytes after the checksum, if it is right.
fn unsealed(key: u32, value: &[u8]) -> Option<Fields<'_>> {
    let mut fields = Fields(value);
    let told = fields.fixed(4)?;
    (told == u64::from(sum_of(key, fields.0))).then_some(fields)
}

/// Returns where the header of a record ends, and where its body begins, unchecked.
pub(crate) fn body_of(value: &[u8]) -> Option<(usize, usize)> {
    let parts = parts_of(value)?;
    let meta = usize::try_from(parts.meta.unwrap_or(0)).unwrap();
    Some((parts.start, (parts.start + meta).min(value.len())))
}

/// The fields of a record; only their presence is checked.
struct Parts {
    reference: Ref,
    body_sum: u64,
    flags: u64,
    generation: u32,
    parents: Vec<u64>,
    meta: Option<u64>,
    /// Length of the text, how far back the base is, and length of the unpacked hunks.
    text: Option<u64>,
    base: Option<u64>,
    unpacked: Option<u64>,
    /// Where the meta or the body begins.
    start: usize,
}

fn parts_of(value: &[u8]) -> Option<Parts> {
    let mut fields = Fields(value);
    fields.bytes(4)?;
    let (reference, body_sum, flags) = (fields.reference()?, fields.fixed(4)?, fields.fixed(1)?);
    let generation = narrow(fields.varint()?);
    let mut parents = Vec::new();
    for _ in 0..fields.varint()? {
        parents.push(fields.varint()?);
    }
    let (mut meta, mut text, mut base, mut unpacked) = (None, None, None, None);
    if flags >= 128 {
        let form = flags / 2 % 4;
        if flags / 8 % 2 == 1 {
            meta = Some(fields.varint()?);
            fields.fixed(4)?;
        }
        if form > 0 {
            text = Some(fields.varint()?);
            fields.fixed(4)?;
        }
        if form > 1 {
            base = Some(fields.varint()?);
        }
        if form > 2 {
            unpacked = Some(fields.varint()?);
        }
    }
    let start = value.len() - fields.0.len();
    Some(Parts {
        reference,
        body_sum,
        flags,
        generation,
        parents,
        meta,
        text,
        base,
        unpacked,
        start,
    })
}

/// A record.
pub(crate) fn record(pos: u32, value: &[u8]) -> Option<Stored> {
    let parts = parts_of(value)?;
    unsealed(pos, &value[..parts.start])?;
    let is_new = parts.flags >= 128;
    let is_snapshot = parts.flags / 16 % 2 == 1;
    let flags_fit = if is_new {
        parts.flags / 32 % 4 == 0 && (!is_snapshot || parts.base.is_some())
    } else {
        parts.flags < 2
    };
    let in_range = |back: &u64| *back >= 1 && *back <= u64::from(pos);
    let parents_fit = parts
        .parents
        .iter()
        .all(|parent| if is_new { in_range(parent) } else { *parent < u64::from(pos) });
    let meta = parts.meta.unwrap_or(0);
    let fits = flags_fit
        && parents_fit
        && parts.meta.is_none_or(|meta| (1..=65_536).contains(&meta))
        && parts.text.is_none_or(|text| text < 1 << 30)
        && parts.base.as_ref().is_none_or(in_range)
        && parts.unpacked.is_none_or(|unpacked| Some(unpacked) <= parts.text);
    if !fits {
        return None;
    }
    let payload = value.get(parts.start + usize::try_from(meta).unwrap()..)?.to_vec();
    let at = |number: u64| if is_new { pos - narrow(number) } else { narrow(number) };
    let stored = Stored {
        reference: parts.reference,
        generation: parts.generation,
        parents: parts.parents.iter().map(|&parent| at(parent)).collect(),
        kind: if parts.flags % 2 == 0 { Kind::Json } else { Kind::Bytes },
        payload,
        base: parts.base.map(at),
    };
    (u64::from(crc32c::crc32c(&stored.payload)) == parts.body_sum).then_some(stored)
}

/// The revisions of a chunk as far as they can be read.
pub(crate) fn chunk(first: u32, value: &[u8]) -> Option<Vec<(Ref, Vec<u32>)>> {
    let mut lists = unsealed(first, value)?;
    let mut refs = Fields(lists.bytes(131_072)?);
    let mut revisions = Vec::new();
    for pos in u64::from(first)..u64::from(first) + CHUNK {
        let Some(parents) = distances(pos, &mut lists) else {
            break;
        };
        revisions.push((refs.reference()?, parents));
    }
    Some(revisions)
}

fn distances(pos: u64, lists: &mut Fields<'_>) -> Option<Vec<u32>> {
    let mut parents = Vec::new();
    for _ in 0..lists.varint()? {
        let back = lists.varint().filter(|&back| back > 0 && back <= pos)?;
        parents.push(narrow(pos - back));
    }
    Some(parents)
}

/// A tombstone. Its sum covers all but a kept meta, which has one of its own.
pub(crate) fn tombstone(pos: u32, value: &[u8]) -> Option<Remnant> {
    let mut fields = Fields(value);
    let sum = fields.fixed(4)?;
    let (reference, digest) = (fields.reference()?, fields.reference()?);
    let (flags, loss) = (fields.fixed(1)?, fields.fixed(1)?);
    let hash = if flags & 2 == 0 { None } else { Some(*fields.reference()?.as_bytes()) };
    let generation = narrow(fields.varint()?);
    let mut parents = Vec::new();
    for _ in 0..fields.varint()? {
        let parent = fields.varint().filter(|&parent| parent < pos.into())?;
        parents.push((narrow(parent), fields.reference()?));
    }
    let told = if flags & 4 == 0 { (0, 0) } else { (fields.varint()?, fields.fixed(4)?) };
    let kept = fields.0;
    let header = &value[4..value.len() - kept.len()];
    let is_right = sum == u64::from(sum_of(pos, header))
        && [0, 1, 2, 3, 6, 7].contains(&flags)
        && told.0 == kept.len() as u64
        && (flags & 4 == 0) == kept.is_empty()
        && kept.len() <= 65_536
        && told.1 == u64::from(crc32c::crc32c(kept));
    if !is_right {
        return None;
    }
    let losses = BTreeMap::from([
        (0, Loss::Erased),
        (1, Loss::Cut),
        (2, Loss::Filled),
        (3, Loss::Elsewhere),
        (4, Loss::ErasedAndCut),
    ]);
    let loss = *losses.get(&loss)?;
    let kind = if flags & 1 == 0 { Kind::Json } else { Kind::Bytes };
    let digest = *digest.as_bytes();
    let meta = hash.map(|hash| (hash, (flags & 4 != 0).then(|| kept.to_vec())));
    Some(Remnant { reference, digest, meta, kind, loss, generation, parents })
}

/// The number of a block's last deletion, and the deleted slots, ascending.
pub(crate) fn deleted(first: u32, value: &[u8]) -> Option<(u64, Vec<u32>)> {
    let mut fields = unsealed(first, value)?;
    let generation = fields.fixed(8)?;
    let mut slots = Vec::new();
    let (mut slot, mut is_deleted) = (0, false);
    while !fields.0.is_empty() {
        let end = slot + fields.varint()?;
        if end > CHUNK {
            return None;
        }
        slots.extend((slot..end).filter(|_| is_deleted).map(narrow));
        (slot, is_deleted) = (end, !is_deleted);
    }
    Some((generation, slots))
}

/// The times of a block's positions, as far as they can be read.
pub(crate) fn marks(first: u32, value: &[u8]) -> BTreeMap<u32, u64> {
    let mut times = BTreeMap::new();
    let Some(mut fields) = unsealed(first, value) else {
        return times;
    };
    let end = (u64::from(first) + CHUNK).min(u32::MAX.into());
    let mut pos = u64::from(first);
    while let (Some(length), Some(time)) = (fields.varint(), fields.fixed(8)) {
        let until = end.min(pos + length);
        times.extend((pos..until).filter(|_| time != 0).map(|pos| (narrow(pos), time)));
        pos = until;
    }
    times
}

/// The number of deletions, and the counts stored with it.
pub(crate) fn deletions(value: &[u8]) -> Option<(u64, [u32; 3])> {
    let sealed = value.get(..20)?;
    let mut fields = Fields(value);
    let generation = fields.fixed(8)?;
    let counts = [(); 3].map(|()| fields.fixed(4).map(narrow));
    let told = fields.fixed(4)?;
    let sum = crc32c::crc32c(&[b"deletions", sealed].concat());
    let [Some(next), Some(missing), Some(unswept)] = counts else {
        return None;
    };
    (fields.0.is_empty() && told == u64::from(sum))
        .then_some((generation, [next, missing, unswept]))
}

/// The ref of a head.
pub(crate) fn head(key: &str, value: &[u8]) -> Option<Ref> {
    let mut fields = Fields(value);
    let reference = fields.reference()?;
    let told = fields.fixed(4)?;
    let sum = crc32c::crc32c(&[key.as_bytes(), reference.as_bytes()].concat());
    (fields.0.is_empty() && told == u64::from(sum)).then_some(reference)
}

/// Returns what hunks make from a base; `None` if they are damaged.
pub(crate) fn hunks(base: &[u8], list: &[u8]) -> Option<Vec<u8>> {
    let (mut text, mut cursor, mut fields) = (Vec::new(), 0, Fields(list));
    let size = |number: u64| usize::try_from(number).unwrap();
    while !fields.0.is_empty() {
        let copied = fields.varint()?;
        text.extend(base.get(size(cursor)..)?.get(..size(copied))?);
        let count = fields.varint()?;
        text.extend(fields.bytes(size(count))?);
        let moved = fields.varint()?;
        let (forward, back) = if moved % 2 == 0 { (moved / 2, 0) } else { (0, moved / 2 + 1) };
        cursor = (cursor + copied + forward).checked_sub(back)?;
        base.get(size(cursor)..)?;
    }
    text.extend(&base[size(cursor)..]);
    Some(text)
}

/// How many positions back each base of a chunk is.
pub(crate) fn bases(first: u32, value: &[u8]) -> Option<Vec<u32>> {
    let mut fields = unsealed(first, value)?;
    if fields.0.is_empty() {
        return Some(vec![0; 4096]);
    }
    let back = |n: u64| fields.varint().filter(|&back| back <= u64::from(first) + n).map(narrow);
    let all: Option<Vec<u32>> = (0..CHUNK).map(back).collect();
    all.filter(|_| fields.0.is_empty())
}
