//! The decoders of what stands in the file, for fuzz targets. Compiled out of releases.

use std::path::Path;

use crate::graph::Pos;
use crate::revision::Kind;
use crate::store::{chunk, heads, inspect, record};
use crate::write::Staged;
use crate::{Ref, Result};

/// What a record says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The revision.
    pub reference: Ref,
    /// Its generation.
    pub generation: u32,
    /// Positions of its parents.
    pub parents: Vec<u32>,
    /// How the payload is to be read.
    pub kind: Kind,
    /// The payload.
    pub payload: Vec<u8>,
}

/// Writes the record at a position.
pub fn encode_record(pos: u32, stored: &Stored) -> Vec<u8> {
    let staged = Staged {
        reference: stored.reference,
        generation: stored.generation,
        parents: stored.parents.iter().map(|&parent| Pos::new(parent)).collect(),
        kind: stored.kind,
        payload: &stored.payload,
        erased: None,
    };
    let mut out = Vec::new();
    record::encode(Pos::new(pos), &staged, &mut out);
    out
}

/// Reads the record at a position; `None` where it is damaged.
pub fn decode_record(pos: u32, value: &[u8]) -> Option<Stored> {
    let record = record::decode(Pos::new(pos), value)?;
    record.is_whole().then(|| Stored {
        reference: record.reference,
        generation: record.generation,
        parents: record.parents().map(Pos::get).collect(),
        kind: record.kind,
        payload: record.payload.to_vec(),
    })
}

/// Writes the chunk from a position on.
pub fn encode_chunk(first: u32, revisions: &[(Ref, Vec<u32>)]) -> Vec<u8> {
    let mut encoder = chunk::Encoder::default();
    for (pos, (reference, parents)) in (first..).zip(revisions) {
        let parents: Vec<_> = parents.iter().map(|&parent| Pos::new(parent)).collect();
        encoder.push(Pos::new(pos), reference, &parents);
    }
    encoder.finish(Pos::new(first))
}

/// Reads the revisions of a chunk with their parents; `None` where its sum is wrong.
pub fn decode_chunk(first: u32, value: &[u8]) -> Option<Vec<(Ref, Vec<u32>)>> {
    let mut decoder = chunk::decode(Pos::new(first), value)?;
    let mut parents = Vec::new();
    let next = || {
        let reference = decoder.next(&mut parents)?;
        Some((reference, parents.iter().map(|parent| parent.get()).collect()))
    };
    Some(std::iter::from_fn(next).collect())
}

/// Reads the value of a head; `None` where it is damaged.
pub fn decode_head(key: &str, value: &[u8]) -> Option<Ref> {
    heads::whole_head(key, value)
}

/// Looks at a data file as opening does.
///
/// # Errors
/// `Corrupt` or `Store`.
pub fn inspect(path: &Path) -> Result<()> {
    inspect::check(path)
}
