//! Texts of revisions as JavaScript gives them, read into a buffer that calls of a thread share.
//!
//! A string, of UTF-8 or in UTF-8; one name or an array of names, for nearly all revisions have one
//! ancestor. An allocation for each call is a tenth of what making or reading a text takes.

use std::cell::Cell;

use napi::Result;
use napi::bindgen_prelude::{FromNapiValue, TypeName, Uint8ArraySlice, ValidateNapiValue};
use napi::{ValueType, sys};

use crate::convert::values::{Text, read_string, units_of};

/// A buffer that is larger is given back.
const KEPT: usize = 1 << 16;

thread_local! {
    static SPARE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// A text as it comes from JavaScript.
pub enum Given<'a> {
    /// A string.
    Text(Lent),
    /// Bytes, of UTF-8 where a text is meant.
    Bytes(Uint8ArraySlice<'a>),
}

/// A string as UTF-8, in the buffer of the thread where that is not lent.
pub struct Lent(Vec<u8>);

impl Drop for Lent {
    fn drop(&mut self) {
        let mut buffer = std::mem::take(&mut self.0);
        if buffer.capacity() > KEPT {
            return;
        }
        buffer.clear();
        let _ending = SPARE.try_with(|spare| spare.set(buffer)); // fails while the thread ends
    }
}

impl Given<'_> {
    /// The bytes of the text.
    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Self::Text(Lent(text)) => text,
            Self::Bytes(bytes) => bytes,
        }
    }
}

impl FromNapiValue for Given<'_> {
    #[expect(unsafe_code, reason = "the trait's method is unsafe")]
    unsafe fn from_napi_value(env: sys::napi_env, napi_val: sys::napi_value) -> Result<Self> {
        let Some(units) = units_of(env, napi_val)? else {
            // SAFETY: what this was called with.
            return unsafe { Uint8ArraySlice::from_napi_value(env, napi_val) }.map(Self::Bytes);
        };
        let mut lent = Lent(SPARE.try_with(Cell::take).unwrap_or_default());
        read_string(env, napi_val, units, &mut lent.0)?;
        Ok(Self::Text(lent))
    }
}

impl TypeName for Given<'_> {
    fn type_name() -> &'static str {
        "string | Uint8Array"
    }

    fn value_type() -> ValueType {
        ValueType::Unknown
    }
}

impl ValidateNapiValue for Given<'_> {}

/// The ancestors of a revision: one name, or an array of names.
pub enum Names {
    /// A string.
    One(Text),
    /// An array of strings.
    Many(Vec<Text>),
}

impl Names {
    /// Has `take` see the names, in order.
    pub(crate) fn with<R>(
        &self,
        take: impl FnOnce(&[&str]) -> histo_core::Result<R>,
    ) -> histo_core::Result<R> {
        match self {
            Self::One(name) => take(&[name.as_str()?]),
            Self::Many(names) => {
                take(&names.iter().map(Text::as_str).collect::<histo_core::Result<Vec<_>>>()?)
            }
        }
    }
}

impl FromNapiValue for Names {
    #[expect(unsafe_code, reason = "the trait's method is unsafe")]
    unsafe fn from_napi_value(env: sys::napi_env, napi_val: sys::napi_value) -> Result<Self> {
        let Some(units) = units_of(env, napi_val)? else {
            // SAFETY: what this was called with.
            return unsafe { Vec::from_napi_value(env, napi_val) }.map(Self::Many);
        };
        let mut name = Vec::new();
        read_string(env, napi_val, units, &mut name)?;
        Ok(Self::One(Text(name)))
    }
}

impl TypeName for Names {
    fn type_name() -> &'static str {
        "string | string[]"
    }

    fn value_type() -> ValueType {
        ValueType::Unknown
    }
}

impl ValidateNapiValue for Names {}
