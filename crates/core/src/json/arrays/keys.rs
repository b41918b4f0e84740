//! The members by which elements of arrays are identified.

use crate::Result;
use crate::json::spelling::spelt;

/// The members by which elements of arrays are identified.
pub struct ArrayKeys<'k> {
    /// Names in order of preference, in canonical spelling, without quotes.
    names: Vec<Vec<u8>>,
    ask: Option<Ask<'k>>,
}

/// Returns the names for an array, given its pointer.
type Ask<'k> = &'k mut dyn FnMut(&str) -> Result<Vec<String>>;

impl std::fmt::Debug for ArrayKeys<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ArrayKeys").field("names", &self.names.len()).finish_non_exhaustive()
    }
}

impl<'k> ArrayKeys<'k> {
    /// The same names for all arrays, in order of preference; without any, elements are identified by value.
    pub fn named<N: AsRef<str>>(names: &[N]) -> Self {
        Self { names: names.iter().map(|name| spelt(name.as_ref())).collect(), ask: None }
    }

    /// The names that `ask` returns for the pointer of an array.
    pub fn asked(ask: Ask<'k>) -> Self {
        Self { names: Vec::new(), ask: Some(ask) }
    }

    /// Returns the names for an array; `pointer` returns its pointer.
    pub(crate) fn of(&mut self, pointer: impl FnOnce() -> String) -> Result<&[Vec<u8>]> {
        if let Some(ask) = &mut self.ask {
            self.names = ask(&pointer())?.iter().map(|name| spelt(name)).collect();
        }
        Ok(&self.names)
    }
}
