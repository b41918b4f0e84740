//! The value of the `bases` table: how many positions back the bases of 4,096 records are.
//!
//! Byte by byte: `docs/format.md`, "Table `bases`".

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use crate::graph::Pos;
use crate::store::format::chunk::CHUNK;
use crate::store::format::{key, seal, unseal};
use crate::varint;

/// Writes how many positions back each base of the chunk that starts at `first` is, 0 for none.
pub(crate) fn encode(first: Pos, back: &[u32]) -> Vec<u8> {
    let mut out = vec![0; 4];
    let has_any = back.iter().any(|&back| back != 0);
    for &back in back.iter().filter(|_| has_any) {
        varint::put(back, &mut out);
    }
    seal(&key(first), &mut out);
    out
}

/// Reads what `encode` writes; `None` if it is damaged.
pub(crate) fn decode(first: Pos, value: &[u8]) -> Option<Vec<u32>> {
    let mut rest = unseal(&key(first), value)?;
    if rest.is_empty() {
        return Some(vec![0; CHUNK as usize]);
    }
    let mut all = Vec::new();
    for pos in first.get()..first.get().checked_add(CHUNK)? {
        all.push(varint::take(&mut rest).filter(|&back| back <= pos)?);
    }
    rest.is_empty().then_some(all)
}

#[cfg(test)]
#[expect(clippy::indexing_slicing, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn bases_read_back_and_changed_ones_do_not() {
        let first = Pos::new(CHUNK);
        let none = [0; CHUNK as usize];
        assert_eq!(decode(first, &encode(first, &none)).as_deref(), Some(&none[..]));
        assert_eq!(encode(first, &none).len(), 4);
        let back: Vec<u32> = (0..CHUNK).map(|n| n % 300).collect();
        let value = encode(first, &back);
        assert_eq!(decode(first, &value).as_ref(), Some(&back));
        assert_eq!(decode(Pos::new(0), &value), None);
        for at in (0..value.len()).step_by(37) {
            let mut changed = value.clone();
            changed[at] ^= 4;
            assert_eq!(decode(first, &changed), None, "{at}");
        }
    }
}
