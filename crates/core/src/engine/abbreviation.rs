//! Finding revisions by the first digits of their refs, as people abbreviate them.

use super::Engine;
use crate::graph::Pos;
use crate::{Ref, Result};

/// Positions that one call searches: about a millisecond.
const SPAN: u32 = 1 << 18;

/// Result of one call.
#[derive(Debug, Default)]
pub struct Abbreviated {
    /// Refs with this beginning, in no order.
    pub refs: Vec<Ref>,
    /// The position where the next call starts; `None` at the end.
    pub next: Option<u32>,
}

impl Engine {
    /// Returns at most `most` revisions whose ref begins with `digits`, in lower-case hexadecimal. Compares the
    /// refs of the graph one by one from position `from`: some 4 ns each.
    ///
    /// # Errors
    /// As `find`.
    pub fn refs_starting_with(&self, digits: &[u8], from: u32, most: usize) -> Result<Abbreviated> {
        let Some(beginning) = Beginning::of(digits) else {
            return Ok(Abbreviated::default());
        };
        let graph = self.graph();
        let end = graph.len().min(from.saturating_add(SPAN));
        let mut refs = Vec::new();
        for place in from..end {
            let reference = graph.ref_at(Pos::new(place));
            // A deleted revision keeps its place in the graph, but is not found.
            if beginning.is_of(reference) && self.find(reference)?.is_some() {
                refs.push(*reference);
                if refs.len() == most {
                    return Ok(Abbreviated { refs, next: None });
                }
            }
        }
        Ok(Abbreviated { refs, next: (end < graph.len()).then_some(end) })
    }
}

/// The first digits of a ref: whole bytes, then perhaps half a byte.
struct Beginning {
    bytes: Vec<u8>,
    half: Option<u8>,
}

impl Beginning {
    fn of(digits: &[u8]) -> Option<Self> {
        let mut padded = [b'0'; 64];
        padded.get_mut(..digits.len())?.copy_from_slice(digits);
        let whole = Ref::from_hex(&padded)?;
        let (bytes, rest) = whole.as_bytes().split_at(digits.len() / 2);
        let half = rest.first().filter(|_| digits.len() % 2 == 1);
        Some(Self { bytes: bytes.to_vec(), half: half.copied() })
    }

    fn is_of(&self, reference: &Ref) -> bool {
        let Some(rest) = reference.as_bytes().strip_prefix(self.bytes.as_slice()) else {
            return false;
        };
        self.half.is_none_or(|half| rest.first().is_some_and(|byte| byte & 0xf0 == half))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_beginning_matches_the_refs_that_start_with_it_digit_by_digit() {
        let reference = Ref::from_bytes([0xab; 32]);
        for length in 0..=64 {
            let digits = &reference.to_hex()[..length];
            let beginning = Beginning::of(digits).expect("it is hexadecimal");
            assert!(beginning.is_of(&reference), "{length} digits");
            let other = Ref::from_bytes([0xcd; 32]);
            assert_eq!(beginning.is_of(&other), length == 0, "{length} digits");
        }
    }

    #[test]
    fn of_an_odd_number_of_digits_the_last_one_counts_too() {
        let beginning = Beginning::of(b"abc").expect("it is hexadecimal");
        let mut bytes = [0; 32];
        (bytes[0], bytes[1]) = (0xab, 0xc0);
        assert!(beginning.is_of(&Ref::from_bytes(bytes)));
        bytes[1] = 0xd0;
        assert!(!beginning.is_of(&Ref::from_bytes(bytes)));
    }

    #[test]
    fn text_that_is_not_hexadecimal_or_too_long_is_no_beginning() {
        assert!(Beginning::of(b"main").is_none());
        assert!(Beginning::of(b"ABCD").is_none());
        assert!(Beginning::of(&[b'0'; 65]).is_none());
    }
}
