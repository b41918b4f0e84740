//! Deltas: making a text from another one.
//!
//! In memory a delta is a list of pieces, each a range of the base or bytes, which in order make the text.
//! `diff` finds a delta, `list` is its bytes, `fold` joins a chain of them, `frame` compresses, `chain` chooses
//! bases, `texts` caches texts; `short` does all this for short texts. Byte by byte: `docs/format.md`, "Hunks".
//! Knows neither a store nor positions; reads hostile bytes without panicking.

pub(crate) mod chain;
pub(crate) mod diff;
pub(crate) mod fold;
pub(crate) mod frame;
pub(crate) mod list;
pub(crate) mod short;
pub(crate) mod texts;

/// Payloads with fewer bytes are stored whole by default: what a delta could save is no more than its fields.
pub const SMALLEST_DELTA: usize = 128;

/// Texts with at least this many bytes have no delta in the format, so that all numbers fit.
pub(crate) const LONGEST: usize = 1 << 30;

/// Texts with at least this many bytes are stored as they are. So no second copy of them is made in memory:
/// they are read from the mapped file.
pub(crate) const LARGEST: usize = 16 << 20;

/// A piece of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// A range of the base.
    Copy {
        /// Its first byte.
        start: u32,
        /// Number of bytes.
        len: u32,
    },
    /// These bytes.
    Data(&'a [u8]),
}

impl Piece<'_> {
    /// Number of bytes that it makes.
    pub(crate) fn made(&self) -> usize {
        match self {
            Self::Copy { len, .. } => *len as usize,
            Self::Data(bytes) => bytes.len(),
        }
    }
}

/// Appends a piece; joins it to the last one if both form one range of the base.
pub(crate) fn push<'a>(pieces: &mut Vec<Piece<'a>>, piece: Piece<'a>) {
    match (pieces.last_mut(), piece) {
        (_, Piece::Copy { len: 0, .. } | Piece::Data([])) => {}
        (Some(Piece::Copy { start, len }), Piece::Copy { start: next, len: more })
            if start.checked_add(*len) == Some(next) && len.checked_add(more).is_some() =>
        {
            *len = len.saturating_add(more);
        }
        _ => pieces.push(piece),
    }
}

/// Appends the text that the pieces make from `base` to `out`; `None` if one names bytes that it lacks. The
/// caller has reserved room.
pub(crate) fn apply(base: &[u8], pieces: &[Piece<'_>], out: &mut Vec<u8>) -> Option<()> {
    for piece in pieces {
        out.extend_from_slice(bytes_of(base, piece)?);
    }
    Some(())
}

/// Whether the pieces make `text` from `base`.
pub(crate) fn makes(base: &[u8], pieces: &[Piece<'_>], text: &[u8]) -> bool {
    let mut rest = text;
    for piece in pieces {
        match bytes_of(base, piece).and_then(|bytes| rest.strip_prefix(bytes)) {
            Some(behind) => rest = behind,
            None => return false,
        }
    }
    rest.is_empty()
}

fn bytes_of<'b>(base: &'b [u8], piece: &Piece<'b>) -> Option<&'b [u8]> {
    match *piece {
        Piece::Copy { start, len } => base.get(start as usize..)?.get(..len as usize),
        Piece::Data(bytes) => Some(bytes),
    }
}
