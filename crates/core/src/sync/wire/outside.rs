//! Bases outside of a stream: texts that the other side has, and that the first revisions may come as changes
//! of.
//!
//! A change of such a text proves that its sender knows all of it. Otherwise a sender of hunks could find out
//! the bytes of a text that he may not read: refusals would show which guess is right.

use super::head::broken;
use super::rows::too_short;
use super::{KEPT, Name};
use crate::delta::short::SHORT;
use crate::varint;
use crate::{Error, Ref, Result};

/// Looks up the text of a revision of the side that receives a stream; `None` if it does not exist or has more
/// bytes than the second argument.
pub type Lookup<'a> = &'a mut dyn FnMut(&Ref, usize) -> Result<Option<Vec<u8>>>;

/// Bytes of the proof.
const PROOF: usize = 16;
/// Separates the proof's hash from all others over texts.
const CONTEXT: &str = "histo-revisions 2026 change of a text that its sender knows";

/// In a change, the distance that means: outside of the stream.
pub(super) const OUTSIDE: u32 = 0;

/// At most this many bytes in a base outside of the stream, so that reading is bounded by what it makes.
pub(super) fn largest_base(text: usize) -> usize {
    text.saturating_mul(2).min(KEPT)
}

/// Puts before the rest of a change the number of the ancestor, from 1, that is its base, or 0 and its ref;
/// then the proof.
pub(super) fn claim(nth_ancestor: u32, reference: &Ref, base: &[u8], rest: &mut Vec<u8>) {
    let mut claim = Vec::with_capacity(64);
    varint::put(OUTSIDE, &mut claim);
    varint::put(nth_ancestor, &mut claim);
    if nth_ancestor == 0 {
        claim.extend_from_slice(reference.as_bytes());
    }
    claim.extend_from_slice(&proof(base, rest));
    rest.splice(..0, claim);
}

/// The part of a change that names a base outside of the stream.
pub(super) struct Claim {
    base: Ref,
    proof: [u8; PROOF],
}

impl Claim {
    /// Takes a claim off a change, after its first number.
    ///
    /// # Errors
    /// `Protocol` if it is malformed.
    pub(super) fn read(change: &mut &[u8], ancestors: &[Name]) -> Result<Self> {
        let nth = varint::take(change).ok_or_else(too_short)?;
        let base = match (nth as usize).checked_sub(1).map(|place| ancestors.get(place)) {
            Some(Some(Name::Ref(reference))) => *reference,
            Some(_) => return Err(broken("a change is of an ancestor that does not exist")),
            None => Ref::from_bytes(take(change)?),
        };
        Ok(Self { base, proof: take(change)? })
    }

    /// Returns the text of the base, once its sender has proven to know it. `rest` is the change after the
    /// claim, and makes a text of `made` bytes.
    ///
    /// # Errors
    /// `Shallow` if it is not here, is too large for the result, or is not proven: all three look alike.
    pub(super) fn base(&self, rest: &[u8], made: u32, lookup: Lookup<'_>) -> Result<Vec<u8>> {
        let text = lookup(&self.base, largest_base(made as usize))?;
        text.filter(|text| text.len() >= SHORT && proof(text, rest) == self.proof)
            .ok_or_else(|| self.absent())
    }

    #[cold]
    fn absent(&self) -> Error {
        Error::Shallow {
            message: format!(
                "the data of revision {}, which a stream has a change of, is not here",
                self.base
            ),
            subject: Some(self.base.to_string()),
        }
    }
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Result<[u8; N]> {
    let (taken, rest) = bytes.split_first_chunk().ok_or_else(too_short)?;
    *bytes = rest;
    Ok(*taken)
}

/// Hashes the complete base and the rest of the change, so that a proof that was overheard serves only for the
/// same change.
fn proof(base: &[u8], rest: &[u8]) -> [u8; PROOF] {
    let mut hasher = blake3::Hasher::new_derive_key(CONTEXT);
    hasher.update(base);
    hasher.update(rest);
    let mut proof = [0; PROOF];
    hasher.finalize_xof().fill(&mut proof);
    proof
}
