//! The forms of a revision: the form that its ref hashes, and the text that a user's store gets.
//!
//! Source: the documentation, "The revision's text and its ref".
#![deny(clippy::arithmetic_side_effects, clippy::indexing_slicing)]

mod form;
mod former;
mod meta;
mod names;
mod text;

pub use form::{Kind, Parsed, digest, ref_of_content, ref_with_meta};
pub use meta::{Damaged, MAX_META_BYTES, Meta, StoredMeta};
pub use text::{Texts, built_in_ref, text_of};
