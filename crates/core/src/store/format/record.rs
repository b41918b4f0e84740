//! The value of the `revisions` table: one revision.
//!
//! Byte by byte: `docs/format.md`, "Table `revisions`".
//!
//! Fixed fields are little-endian. Header and body have a checksum each, so that opening need not read bodies,
//! and a damaged body leaves its revision in the graph. Writes records of format 3; reads those of formats 1
//! and 2 too.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use crate::Ref;
use crate::delta::LONGEST;
use crate::graph::Pos;
use crate::revision::{Damaged, Kind, StoredMeta};
use crate::store::format::key;
use crate::varint;
use crate::write::Staged;

/// Set in the flags of a record of format 3.
const NEW: u8 = 0x80;
const BINARY: u8 = 0x01;
const META: u8 = 0x08;
const SNAPSHOT: u8 = 0x10;
const UNUSED: u8 = 0x60;
/// At most this many bytes in a meta.
const LONGEST_META: u32 = 1 << 16;

/// How a text is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// As it is.
    Raw,
    /// As a zstd frame.
    Zstd,
    /// As hunks on another record's text.
    Hunks {
        base: Pos,
        /// Bytes of the hunks, if they are compressed in a zstd frame.
        unpacked: Option<u32>,
        is_snapshot: bool,
    },
}

/// A stored text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Body<'a> {
    pub(crate) form: Form,
    pub(crate) bytes: &'a [u8],
    /// Length and checksum of the text, which is `bytes` in the raw form.
    pub(crate) length: usize,
    pub(crate) sum: u32,
}

impl<'a> Body<'a> {
    /// A text stored as it is.
    pub(crate) fn raw(text: &'a [u8]) -> Self {
        let (length, sum) = (text.len(), crc32c::crc32c(text));
        Self { form: Form::Raw, bytes: text, length, sum }
    }

    /// Whether a text is the one that this body stands for.
    pub(crate) fn is_of(&self, text: &[u8]) -> bool {
        text.len() == self.length && crc32c::crc32c(text) == self.sum
    }

    /// The position of the base.
    pub(crate) const fn base(&self) -> Option<Pos> {
        match self.form {
            Form::Hunks { base, .. } => Some(base),
            Form::Raw | Form::Zstd => None,
        }
    }
}

/// A record, borrowed from its page.
#[derive(Debug)]
pub(crate) struct Record<'a> {
    pub(crate) reference: Ref,
    pub(crate) generation: u32,
    pub(crate) kind: Kind,
    pub(crate) body: Body<'a>,
    body_sum: u32,
    parents: Parents<'a>,
    meta: Option<(u32, &'a [u8])>,
}

#[derive(Debug, Clone, Copy)]
enum Parents<'a> {
    At(&'a [u8]),
    /// Distances back from a position.
    Back(Pos, &'a [u8]),
}

impl<'a> Record<'a> {
    /// Whether the body is as it was written.
    pub(crate) fn is_whole(&self) -> bool {
        crc32c::crc32c(self.body.bytes) == self.body_sum
    }

    /// The positions of the parents, in order.
    pub(crate) fn parents(&self) -> impl Iterator<Item = Pos> + use<'a> {
        let (from, mut rest) = match self.parents {
            Parents::At(rest) => (None, rest),
            Parents::Back(pos, rest) => (Some(pos), rest),
        };
        std::iter::from_fn(move || {
            let number = varint::take(&mut rest)?;
            Some(Pos::new(from.map_or(number, |pos| pos.get().wrapping_sub(number))))
        })
    }

    /// Returns the stored meta, damaged or not: its checksum and its bytes.
    pub(crate) const fn raw_meta(&self) -> Option<(u32, &'a [u8])> {
        self.meta
    }

    /// Returns the canonical JSON of the meta; an error if it is damaged.
    pub(crate) fn meta(&self) -> StoredMeta<'a> {
        match self.meta {
            Some((sum, meta)) if crc32c::crc32c(meta) != sum => Err(Damaged),
            meta => Ok(meta.map(|(_, meta)| meta)),
        }
    }
}

/// Writes a record into `out`, which it clears first.
pub(crate) fn encode(pos: Pos, staged: &Staged<'_>, body: &Body<'_>, out: &mut Vec<u8>) {
    encode_header(pos, staged, body, out);
    out.extend_from_slice(body.bytes);
}

/// Writes the part before the body into `out`, which it clears first.
pub(crate) fn encode_header(pos: Pos, staged: &Staged<'_>, body: &Body<'_>, out: &mut Vec<u8>) {
    let meta = staged.meta.map(|meta| (crc32c::crc32c(meta), meta));
    encode_with_meta(pos, staged, body, meta, out);
}

