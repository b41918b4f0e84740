//! The decoders of stored values, for fuzz targets. Compiled out of releases.

use std::collections::BTreeMap;
use std::path::Path;

use crate::delta;
pub use crate::graph::Loss;
use crate::graph::{DeadBlock, Pos};
use crate::revision::Kind;
use crate::store::format::bases;
use crate::store::format::chunk;
use crate::store::format::deleted;
use crate::store::format::gc_marks;
use crate::store::format::record;
use crate::store::format::tombstone;
use crate::store::format::{deletions, head};
use crate::store::raw::inspect;
use crate::store::{MetaRemains, Remains};
use crate::write::Staged;
use crate::{Ref, Result};

/// The fields of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The revision.
    pub reference: Ref,
    /// Its generation.
    pub generation: u32,
    /// Positions of its parents.
    pub parents: Vec<u32>,
    /// How to read the payload.
    pub kind: Kind,
    /// The stored bytes of the payload.
    pub payload: Vec<u8>,
    /// Position of the base that the payload is a change of. `encode_record` ignores it.
    pub base: Option<u32>,
}

/// The fields of a tombstone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remnant {
    /// The revision.
    pub reference: Ref,
    /// BLAKE3-256 of its data.
    pub digest: [u8; 32],
    /// BLAKE3-256 of its meta, and the meta itself if it was kept; `None` if it had none.
    pub meta: Option<([u8; 32], Option<Vec<u8>>)>,
    /// How its data was read.
    pub kind: Kind,
    /// Why it is a tombstone.
    pub loss: Loss,
    /// Its generation.
    pub generation: u32,
    /// Positions and refs of its parents.
    pub parents: Vec<(u32, Ref)>,
}

/// Writes the record of a position.
pub fn encode_record(pos: u32, stored: &Stored) -> Vec<u8> {
    let staged = Staged {
        reference: stored.reference,
        generation: stored.generation,
        parents: stored.parents.iter().map(|&parent| Pos::new(parent)).collect(),
        kind: stored.kind,
        payload: &stored.payload,
        meta: None,
        erased: None,
    };
    let mut out = Vec::new();
    let body = record::Body::raw(&stored.payload);
    record::encode(Pos::new(pos), &staged, &body, &mut out);
    out
}

/// Reads the record of a position; `None` if it is damaged.
pub fn decode_record(pos: u32, value: &[u8]) -> Option<Stored> {
    let record = record::decode(Pos::new(pos), value)?;
    record.is_whole().then(|| Stored {
        reference: record.reference,
        generation: record.generation,
        parents: record.parents().map(Pos::get).collect(),
        kind: record.kind,
        payload: record.body.bytes.to_vec(),
        base: record.body.base().map(Pos::get),
    })
}

/// Writes the chunk that starts at a position.
pub fn encode_chunk(first: u32, revisions: &[(Ref, Vec<u32>)]) -> Vec<u8> {
    let mut encoder = chunk::Encoder::default();
    for (pos, (reference, parents)) in (first..).zip(revisions) {
        let parents: Vec<_> = parents.iter().map(|&parent| Pos::new(parent)).collect();
        encoder.push(Pos::new(pos), reference, &parents);
    }
    encoder.finish(Pos::new(first))
}

/// Reads the revisions of a chunk with their parents; `None` if its checksum is wrong.
pub fn decode_chunk(first: u32, value: &[u8]) -> Option<Vec<(Ref, Vec<u32>)>> {
    let mut decoder = chunk::decode(Pos::new(first), value)?;
    let mut parents = Vec::new();
    let next = || {
        let reference = decoder.next(&mut parents)?;
        Some((reference, parents.iter().map(|parent| parent.get()).collect()))
    };
    Some(std::iter::from_fn(next).collect())
}

/// Writes the tombstone of a position.
pub fn encode_tombstone(pos: u32, remnant: &Remnant) -> Vec<u8> {
    let parents = remnant.parents.iter().map(|&(parent, reference)| (Pos::new(parent), reference));
    let remains = Remains {
        reference: remnant.reference,
        digest: remnant.digest,
        meta: remnant.meta.as_ref().map(|(digest, kept)| MetaRemains {
            digest: *digest,
            kept: Ok(kept.as_deref().map(Box::from)),
        }),
        kind: remnant.kind,
        loss: remnant.loss,
        generation: remnant.generation,
        parents: parents.collect(),
    };
    remains.encode(Pos::new(pos))
}

