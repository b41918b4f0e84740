//! Revisions as a binary stream between databases, specified in `docs/protocol.md`.
//!
//! Holds the format and both of its ends, without input or output: an [`Encoder`] is given revisions
//! and makes bytes, a [`Framer`] cuts what came into batches, an [`Opener`] reads and verifies these.
//! Memory is flat at any length of the stream. Knows no store; nothing that came is believed.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

mod came;
mod changes;
mod encode;
mod framer;
mod head;
mod name;
mod open;
mod outside;
mod rows;
mod sent;
mod texts;
mod window;
mod zip;

pub use came::{Came, Told};
pub use changes::{Ancestry, Unmade};
pub use encode::Encoder;
pub use framer::{Frame, Framer};
pub use name::Name;
pub use open::Opener;
pub use outside::Lookup;
pub use sent::Sent;

/// The one version of the format that this code reads and writes.
pub const WIRE_VERSION: u8 = 1;
/// Bytes at the start of a stream, the last two of which a transfer as text would change.
const MAGIC: [u8; 8] = *b"\x89HISTO\r\n";

/// A batch ends when it has this many bytes of content.
const BATCH_CONTENT: usize = 1 << 18;
/// Most bytes of content of a batch of several revisions, and of what one has beside its payload.
pub const MOST_CONTENT: usize = 1 << 22;
/// Most revisions of a batch.
pub const MOST_REVISIONS: usize = 1 << 16;
/// Most ancestors of a revision in a stream, and of a batch before its last revision.
pub const MOST_ANCESTORS: usize = 1 << 16;
/// Most bytes of a ref that is not a built-in one.
pub const MOST_TEXT: usize = 4096;
/// Most bytes that a revision's own ref and those of its ancestors take.
const MOST_NAMES: usize = MOST_CONTENT - 2 * BATCH_CONTENT;
/// How many of the last revisions of a stream can be named by their distance.
pub const WINDOW: usize = 1 << 16;
/// Most bytes of texts in the window: the oldest leave it before.
const WINDOW_BYTES: usize = 1 << 24;

/// Bits of the number that a revision begins with.
const BINARY: u32 = 1;
const TOLD: u32 = 1 << 1;
const ERASED: u32 = 1 << 2;
/// In a batch that says of metas: one comes, or only its hash.
const META: u32 = 1 << 3;
const META_DIGEST: u32 = 1 << 4;
/// In a batch that says of changes: the payload comes as a change of an earlier one.
const CHANGED: u32 = 1 << 5;
/// Where the count of ancestors begins in that number.
const SHIFT: u32 = 3;
const SHIFT_WITH_METAS: u32 = 5;
const SHIFT_WITH_CHANGES: u32 = 6;

/// The head of a batch that says of changes counts the bytes of its payloads in units of so many.
const MADE_UNIT: usize = 1 << 16;
/// Most bytes of the latest texts of a stream that are kept as bases, and of a base outside of it.
const KEPT: usize = 8 << 20;
/// A batch that says of changes ends when its payloads have so many bytes, whatever they came as.
const MADE_CONTENT: usize = 1 << 20;

/// Limits of the side that takes a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most bytes of a revision's payload.
    pub revision: u64,
    /// Most bytes of content of all batches together.
    pub stream: u64,
}
