//! A run of revisions as bytes, between two databases in one process.
//!
//! A frame is: ref (32), kind (1: 0 JSON, 1 bytes), count of ancestors (varint), their refs (32
//! each), length of the payload (varint), payload. Whatever is read is verified: the ref is computed
//! anew, and JSON has to be canonical.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use crate::json;
use crate::revision::Kind;
use crate::store::varint;
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

/// Reads and verifies all revisions of a run.
///
/// # Errors
/// `Corrupt` for what is cut short, forged or not canonical, naming the ref where there is one;
/// `TooLarge` for a payload over `limit` bytes.
pub fn decode(mut run: &[u8], limit: u64) -> Result<Vec<Arrival>> {
    let mut arrivals = Vec::new();
    while !run.is_empty() {
        let (claimed, draft) = take(&mut run, limit)?;
        arrivals.push(Arrival::new(draft, Some(claimed))?);
    }
    Ok(arrivals)
}

fn take(run: &mut &[u8], limit: u64) -> Result<(Ref, Draft)> {
    let claimed = take_ref(run)?;
    let kind = match run.split_first() {
        Some((0, rest)) => (Kind::Json, rest),
        Some((1, rest)) => (Kind::Bytes, rest),
        _ => return Err(broken()),
    };
    *run = kind.1;
    let count = varint::take(run).ok_or_else(broken)?;
    let ancestors = (0..count).map(|_| take_ref(run)).collect::<Result<Vec<_>>>()?;
    let length = varint::take(run).ok_or_else(broken)?;
    let (payload, rest) = run.split_at_checked(length as usize).ok_or_else(broken)?;
    *run = rest;
    if kind.0 == Kind::Json && !json::is_canonical(payload) {
        return Err(Error::Corrupt {
            message: format!("revision {claimed} is forged: its data is not canonical JSON"),
            subject: Some(claimed),
        });
    }
    room(payload.len())?;
    Ok((claimed, Draft::hashed(kind.0, payload.to_vec(), Some(ancestors), limit)?))
}

fn take_ref(run: &mut &[u8]) -> Result<Ref> {
    let (reference, rest) = run.split_first_chunk::<32>().ok_or_else(broken)?;
    *run = rest;
    Ok(Ref::from_bytes(*reference))
}

fn broken() -> Error {
    Error::Corrupt { message: "a run of revisions is cut short".into(), subject: None }
}
