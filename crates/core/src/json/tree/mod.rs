//! The structure of canonical texts, read as far as needed.
//!
//! Returns spans of values, members and elements, one level at a time; the inside of an item is skipped, 64
//! bytes a step. Expects canonical JSON: for other text the spans mean nothing, but nothing here panics or
//! loops forever.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "offsets of a text that was checked; masks of 64 bits"
)]

mod blocks;
mod items;
mod span;

pub(crate) use blocks::{Marks, commas, end_of_container};
pub(crate) use items::{Item, find, items_from, key_end, key_start, locate, value_end};
pub(crate) use span::{Shape, Span, shape_at};
