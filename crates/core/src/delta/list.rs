//! Hunks as bytes.
//!
//! Byte by byte: `docs/format.md`, "Hunks". Reading checks every range against the base's length and the total
//! against the text's length. It allocates for no more hunks than the list has bytes for.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::{Piece, push};
use crate::varint;

/// Appends pieces to `out` as hunks. `base` is the length of the base.
pub(crate) fn encode(base: u32, pieces: &[Piece<'_>], out: &mut Vec<u8>) {
    let mut cursor = 0_u32;
    let mut rest = pieces.iter().copied().peekable();
    while rest.peek().is_some() {
        let mut copied = 0;
        if let Some(Piece::Copy { start, len }) = rest.peek().copied()
            && start == cursor
        {
            cursor = cursor.saturating_add(len);
            copied = len;
            rest.next();
            if rest.peek().is_none() && cursor == base {
                return; // the rest of the base is copied implicitly
            }
        }
        let mut data: &[u8] = &[];
        if let Some(Piece::Data(bytes)) = rest.peek().copied() {
            data = bytes;
            rest.next();
        }
        let next = match rest.peek() {
            Some(Piece::Copy { start, .. }) => *start,
            Some(Piece::Data(_)) => cursor,
            None => base,
        };
        varint::put(copied, out);
        varint::put(u32::try_from(data.len()).unwrap_or(u32::MAX), out);
        out.extend_from_slice(data);
        varint::put(zigzag(cursor, next), out);
        cursor = next;
    }
    if cursor < base {
        // No piece at all: the text is empty.
        out.extend_from_slice(&[0, 0]);
        varint::put(zigzag(cursor, base), out);
    }
}

/// Appends one hunk: `data` in the place of what is between the first and the last bytes of the base, of which
/// `same` says how many stay.
pub(crate) fn encode_one(base: usize, same: (usize, usize), data: &[u8], out: &mut Vec<u8>) {
    // All are below LONGEST.
    let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let next = base.saturating_sub(same.1);
    if next == same.0 && data.is_empty() {
        return; // the base's text
    }
    varint::put(number(same.0), out);
    varint::put(number(data.len()), out);
    out.extend_from_slice(data);
    varint::put(zigzag(number(same.0), number(next)), out);
}

/// Appends to `out` the text of `text` bytes that hunks make from a base, without pieces between; `None` if they
/// do not. The caller has reserved room.
pub(crate) fn make(base: &[u8], text: usize, bytes: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let mut rest = bytes;
    let (mut cursor, mut left) = (0_u32, text);
    while !rest.is_empty() {
        let len = varint::take(&mut rest)?;
        let copied = base.get(cursor as usize..)?.get(..len as usize)?;
        let count = varint::take(&mut rest)? as usize;
        let (data, behind) = rest.split_at_checked(count)?;
        rest = behind;
        left = left.checked_sub(copied.len())?.checked_sub(count)?;
        out.extend_from_slice(copied);
        out.extend_from_slice(data);
        cursor = moved(cursor.checked_add(len)?, varint::take(&mut rest)?)?;
    }
    let copied = base.get(cursor as usize..)?;
    (copied.len() == left).then(|| out.extend_from_slice(copied))
}

/// Reads hunks on a base of `base` bytes that make a text of `text` bytes; `None` if they do not.
pub(crate) fn decode(base: u32, text: u32, bytes: &[u8]) -> Option<Vec<Piece<'_>>> {
    let mut rest = bytes;
    let mut pieces = Vec::new();
    let (mut cursor, mut left) = (0_u32, text);
    while !rest.is_empty() {
        let len = varint::take(&mut rest)?;
        let end = cursor.checked_add(len).filter(|&end| end <= base)?;
        push(&mut pieces, Piece::Copy { start: cursor, len });
        let count = varint::take(&mut rest)?;
        let (data, behind) = rest.split_at_checked(count as usize)?;
        push(&mut pieces, Piece::Data(data));
        rest = behind;
        left = left.checked_sub(len)?.checked_sub(count)?;
        cursor = moved(end, varint::take(&mut rest)?).filter(|&cursor| cursor <= base)?;
    }
    let len = base.checked_sub(cursor)?;
    push(&mut pieces, Piece::Copy { start: cursor, len });
    (len == left).then_some(pieces)
}

