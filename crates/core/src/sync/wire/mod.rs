//! Revisions as a binary stream between databases, specified in `docs/protocol.md`.
//!
//! Holds the format and both of its ends, without input or output: an [`Encoder`] makes bytes from revisions, a
//! [`Framer`] cuts incoming bytes into batches, an [`Opener`] reads and verifies these. Memory does not grow
//! with the length of the stream. Knows no store; trusts nothing that came.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

mod changes;
mod encode;
mod framer;
mod head;
mod name;
mod open;
mod outside;
mod received;
mod rows;
mod sent;
mod texts;
mod window;
mod zip;

pub use changes::{Ancestry, Unmade};
pub use encode::Encoder;
pub use framer::{Frame, Framer};
pub use name::Name;
pub use open::Opener;
pub use outside::Lookup;
pub use received::{Claimed, Received};
pub use sent::Sent;

/// The one version of the format that this code reads and writes.
pub const WIRE_VERSION: u8 = 1;
/// First bytes of a stream. Transfer as text would change the last two.
const MAGIC: [u8; 8] = *b"\x89HISTO\r\n";

/// A batch ends once it has this many bytes of content.
const BATCH_CONTENT: usize = 1 << 18;
/// At most this many bytes of content in a batch of several revisions, and in a single one besides its payload.
pub const MOST_CONTENT: usize = 1 << 22;
/// At most this many revisions in a batch.
pub const MOST_REVISIONS: usize = 1 << 16;
/// At most this many ancestors of a revision in a stream, and of a batch before its last revision.
pub const MOST_ANCESTORS: usize = 1 << 16;
/// At most this many bytes in a ref that is not a built-in one.
pub const MOST_TEXT: usize = 4096;
/// At most this many bytes in a revision's own ref and those of its ancestors.
const MOST_NAMES: usize = MOST_CONTENT - 2 * BATCH_CONTENT;
/// This many of the last revisions of a stream can be named by their distance.
pub const WINDOW: usize = 1 << 16;
/// At most this many bytes of texts of refs in the window: the oldest leave it earlier.
const WINDOW_BYTES: usize = 1 << 24;

/// Bits of the first number of a revision.
const BINARY: u32 = 1;
const TOLD: u32 = 1 << 1;
const ERASED: u32 = 1 << 2;
/// In a batch that declares metas: a meta comes, or only its hash.
const META: u32 = 1 << 3;
const META_DIGEST: u32 = 1 << 4;
/// In a batch that declares changes: the payload comes as a change of an earlier one.
const CHANGED: u32 = 1 << 5;
/// The lowest bit of the number of ancestors in that number.
const SHIFT: u32 = 3;
const SHIFT_WITH_METAS: u32 = 5;
const SHIFT_WITH_CHANGES: u32 = 6;

/// The head of a batch that declares changes counts the bytes of its payloads in units of this many.
const MADE_UNIT: usize = 1 << 16;
/// At most this many bytes of the latest texts of a stream are kept as bases; also the maximum of a base
/// outside of it.
const KEPT: usize = 8 << 20;
/// A batch that declares changes ends once its payloads have this many bytes, however they are sent.
const MADE_CONTENT: usize = 1 << 20;

/// Limits of the side that receives a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// At most this many bytes in a revision's payload.
    pub revision: u64,
    /// At most this many bytes of content in all batches together.
    pub stream: u64,
}
