//! Texts of revisions from JavaScript, read into a buffer that the calls of a thread share.
//!
//! A text is a string, or bytes of UTF-8. Ancestors are one name or an array, since nearly all revisions have
//! one ancestor. Allocating in each call would take a tenth of the time of making or reading a text.

use std::cell::Cell;

use napi::Result;
use napi::bindgen_prelude::{FromNapiValue, TypeName, Uint8ArraySlice, ValidateNapiValue};
use napi::{ValueType, sys};

use crate::convert::values::{Text, read_string, units_of};

/// A buffer with more bytes than this is freed.
const KEPT: usize = 1 << 16;

thread_local! {
    static SPARE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// A text from JavaScript.
pub enum Given<'a> {
    /// A string.
    Text(Lent),
    /// Bytes; of UTF-8 if a text is expected.
    Bytes(Uint8ArraySlice<'a>),
}

/// A string as UTF-8, in the buffer of the thread unless that is in use.
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
    /// Returns the bytes of the text.
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
            // SAFETY: with the arguments of this call.
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
    /// Passes the names, in order, to `take`.
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
            // SAFETY: with the arguments of this call.
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
