//! The value of the `revisions` table: one revision.
//!
//! Byte by byte: `docs/format.md`, "Table `revisions`".
//!
//! Fixed fields are little-endian. Two sums, so that a scan at open need not read payloads and a
//! damaged payload does not cost the place of its revision in the graph.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use crate::Ref;
use crate::graph::Pos;
use crate::revision::Kind;
use crate::store::format::key;
use crate::varint;

/// A record, borrowed from the page that it stands on.
#[derive(Debug)]
pub(crate) struct Record<'a> {
    pub(crate) reference: Ref,
    pub(crate) generation: u32,
    pub(crate) kind: Kind,
    pub(crate) payload: &'a [u8],
    payload_sum: u32,
    parents: &'a [u8],
}

impl Record<'_> {
    /// Whether the payload is what was written.
    pub(crate) fn is_whole(&self) -> bool {
        crc32c::crc32c(self.payload) == self.payload_sum
    }

    /// The positions of the parents, in order.
    pub(crate) fn parents(&self) -> impl Iterator<Item = Pos> {
        let mut rest = self.parents;
        std::iter::from_fn(move || varint::take(&mut rest).map(Pos::new))
    }
}

/// Writes a record into `out`, which it clears first.
pub(crate) fn encode(pos: Pos, staged: &crate::write::Staged<'_>, out: &mut Vec<u8>) {
    encode_header(pos, staged, out);
    out.extend_from_slice(staged.payload);
}

/// Writes what stands before the payload into `out`, which it clears first.
pub(crate) fn encode_header(pos: Pos, staged: &crate::write::Staged<'_>, out: &mut Vec<u8>) {
    out.clear();
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(staged.reference.as_bytes());
    out.extend_from_slice(&crc32c::crc32c(staged.payload).to_le_bytes());
    out.push(match staged.kind {
        Kind::Json => 0,
        Kind::Bytes => 1,
    });
    varint::put(staged.generation, out);
    varint::put(u32::try_from(staged.parents.len()).unwrap_or(u32::MAX), out);
    for parent in &staged.parents {
        varint::put(parent.get(), out);
    }
    let sum = header_sum(pos, out.get(4..).unwrap_or_default());
    if let Some(field) = out.first_chunk_mut::<4>() {
        *field = sum.to_le_bytes();
    }
}

/// Reads the record at `pos`; `None` where its header is damaged. The payload is not checked.
pub(crate) fn decode(pos: Pos, value: &[u8]) -> Option<Record<'_>> {
    let (sum, header) = value.split_first_chunk::<4>()?;
    let (reference, rest) = header.split_first_chunk::<32>()?;
    let (payload_sum, rest) = rest.split_first_chunk::<4>()?;
    let (kind, mut rest) = rest.split_first()?;
    let generation = varint::take(&mut rest)?;
    let count = varint::take(&mut rest)?;
    let from_parents = rest;
    for _ in 0..count {
        if varint::take(&mut rest)? >= pos.get() {
            return None;
        }
    }
    let parents = from_parents.get(..from_parents.len().checked_sub(rest.len())?)?;
    let header = header.get(..header.len().checked_sub(rest.len())?)?;
    if header_sum(pos, header).to_le_bytes() != *sum {
        return None;
    }
    Some(Record {
        reference: Ref::from_bytes(*reference),
        generation,
        kind: match kind {
            0 => Kind::Json,
            1 => Kind::Bytes,
            _ => return None,
        },
        payload: rest,
        payload_sum: u32::from_le_bytes(*payload_sum),
        parents,
    })
}

fn header_sum(pos: Pos, header: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&key(pos)), header)
}

#[cfg(test)]
#[expect(clippy::indexing_slicing, reason = "a test may panic")]
mod tests {
    use super::*;
    use crate::write::Staged;

    fn sample(payload: &[u8]) -> (Pos, Vec<u8>) {
        let staged = Staged {
            reference: Ref::from_bytes([7; 32]),
            generation: 300,
            parents: vec![Pos::new(5), Pos::new(70_000)],
            kind: Kind::Json,
            payload,
            erased: None,
        };
        let mut out = vec![9; 3];
        let pos = Pos::new(70_001);
        encode(pos, &staged, &mut out);
        (pos, out)
    }

    #[test]
    fn a_record_reads_back_as_it_was_written() {
        let (pos, value) = sample(b"{\"a\":1}");
        let record = decode(pos, &value).unwrap();
        assert_eq!(record.reference, Ref::from_bytes([7; 32]));
        assert_eq!(record.generation, 300);
        assert_eq!(record.parents().collect::<Vec<_>>(), [Pos::new(5), Pos::new(70_000)]);
        assert_eq!(record.payload, b"{\"a\":1}");
        assert!(record.is_whole());
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let (pos, value) = sample(b"payload");
        for bit in 0..value.len() * 8 {
            let mut damaged = value.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            let seen = decode(pos, &damaged).is_none_or(|record| !record.is_whole());
            assert!(seen, "bit {bit}");
        }
    }

    #[test]
    fn a_record_at_another_position_is_damaged() {
        let (_, value) = sample(b"payload");
        assert!(decode(Pos::new(70_002), &value).is_none());
    }

    #[test]
    fn every_truncation_is_noticed() {
        let (pos, value) = sample(b"payload");
        for len in 0..value.len() {
            assert!(decode(pos, &value[..len]).is_none_or(|record| !record.is_whole()));
        }
    }
}
