//! The number of its transaction, which each of our commits writes into the table `meta`.
//!
//! LMDB takes the state with the higher number on its meta page for the last one. One flipped bit there makes
//! the previous state pass for the last. Comparing with the number that each state contains reveals that
//! (`inspect/pair.rs`). A commit by other software leaves our number unchanged.
//!
//! When LMDB fails to write a meta page, it writes the old number there, above the new state. That state then
//! looks like one with a flipped number, so the abandoned transaction is noted on the page itself.

use heed::types::{Bytes, Str};
use heed::{Database, RwTxn};

/// Key of the number in the table `meta`.
pub(in crate::store) const KEY: &str = "transaction";
/// Bytes of the number (8) and CRC-32C over key and number (4).
const LEN: usize = 12;

/// Offset on a meta page of the note of the abandoned transaction, after all that LMDB writes there.
pub(in crate::store) const GIVEN_UP_AT: usize = 256;
/// Bytes of mark (8), number (8), CRC-32C over both (4).
pub(in crate::store) const GIVEN_UP_LEN: usize = 20;
const MARK: &[u8; 8] = b"given up";

/// The number that a state contains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) enum Stamp {
    /// None, as in a file from before there were stamps.
    None,
    Number(u64),
    Damaged,
}

impl Stamp {
    pub(in crate::store) fn decode(value: &[u8]) -> Self {
        match value.first_chunk() {
            Some(number) if encode(u64::from_le_bytes(*number)) == value => {
                Self::Number(u64::from_le_bytes(*number))
            }
            _ => Self::Damaged,
        }
    }
}

fn encode(number: u64) -> [u8; LEN] {
    let mut value = [0; LEN];
    let number = number.to_le_bytes();
    let sum = crc32c::crc32c_append(crc32c::crc32c(KEY.as_bytes()), &number);
    value[..8].copy_from_slice(&number);
    value[8..].copy_from_slice(&sum.to_le_bytes());
    value
}

/// Writes the number of the transaction into a table `meta`.
pub(in crate::store) fn put(meta: Database<Str, Bytes>, txn: &mut RwTxn<'_>) -> heed::Result<()> {
    let number = txn.id() as u64;
    meta.put(txn, KEY, &encode(number))
}

/// Returns the note that a transaction was abandoned.
pub(in crate::store) fn encode_given_up(number: u64) -> [u8; GIVEN_UP_LEN] {
    let mut note = [0; GIVEN_UP_LEN];
    note[..8].copy_from_slice(MARK);
    note[8..16].copy_from_slice(&number.to_le_bytes());
    let sum = crc32c::crc32c(&note[..16]);
    note[16..].copy_from_slice(&sum.to_le_bytes());
    note
}

pub(in crate::store) fn decode_given_up(bytes: &[u8]) -> Option<u64> {
    let number = u64::from_le_bytes(*bytes.get(8..)?.first_chunk()?);
    (bytes.get(..GIVEN_UP_LEN)? == encode_given_up(number)).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_with_any_flipped_bit_is_damaged() {
        let value = encode(1234);
        assert_eq!(Stamp::decode(&value), Stamp::Number(1234));
        for bit in 0..LEN * 8 {
            let mut flipped = value;
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(Stamp::decode(&flipped), Stamp::Damaged, "bit {bit}");
        }
        assert_eq!(Stamp::decode(&value[..11]), Stamp::Damaged);
    }

    #[test]
    fn an_abandoned_transaction_is_read_only_from_an_undamaged_note() {
        let note = encode_given_up(77);
        assert_eq!(decode_given_up(&note), Some(77));
        for bit in 0..GIVEN_UP_LEN * 8 {
            let mut flipped = note;
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(decode_given_up(&flipped), None, "bit {bit}");
        }
    }
}
