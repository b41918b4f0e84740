//! Folding a chain of deltas into one, without making the texts between.
//!
//! Source of the idea: Mercurial's `mpatch`, Subversion's delta combiner.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::{Piece, push};

/// At most this many pieces in a fold. If there would be more, the caller makes the texts between instead.
const MOST: usize = 1 << 20;

/// Joins `a` and then `b` into one list on the base of `a`; `None` if `b` names bytes that `a` does not make,
/// or there would be too many pieces.
///
/// Costs a search in `a` for each piece of `b`, and the size of the result.
pub(crate) fn fold<'a>(a: &[Piece<'a>], b: &[Piece<'a>]) -> Option<Vec<Piece<'a>>> {
    let mut ends = Vec::with_capacity(a.len());
    let mut end = 0_usize;
    for piece in a {
        end = end.checked_add(piece.made())?;
        ends.push(end);
    }
    let mut out = Vec::with_capacity(a.len().saturating_add(b.len()));
    for piece in b {
        match *piece {
            Piece::Data(_) => push(&mut out, *piece),
            Piece::Copy { start, len } => copy(a, &ends, (start as usize, len as usize), &mut out)?,
        }
        if out.len() > MOST {
            return None;
        }
    }
    Some(out)
}

/// Appends the pieces that make `len` bytes, from `start` on, of the text that `a` makes.
fn copy<'a>(
    a: &[Piece<'a>],
    ends: &[usize],
    (start, len): (usize, usize),
    out: &mut Vec<Piece<'a>>,
) -> Option<()> {
    let mut at = ends.partition_point(|&end| end <= start);
    let (mut start, mut left) = (start, len);
    while left > 0 {
        let (piece, end) = (a.get(at)?, *ends.get(at)?);
        let take = end.checked_sub(start)?.min(left);
        let skip = piece.made().checked_sub(end.checked_sub(start)?)?;
        push(out, part(piece, skip, take)?);
        start = start.checked_add(take)?;
        left = left.checked_sub(take)?;
        at = at.checked_add(1)?;
        if out.len() > MOST {
            return None;
        }
    }
    Some(())
}

fn part<'a>(piece: &Piece<'a>, skip: usize, take: usize) -> Option<Piece<'a>> {
    Some(match *piece {
        Piece::Copy { start, .. } => Piece::Copy {
            start: start.checked_add(u32::try_from(skip).ok()?)?,
            len: u32::try_from(take).ok()?,
        },
        Piece::Data(bytes) => Piece::Data(bytes.get(skip..)?.get(..take)?),
    })
}

/// Joins a chain into one list on the base of the first delta; `None` as `fold`, and for an empty chain.
pub(crate) fn fold_all(mut chain: Vec<Vec<Piece<'_>>>) -> Option<Vec<Piece<'_>>> {
    while chain.len() > 1 {
        let mut halves = Vec::with_capacity(chain.len().div_ceil(2));
        let mut rest = chain.into_iter();
        while let Some(first) = rest.next() {
            halves.push(match rest.next() {
                Some(second) => fold(&first, &second)?,
                None => first,
            });
        }
        chain = halves;
    }
    chain.pop()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_a_later_delta_drops_are_in_no_fold() {
        let copy = |start, len| Piece::Copy { start, len };
        let a = [copy(0, 4), Piece::Data(b"secret"), copy(4, 5)];
        let b = [copy(0, 3), Piece::Data(b"x"), copy(10, 5)];
        let folded = fold(&a, &b);
        assert_eq!(folded, Some(vec![copy(0, 3), Piece::Data(b"x"), copy(4, 5)]));
    }

    #[test]
    fn a_chain_that_doubles_at_each_link_is_abandoned_before_it_fills_memory() {
        let data: Vec<_> = (0..64).map(|_| Piece::Data(b"x")).collect();
        let mut last = data;
        for round in 0_u32.. {
            let len = u32::try_from(last.iter().map(Piece::made).sum::<usize>()).unwrap();
            let twice = [Piece::Copy { start: 0, len }, Piece::Copy { start: 0, len }];
            match fold(&last, &twice) {
                Some(folded) => last = folded,
                None => return assert!(round > 10),
            }
        }
    }

    #[test]
    fn a_copy_beyond_what_was_made_is_refused() {
        let a = [Piece::Data(b"abc")];
        assert_eq!(fold(&a, &[Piece::Copy { start: 1, len: 3 }]), None);
        assert_eq!(fold(&a, &[Piece::Copy { start: u32::MAX, len: u32::MAX }]), None);
        assert_eq!(fold(&a, &[Piece::Copy { start: 1, len: 2 }]), Some(vec![Piece::Data(b"bc")]));
    }
}
