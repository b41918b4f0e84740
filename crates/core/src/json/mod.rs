//! Canonical JSON: RFC 8785 (JCS) text from any JSON text.
//!
//! One pass checks RFC 8259 and records what is out of order (`scan`, `members`). Most texts of
//! `JSON.stringify` need no more than a copy or a reordering of spans (`emit`). Never recurses and never
//! panics, whatever the bytes are. Sources: RFC 8259, RFC 8785, and ECMAScript's `Number::toString` and
//! `QuoteJSONString`.
#![deny(clippy::arithmetic_side_effects, clippy::indexing_slicing)]

mod arrays;
mod at;
mod canonical;
mod diff;
mod emit;
mod escapes;
mod marks;
mod members;
mod merge;
mod numbers;
mod order;
mod paths;
mod place;
mod refusal;
mod scan;
mod source;
mod spelling;
mod strings;
mod tree;

pub use arrays::ArrayKeys;
pub use at::value_at;
pub(crate) use at::{LookedUp, look_up};
pub use diff::{DiffOptions, diff};
pub use merge::{Merge, MergeOptions, merge3};

pub use canonical::{Canonicalizer, canonicalize, is_canonical};
pub use escapes::has_escaped_key;
pub use refusal::MAX_NESTING;
pub(crate) use strings::{read as read_string, write as write_string};
