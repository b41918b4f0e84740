//! A run of revisions as bytes, between two databases in one process.
//!
//! A frame is: ref (32), kind (1: 0 JSON, 1 bytes, 2 erased JSON, 3 erased bytes), count of ancestors
//! (varint), their refs (32 each), length of the payload (varint), payload; of what was erased the
//! payload is the BLAKE3-256. Whatever is read is verified: the ref is computed anew, and JSON has to be
//! canonical.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use crate::json;
use crate::revision::Kind;
use crate::store::format::varint;
use crate::write::{Arrival, Draft};
use crate::{Error, Ref, Result, room};

/// Appends a revision.
pub fn encode<I: ExactSizeIterator<Item = Ref>>(
    reference: &Ref,
    ancestors: I,
    kind: Kind,
    payload: &[u8],
    out: &mut Vec<u8>,
) {
    out.extend_from_slice(reference.as_bytes());
    out.push(u8::from(kind == Kind::Bytes));
    varint::put(u32::try_from(ancestors.len()).unwrap_or(u32::MAX), out);
    for ancestor in ancestors {
        out.extend_from_slice(ancestor.as_bytes());
    }
    varint::put(u32::try_from(payload.len()).unwrap_or(u32::MAX), out);
    out.extend_from_slice(payload);
}

/// Appends a revision whose data was erased; `digest` is its hash.
pub(crate) fn encode_erased(
    reference: &Ref,
    ancestors: &[Ref],
    kind: Kind,
    digest: &[u8; 32],
    out: &mut Vec<u8>,
) {
    let start = out.len();
    encode(reference, ancestors.iter().copied(), kind, digest, out);
    if let Some(byte) = out.get_mut(start.saturating_add(32)) {
        *byte |= ERASED;
    }
}

/// Bit of the kind: the data was erased.
const ERASED: u8 = 2;

/// Reads and verifies all revisions of a run.
///
/// # Errors
/// `Corrupt` for what is cut short, forged or not canonical, naming the ref where there is one;
/// `TooLarge` for a payload over `limit` bytes.
pub fn decode(mut run: &[u8], limit: u64) -> Result<Vec<Arrival>> {
    let mut arrivals = Vec::new();
    while !run.is_empty() {
        arrivals.push(take(&mut run, limit)?);
    }
    Ok(arrivals)
}

fn take(run: &mut &[u8], limit: u64) -> Result<Arrival> {
    let claimed = take_ref(run)?;
    let (&byte, rest) = run.split_first().filter(|(byte, _)| **byte < 4).ok_or_else(broken)?;
    let kind = if byte & 1 == 0 { Kind::Json } else { Kind::Bytes };
    *run = rest;
    let count = varint::take(run).ok_or_else(broken)?;
    let ancestors = (0..count).map(|_| take_ref(run)).collect::<Result<Vec<_>>>()?;
    let length = varint::take(run).ok_or_else(broken)?;
    let (payload, rest) = run.split_at_checked(length as usize).ok_or_else(broken)?;
    *run = rest;
    if byte & ERASED != 0 {
        let digest = payload.try_into().map_err(|_| broken())?;
        return Arrival::erased(ancestors, kind, digest, claimed);
    }
    if kind == Kind::Json && !json::is_canonical(payload) {
        return Err(Error::Corrupt {
            message: format!("revision {claimed} is forged: its data is not canonical JSON"),
            subject: Some(claimed.to_string()),
        });
    }
    room(payload.len())?;
    let draft = Draft::hashed(kind, payload.to_vec(), Some(ancestors), limit)?;
    Arrival::new(draft, Some(claimed))
}

fn take_ref(run: &mut &[u8]) -> Result<Ref> {
    let (reference, rest) = run.split_first_chunk::<32>().ok_or_else(broken)?;
    *run = rest;
    Ok(Ref::from_bytes(*reference))
}

fn broken() -> Error {
    Error::Corrupt { message: "a run of revisions is cut short".into(), subject: None }
}
