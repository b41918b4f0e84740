//! Deltas: what makes a text of another one.
//!
//! A delta in memory is a list of pieces, each a range of the base or bytes, which in order make the text. `diff`
//! finds one, `list` is its bytes, `fold` makes one of a chain of them, `frame` compresses. Byte by byte:
//! `docs/format.md`, "Hunks". Knows neither a store nor positions; reads hostile bytes without panicking.

pub(crate) mod chain;
pub(crate) mod diff;
pub(crate) mod fold;
pub(crate) mod frame;
pub(crate) mod list;
pub(crate) mod texts;

/// Payloads below this are stored whole by default. Finding and folding deltas of 220 bytes takes 3.5 us a put and
/// 6 us a read, as much as all the rest, and saves 117 bytes.
pub const SMALLEST_DELTA: usize = 1024;

/// Texts of so many bytes or more have no delta in the format, so that all numbers fit.
pub(crate) const LONGEST: usize = 1 << 30;

/// Texts of so many bytes or more are written as they are, so that no second copy is made of them in memory: they
/// are read where the file is mapped.
pub(crate) const LARGEST: usize = 16 << 20;

/// A piece of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// A range of the base.
    Copy {
        /// Where they begin.
        start: u32,
        /// How many.
        len: u32,
    },
    /// These bytes.
    Data(&'a [u8]),
}

impl Piece<'_> {
    /// Bytes that it makes.
    pub(crate) fn made(&self) -> usize {
        match self {
            Self::Copy { len, .. } => *len as usize,
            Self::Data(bytes) => bytes.len(),
        }
    }
}

/// Appends a piece, joined to the last one where both are one range of the base.
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

/// Appends what the pieces make of `base` to `out`; `None` where one names bytes that it has not. The caller
/// has asked for room.
pub(crate) fn apply(base: &[u8], pieces: &[Piece<'_>], out: &mut Vec<u8>) -> Option<()> {
    for piece in pieces {
        out.extend_from_slice(bytes_of(base, piece)?);
    }
    Some(())
}

/// Whether the pieces make `text` of `base`.
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