/// As `encode_header`, with the stored meta, damaged or not.
pub(crate) fn encode_with_meta(
    pos: Pos,
    staged: &Staged<'_>,
    body: &Body<'_>,
    meta: Option<(u32, &[u8])>,
    out: &mut Vec<u8>,
) {
    out.clear();
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(staged.reference.as_bytes());
    let body_sum = if body.form == Form::Raw { body.sum } else { crc32c::crc32c(body.bytes) };
    out.extend_from_slice(&body_sum.to_le_bytes());
    let binary = if staged.kind == Kind::Bytes { BINARY } else { 0 };
    let with_meta = if meta.is_some() { META } else { 0 };
    out.push(NEW | binary | form_bits(body.form) | with_meta);
    varint::put(staged.generation, out);
    varint::put(number(staged.parents.len()), out);
    for parent in &staged.parents {
        varint::put(pos.get().wrapping_sub(parent.get()), out);
    }
    if let Some((sum, meta)) = meta {
        varint::put(number(meta.len()), out);
        out.extend_from_slice(&sum.to_le_bytes());
    }
    if body.form != Form::Raw {
        varint::put(number(body.length), out);
        out.extend_from_slice(&body.sum.to_le_bytes());
    }
    if let Form::Hunks { base, unpacked, .. } = body.form {
        varint::put(pos.get().wrapping_sub(base.get()), out);
        if let Some(unpacked) = unpacked {
            varint::put(unpacked, out);
        }
    }
    let sum = header_sum(pos, out.get(4..).unwrap_or_default());
    if let Some(field) = out.first_chunk_mut::<4>() {
        *field = sum.to_le_bytes();
    }
    out.extend_from_slice(meta.map_or(&[], |(_, meta)| meta));
}

const fn form_bits(form: Form) -> u8 {
    match form {
        Form::Raw => 0,
        Form::Zstd => 1 << 1,
        Form::Hunks { unpacked, is_snapshot, .. } => {
            let form = if unpacked.is_none() { 2 << 1 } else { 3 << 1 };
            if is_snapshot { form | SNAPSHOT } else { form }
        }
    }
}

fn number(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// Reads the record at `pos`; `None` if its header is damaged. Does not check meta and body.
pub(crate) fn decode(pos: Pos, value: &[u8]) -> Option<Record<'_>> {
    let (sum, header) = value.split_first_chunk::<4>()?;
    let (reference, rest) = header.split_first_chunk::<32>()?;
    let (body_sum, rest) = rest.split_first_chunk::<4>()?;
    let (&flags, mut rest) = rest.split_first()?;
    let is_new = flags & NEW != 0;
    if if is_new { flags & UNUSED != 0 } else { flags > BINARY } {
        return None;
    }
    let generation = varint::take(&mut rest)?;
    let parents = take_parents(pos, is_new, &mut rest)?;
    let body_sum = u32::from_le_bytes(*body_sum);
    let meta = if is_new && flags & META != 0 { Some(take_meta(&mut rest)?) } else { None };
    let body = if is_new { take_form(pos, flags, &mut rest)? } else { None };
    let header = header.get(..header.len().checked_sub(rest.len())?)?;
    if header_sum(pos, header).to_le_bytes() != *sum {
        return None;
    }
    let (meta, bytes) = match meta {
        Some((length, sum)) => {
            let (meta, bytes) = rest.split_at_checked(length as usize)?;
            (Some((sum, meta)), bytes)
        }
        None => (None, rest),
    };
    let (form, length, sum) = body.unwrap_or((Form::Raw, bytes.len(), body_sum));
    Some(Record {
        reference: Ref::from_bytes(*reference),
        generation,
        kind: if flags & BINARY == 0 { Kind::Json } else { Kind::Bytes },
        body: Body { form, bytes, length, sum },
        body_sum,
        parents,
        meta,
    })
}

fn take_parents<'a>(pos: Pos, is_new: bool, rest: &mut &'a [u8]) -> Option<Parents<'a>> {
    let count = varint::take(rest)?;
    let from = *rest;
    for _ in 0..count {
        let number = varint::take(rest)?;
        let fits = if is_new { (1..=pos.get()).contains(&number) } else { number < pos.get() };
        if !fits {
            return None;
        }
    }
    let parents = from.get(..from.len().checked_sub(rest.len())?)?;
    Some(if is_new { Parents::Back(pos, parents) } else { Parents::At(parents) })
}

/// Takes length and checksum of the meta.
fn take_meta(rest: &mut &[u8]) -> Option<(u32, u32)> {
    let length = varint::take(rest).filter(|length| (1..=LONGEST_META).contains(length))?;
    Some((length, take_sum(rest)?))
}

fn take_sum(rest: &mut &[u8]) -> Option<u32> {
    let (sum, behind) = rest.split_first_chunk::<4>()?;
    *rest = behind;
    Some(u32::from_le_bytes(*sum))
}

