//! The fixed parts of a stream: its preamble, and the head of each batch and of the end mark.

use super::{MAGIC, WIRE_VERSION};
use crate::{Error, Result};

/// Bytes of the preamble.
pub(super) const PREAMBLE: usize = 16;
/// Bytes of a head.
pub(super) const HEAD: usize = 24;
/// Bytes after the head of the end mark.
pub(super) const TOTALS: usize = 16;

const BATCH: u8 = 1;
const END: u8 = 2;
const ZIPPED: u8 = 1;
const SAYS_METAS: u8 = 2;
const SAYS_CHANGES: u8 = 4;

/// The head of a batch or of the end mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    /// Whether this is the end mark.
    pub(super) is_end: bool,
    /// Whether the content is sent as a zstd frame.
    pub(super) zipped: bool,
    /// Whether its revisions say if they have a meta.
    pub(super) says_metas: bool,
    /// Present if its revisions say whether they come as changes: the maximum of bytes in their payloads, in
    /// `MADE_UNIT`s.
    pub(super) made: Option<u16>,
    /// Number of revisions.
    pub(super) count: u32,
    /// Bytes that follow.
    pub(super) sent: u32,
    /// Bytes of content before compression.
    pub(super) content: u32,
    /// CRC-32C of the bytes that follow.
    pub(super) sum: u32,
}

/// Returns the first bytes of a stream.
pub(super) fn preamble() -> [u8; PREAMBLE] {
    let mut fields = Vec::with_capacity(PREAMBLE);
    fields.extend_from_slice(&MAGIC);
    fields.extend_from_slice(&[WIRE_VERSION, 0, 0, 0]);
    sealed(&fields)
}

/// Succeeds for the preamble of a stream that this code reads.
///
/// # Errors
/// `Protocol` for another format, a later version, or damage.
pub(super) fn check_preamble(bytes: &[u8; PREAMBLE]) -> Result<()> {
    if *bytes == preamble() {
        return Ok(());
    }
    if !bytes.starts_with(&MAGIC) {
        return Err(broken("it does not begin as a stream of revisions does"));
    }
    let version = bytes.get(MAGIC.len()).copied().unwrap_or_default();
    if is_sealed(bytes) && version != WIRE_VERSION {
        let message = format!("it is of version {version}, and this code reads {WIRE_VERSION}");
        return Err(broken(&message));
    }
    Err(broken("its first bytes are damaged"))
}

impl Head {
    pub(super) fn encode(&self) -> [u8; HEAD] {
        let mut fields = Vec::with_capacity(HEAD);
        fields.push(if self.is_end { END } else { BATCH });
        let zipped = if self.zipped { ZIPPED } else { 0 };
        let metas = if self.says_metas { SAYS_METAS } else { 0 };
        let changes = if self.made.is_some() { SAYS_CHANGES } else { 0 };
        fields.push(zipped | metas | changes);
        fields.extend_from_slice(&self.made.unwrap_or_default().to_le_bytes());
        for number in [self.count, self.sent, self.content, self.sum] {
            fields.extend_from_slice(&number.to_le_bytes());
        }
        sealed(&fields)
    }

    /// # Errors
    /// `Protocol` for damage, and for anything that this version does not write.
    pub(super) fn decode(bytes: &[u8; HEAD]) -> Result<Self> {
        if !is_sealed(bytes) {
            return Err(broken("the head of a batch is damaged"));
        }
        let [kind, flags, low, high, rest @ ..] = bytes;
        let number = |place: usize| {
            let fields = rest.as_chunks::<4>().0;
            fields.get(place).map_or(0, |field| u32::from_le_bytes(*field))
        };
        let known = matches!(*kind, BATCH | END)
            && *flags <= ZIPPED | SAYS_METAS | SAYS_CHANGES
            && (*flags & SAYS_CHANGES != 0 || (*low, *high) == (0, 0));
        if !known {
            return Err(broken("the head of a batch has an unknown kind or flag"));
        }
        Ok(Self {
            is_end: *kind == END,
            zipped: *flags & ZIPPED != 0,
            says_metas: *flags & SAYS_METAS != 0,
            made: (*flags & SAYS_CHANGES != 0).then(|| u16::from_le_bytes([*low, *high])),
            count: number(0),
            sent: number(1),
            content: number(2),
            sum: number(3),
        })
    }
}

/// Returns `fields` and their CRC-32C.
fn sealed<const N: usize>(fields: &[u8]) -> [u8; N] {
    let sum = crc32c::crc32c(fields).to_le_bytes();
    let mut bytes = [0; N];
    for (place, byte) in bytes.iter_mut().zip(fields.iter().chain(&sum)) {
        *place = *byte;
    }
    bytes
}

fn is_sealed(bytes: &[u8]) -> bool {
    bytes
        .split_last_chunk::<4>()
        .is_some_and(|(fields, sum)| crc32c::crc32c(fields) == u32::from_le_bytes(*sum))
}

/// Returns the error for a stream that breaks the format.
#[cold]
pub(super) fn broken(what: &str) -> Error {
    Error::Protocol(format!("a stream of revisions is broken: {what}"))
}
