//! A value in all three texts.

use crate::json::tree::Span;

/// The texts of the base, ours and theirs.
pub(super) type Texts<'t> = [&'t [u8]; 3];

/// A value in the base, ours and theirs; `None` where it is missing.
pub(super) type Triple = [Option<Span>; 3];