/// Reads the tombstone of a position; `None` if it is damaged.
pub fn decode_tombstone(pos: u32, value: &[u8]) -> Option<Remnant> {
    let remains = tombstone::decode(Pos::new(pos), value)?;
    let parents = remains.parents.iter().map(|&(parent, reference)| (parent.get(), reference));
    Some(Remnant {
        reference: remains.reference,
        digest: remains.digest,
        meta: match remains.meta {
            None => None,
            Some(meta) => Some((meta.digest, meta.kept.ok()?.map(Vec::from))),
        },
        kind: remains.kind,
        loss: remains.loss,
        generation: remains.generation,
        parents: parents.collect(),
    })
}

/// Writes which slots of a block are deleted, and the number of the last deletion that changed the block.
pub fn encode_deleted(first: u32, generation: u64, slots: &[u32]) -> Vec<u8> {
    let mut block = DeadBlock::new(generation);
    for &slot in slots {
        block.delete(slot);
    }
    deleted::encode(Pos::new(first), &block)
}

/// Reads what `encode_deleted` writes, slots ascending; `None` if it is damaged.
pub fn decode_deleted(first: u32, value: &[u8]) -> Option<(u64, Vec<u32>)> {
    let block = deleted::decode(Pos::new(first), value)?;
    Some((block.generation, block.deleted().collect()))
}

/// Writes the times of positions of a block; `None` if there are none.
pub fn encode_marks(first: u32, times: &BTreeMap<u32, u64>) -> Option<Vec<u8>> {
    gc_marks::encode(Pos::new(first), times)
}

/// Reads the times of positions of a block; none if it is damaged.
pub fn decode_marks(first: u32, value: &[u8]) -> BTreeMap<u32, u64> {
    let mut times = BTreeMap::new();
    gc_marks::decode(Pos::new(first), value, &mut times);
    times
}

/// Writes the number of deletions and the three counts stored with it.
pub fn encode_deletions(generation: u64, [next, missing, unswept]: [u32; 3]) -> Vec<u8> {
    deletions::compose(&deletions::DeletionCounts { generation, next, missing, unswept })
}

/// Reads what `encode_deletions` writes; `None` if it is damaged.
pub fn decode_deletions(value: &[u8]) -> Option<(u64, [u32; 3])> {
    let read = deletions::parse(value)?;
    Some((read.generation, [read.next, read.missing, read.unswept]))
}

/// Writes the value of a head.
pub fn encode_head(key: &str, reference: Ref) -> [u8; 36] {
    head::checked(key, reference)
}

/// Reads the value of a head; `None` if it is damaged.
pub fn decode_head(key: &str, value: &[u8]) -> Option<Ref> {
    head::whole_head(key, value)
}

/// Inspects a data file as opening does.
///
/// # Errors
/// `Corrupt` or `Store`.
pub fn inspect(path: &Path) -> Result<()> {
    inspect::check(path)
}

/// Finds hunks that make `new` from `old`; `None` if they contain more than `most` bytes of their own.
pub fn find_hunks(old: &[u8], new: &[u8], most: usize) -> Option<Vec<u8>> {
    let pieces = delta::diff::Differ::default().diff(old, new, most)?;
    let mut list = Vec::new();
    delta::list::encode(u32::try_from(old.len()).ok()?, &pieces, &mut list);
    Some(list)
}

/// Applies hunks to a base; `None` if they are damaged or the result has not `text` bytes.
pub fn apply_hunks(base: &[u8], text: u32, list: &[u8]) -> Option<Vec<u8>> {
    let pieces = delta::list::decode(u32::try_from(base.len()).ok()?, text, list)?;
    let mut made = Vec::new();
    delta::apply(base, &pieces, &mut made)?;
    Some(made)
}

/// Folds lists of hunks, each with the length of its result, into one; `None` if one is damaged.
pub fn fold_hunks(base: u32, lists: &[(Vec<u8>, u32)]) -> Option<Vec<u8>> {
    let lists = lists.iter().map(|(list, text)| (&**list, *text));
    let pieces = delta::chain::folded(base, lists)?;
    let mut list = Vec::new();
    delta::list::encode(base, &pieces, &mut list);
    Some(list)
}

/// Opens a frame; `None` if it is damaged or its content has not `length` bytes.
pub fn open_frame(frame: &[u8], length: usize) -> Option<Vec<u8>> {
    delta::frame::Unpress::new().ok()?.open(frame, length).ok()?
}

/// Writes how many positions back each base of a chunk is.
pub fn encode_bases(first: u32, back: &[u32]) -> Vec<u8> {
    bases::encode(Pos::new(first), back)
}

/// Reads what `encode_bases` writes; `None` if it is damaged.
pub fn decode_bases(first: u32, value: &[u8]) -> Option<Vec<u32>> {
    bases::decode(Pos::new(first), value)
}