/// Returns the signed distance from one place to another, both below 2^31, in zigzag form.
fn zigzag(from: u32, to: u32) -> u32 {
    if to >= from {
        to.wrapping_sub(from).wrapping_shl(1)
    } else {
        from.wrapping_sub(to).wrapping_shl(1).wrapping_sub(1)
    }
}

/// Returns the place at a zigzag distance from another.
fn moved(from: u32, zigzag: u32) -> Option<u32> {
    if zigzag & 1 == 0 {
        from.checked_add(zigzag >> 1)
    } else {
        from.checked_sub((zigzag >> 1).checked_add(1)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delta::apply;
    use proptest::prelude::*;

    fn read_back(base: u32, pieces: &[Piece<'_>]) -> Vec<u8> {
        let mut out = Vec::new();
        encode(base, pieces, &mut out);
        let made: usize = pieces.iter().map(Piece::made).sum();
        let text = u32::try_from(made).unwrap();
        assert_eq!(decode(base, text, &out).as_deref(), Some(pieces));
        assert_eq!(decode(base, text.wrapping_add(1), &out), None);
        out
    }

    #[test]
    fn each_kind_of_hunk_has_the_bytes_that_the_format_says() {
        let copy = |start, len| Piece::Copy { start, len };
        assert_eq!(read_back(9, &[copy(0, 9)]), [0_u8; 0]);
        assert_eq!(read_back(0, &[]), [0_u8; 0]);
        assert_eq!(read_back(9, &[]), [0, 0, 18]);
        assert_eq!(read_back(9, &[Piece::Data(b"ab")]), [0, 2, b'a', b'b', 18]);
        // One byte replaced by two, in the middle.
        let edit = [copy(0, 4), Piece::Data(b"ab"), copy(5, 4)];
        assert_eq!(read_back(9, &edit), [4, 2, b'a', b'b', 2]);
        // The last three bytes come first.
        assert_eq!(read_back(9, &[copy(6, 3), copy(0, 6)]), [0, 0, 12, 3, 0, 17, 6, 0, 6]);
        // Cut off after 300 bytes.
        assert_eq!(read_back(400, &[copy(0, 300)]), [0xac, 2, 0, 0xc8, 1]);
    }

    #[test]
    fn hunks_out_of_range_and_cut_short_are_refused() {
        for bytes in
            [&[10, 0, 0][..], &[0, 0, 20], &[0, 0, 1], &[0, 3, b'a'], &[4, 2, b'a', b'b'], &[9]]
        {
            assert_eq!(decode(9, 9, bytes), None, "{bytes:?}");
            assert_eq!(make(&[0; 9], 9, bytes, &mut Vec::new()), None, "{bytes:?}");
        }
        // Out of the base, and back into it: still of the right length.
        assert_eq!(decode(9, 10, &[10, 0, 1]), None);
        // 20 bytes that would make four times the base.
        let bomb = [9, 0, 17, 9, 0, 17, 9, 0, 17];
        assert_eq!(decode(9, 9, &bomb), None);
        assert_eq!(decode(9, 36, &bomb).map(|pieces| pieces.len()), Some(4));
        assert_eq!(decode(9, u32::MAX, &[9, 0xff, 0xff, 0xff, 0xff, 0x0f]), None);
    }

    proptest! {
        #[test]
        fn a_text_is_made_as_its_pieces_make_it(
            base in proptest::collection::vec(any::<u8>(), 0..12),
            bytes in proptest::collection::vec(0_u8..12, 0..12),
            text in 0_usize..30,
        ) {
            let length = |length: usize| u32::try_from(length).unwrap();
            let pieces = decode(length(base.len()), length(text), &bytes);
            let by_pieces = pieces.and_then(|pieces| {
                let mut out = Vec::new();
                apply(&base, &pieces, &mut out).map(|()| out)
            });
            let mut out = Vec::new();
            let made = make(&base, text, &bytes, &mut out).map(|()| out);
            prop_assert_eq!(made, by_pieces);
        }
    }
}