/// Takes form, length and checksum of a text that is not stored as it is.
#[expect(clippy::option_option, reason = "damaged, or as it is")]
fn take_form(pos: Pos, flags: u8, rest: &mut &[u8]) -> Option<Option<(Form, usize, u32)>> {
    let form = flags >> 1 & 3;
    let is_snapshot = flags & SNAPSHOT != 0;
    if is_snapshot && form < 2 {
        return None;
    }
    if form == 0 {
        return Some(None);
    }
    let length = varint::take(rest)? as usize;
    if length >= LONGEST {
        return None;
    }
    let sum = take_sum(rest)?;
    if form == 1 {
        return Some(Some((Form::Zstd, length, sum)));
    }
    let back = varint::take(rest).filter(|back| (1..=pos.get()).contains(back))?;
    let unpacked = if form == 3 {
        Some(varint::take(rest).filter(|&unpacked| unpacked as usize <= length)?)
    } else {
        None
    };
    let base = Pos::new(pos.get().checked_sub(back)?);
    Some(Some((Form::Hunks { base, unpacked, is_snapshot }, length, sum)))
}

fn header_sum(pos: Pos, header: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&key(pos)), header)
}

#[cfg(test)]
#[expect(clippy::indexing_slicing, reason = "a test may panic")]
mod tests {
    use super::*;

    const POS: Pos = Pos::new(70_001);

    fn staged<'a>(payload: &'a [u8], meta: &'a [u8]) -> Staged<'a> {
        Staged {
            reference: Ref::from_bytes([7; 32]),
            generation: 300,
            parents: vec![Pos::new(5), Pos::new(70_000)],
            kind: Kind::Json,
            payload,
            meta: (!meta.is_empty()).then_some(meta),
            erased: None,
        }
    }

    fn forms() -> Vec<Form> {
        let hunks =
            |unpacked, is_snapshot| Form::Hunks { base: Pos::new(69_000), unpacked, is_snapshot };
        vec![Form::Raw, Form::Zstd, hunks(None, false), hunks(Some(900), false), hunks(None, true)]
    }

    fn written(form: Form, meta: &[u8]) -> Vec<u8> {
        let text = b"{\"a\":1}".repeat(200);
        let body = match form {
            Form::Raw => Body::raw(&text),
            form => Body { form, bytes: b"stored", length: text.len(), sum: 77 },
        };
        let mut out = vec![9; 3];
        encode_header(POS, &staged(&text, meta), &body, &mut out);
        out.extend_from_slice(body.bytes);
        out
    }

    /// As formats 1 and 2 have it.
    fn old() -> Vec<u8> {
        let mut out = vec![7; 32];
        out.extend_from_slice(&crc32c::crc32c(b"[1,2]").to_le_bytes());
        out.extend_from_slice(&[1, 0xac, 2, 2, 5, 0xf0, 0xa2, 4]);
        let sum = header_sum(POS, &out);
        [&sum.to_le_bytes()[..], &out, b"[1,2]"].concat()
    }

    #[test]
    fn a_record_reads_back_as_it_was_written() {
        for (form, meta) in forms().into_iter().zip([&b""[..], b"", b"{\"m\":1}", b"{}", b""]) {
            let value = written(form, meta);
            let record = decode(POS, &value).unwrap();
            assert_eq!(record.reference, Ref::from_bytes([7; 32]));
            assert_eq!((record.generation, record.kind), (300, Kind::Json));
            assert_eq!(record.parents().collect::<Vec<_>>(), [Pos::new(5), Pos::new(70_000)]);
            assert_eq!((record.body.form, record.body.length), (form, 1400));
            assert_eq!(record.meta(), Ok((!meta.is_empty()).then_some(meta)));
            assert!(record.is_whole());
        }
    }

    #[test]
    fn a_record_of_format_1_is_read_as_it_is() {
        let value = old();
        let record = decode(POS, &value).unwrap();
        assert_eq!((record.generation, record.kind), (300, Kind::Bytes));
        assert_eq!(record.parents().collect::<Vec<_>>(), [Pos::new(5), Pos::new(70_000)]);
        assert_eq!(record.body, Body::raw(b"[1,2]"));
        assert!(record.is_whole());
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let values = forms().into_iter().map(|form| written(form, b"{\"m\":1}"));
        for value in values.chain([old()]) {
            for bit in 0..value.len() * 8 {
                let mut damaged = value.clone();
                damaged[bit / 8] ^= 1 << (bit % 8);
                let whole = |record: Record<'_>| record.is_whole() && record.meta().is_ok();
                assert!(!decode(POS, &damaged).is_some_and(whole), "bit {bit}");
            }
        }
    }

    #[test]
    fn damage_to_a_meta_costs_neither_the_header_nor_the_body() {
        let mut value = written(Form::Zstd, b"{\"m\":1}");
        let at = value.len() - b"stored".len() - 1;
        value[at] ^= 1;
        let record = decode(POS, &value).unwrap();
        assert!(record.is_whole());
        assert_eq!(record.meta(), Err(Damaged));
    }

    #[test]
    fn a_record_at_another_position_and_a_truncation_are_damaged() {
        for value in [written(Form::Zstd, b""), old()] {
            assert!(decode(Pos::new(70_002), &value).is_none());
            for len in 0..value.len() {
                assert!(decode(POS, &value[..len]).is_none_or(|record| !record.is_whole()));
            }
        }
    }
}
