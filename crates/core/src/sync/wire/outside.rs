//! Bases outside of a stream: texts that the other side has, which the first revisions may come as changes of.
//!
//! A change of such a text proves that its sender knows all of it. Else whoever sends hunks could ask for the bytes of
//! a text that he may not read: which guess is right would show in what is refused.

use super::head::broken;
use super::rows::too_short;
use super::{KEPT, Name};
use crate::delta::SMALLEST_DELTA;
use crate::varint;
use crate::{Error, Ref, Result};

/// Looks up the text of a revision of the side that takes a stream; `None` where it is not there or has more bytes
/// than the second number.
pub type Lookup<'a> = &'a mut dyn FnMut(&Ref, usize) -> Result<Option<Vec<u8>>>;

/// Bytes of the proof.
const PROOF: usize = 16;
/// Sets the proof's hash apart from all others over texts.
const CONTEXT: &str = "histo-revisions 2026 change of a text that its sender knows";

/// Stands where a change says how far back its base is.
pub(super) const OUTSIDE: u32 = 0;

/// Most bytes of a base outside of the stream: what a side reads is bounded by what it makes.
pub(super) fn largest_base(text: usize) -> usize {
    text.saturating_mul(2).min(KEPT)
}

/// Puts before the rest of a change which of the ancestors, from 1 on, its base is, or 0 and its ref; and the proof.
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

/// What a change of a text outside of the stream says of it.
pub(super) struct Claim {
    base: Ref,
    proof: [u8; PROOF],
}

impl Claim {
    /// Takes a claim off a change, behind its first number.
    ///
    /// # Errors
    /// `Protocol` for what is none.
    pub(super) fn read(change: &mut &[u8], ancestors: &[Name]) -> Result<Self> {
        let nth = varint::take(change).ok_or_else(too_short)?;
        let base = match (nth as usize).checked_sub(1).map(|place| ancestors.get(place)) {
            Some(Some(Name::Ref(reference))) => *reference,
            Some(_) => return Err(broken("a change is of an ancestor that is none")),
            None => Ref::from_bytes(take(change)?),
        };
        Ok(Self { base, proof: take(change)? })
    }

    /// The text of the base, of which `rest`, the change behind the claim, makes one of `made` bytes; once its sender
    /// has proven to know it.
    ///
    /// # Errors
    /// `Shallow` where it is not here, is too large for what is made of it, or is not proven: all look alike.
    pub(super) fn base(&self, rest: &[u8], made: u32, lookup: Lookup<'_>) -> Result<Vec<u8>> {
        let text = lookup(&self.base, largest_base(made as usize))?;
        text.filter(|text| text.len() >= SMALLEST_DELTA && proof(text, rest) == self.proof)
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

/// A hash over all of the base and the rest of the change. So a proof that was seen serves for the same change alone.
fn proof(base: &[u8], rest: &[u8]) -> [u8; PROOF] {
    let mut hasher = blake3::Hasher::new_derive_key(CONTEXT);
    hasher.update(base);
    hasher.update(rest);
    let mut proof = [0; PROOF];
    hasher.finalize_xof().fill(&mut proof);
    proof
}
