//! A value as all three have it.

use crate::json::tree::Span;

/// The texts of the base, ours and theirs.
pub(super) type Texts<'t> = [&'t [u8]; 3];

/// A value in the base, ours and theirs, each where it is there.
pub(super) type Triple = [Option<Span>; 3];
