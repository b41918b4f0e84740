//! Elements of arrays: how they are told apart, and which of one array is which of another.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "indices of lists that are made here, all of known lengths"
)]

mod align;
mod identity;
mod sequence;

pub(crate) use align::{Alignment, NONE, align, pair_gaps};
pub(crate) use identity::{by_key, by_value};

use super::write_string;
use crate::Result;

/// By which members the elements of arrays are told apart.
pub struct ArrayKeys<'k> {
    /// Names in order of preference, spelt canonically, without quotes.
    names: Vec<Vec<u8>>,
    ask: Option<Ask<'k>>,
}

/// Asks for the names of an array, by its pointer.
type Ask<'k> = &'k mut dyn FnMut(&str) -> Result<Vec<String>>;

impl std::fmt::Debug for ArrayKeys<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ArrayKeys").field("names", &self.names.len()).finish_non_exhaustive()
    }
}

impl<'k> ArrayKeys<'k> {
    /// The same names for all arrays, in order of preference; none: by value.
    pub fn named<N: AsRef<str>>(names: &[N]) -> Self {
        Self { names: names.iter().map(|name| spelt(name.as_ref())).collect(), ask: None }
    }

    /// The names that `ask` gives for the pointer of an array.
    pub fn asked(ask: Ask<'k>) -> Self {
        Self { names: Vec::new(), ask: Some(ask) }
    }

    /// The names for an array, whose pointer `pointer` tells.
    pub(crate) fn of(&mut self, pointer: impl FnOnce() -> String) -> Result<&[Vec<u8>]> {
        if let Some(ask) = &mut self.ask {
            self.names = ask(&pointer())?.iter().map(|name| spelt(name)).collect();
        }
        Ok(&self.names)
    }
}

/// A key as it stands in canonical texts, without quotes.
fn spelt(name: &str) -> Vec<u8> {
    let mut text = Vec::new();
    write_string(name, &mut text);
    text.pop();
    text.get(1..).unwrap_or_default().to_vec()
}
