//! Elements of arrays: how they are identified, and which elements of two arrays correspond.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "indices of lists that are made here, all of known lengths"
)]

mod align;
mod identity;
mod keys;
mod sequence;

pub(crate) use align::{Alignment, NONE, align, pair_gaps};
pub(crate) use identity::{by_key, by_value};
pub use keys::ArrayKeys;
