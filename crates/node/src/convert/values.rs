//! Values that cross the boundary often, converted by the cheapest calls of Node-API.
//!
//! A text costs 0.08 us in (its length by the latin1 call, then one write), a ref 0.1 us out.

use std::ptr;
use std::sync::Arc;

use histo_core::Ref;
use napi::bindgen_prelude::{
    FromNapiValue, ToNapiValue, TypeName, Uint8ArraySlice, ValidateNapiValue,
};
use napi::{Env, Error, Result, Status, ValueType, check_status, sys};

use crate::convert::napi_error::{NO_MEMORY, from_napi};

/// Texts with more bytes are measured exactly before they are copied.
const MEASURED: usize = 1 << 16;

/// More refs than this are returned in chunks, with a turn of the event loop between.
pub(crate) const MAX_INLINE_REFS: usize = 2048;

/// A string as UTF-8.
pub struct Text(pub(crate) Vec<u8>);

/// A ref given as a string. Another string, which no revision can have, is kept for the error.
pub struct RefText(pub(crate) std::result::Result<Ref, String>);

/// A ref for JavaScript: a string of 64 digits.
pub struct RefHex(pub(crate) Ref);

/// A text for JavaScript.
pub struct TextOut(pub(crate) Arc<str>);

/// A value that was made already.
pub struct Made(pub(crate) sys::napi_value);

impl RefHex {
    /// The refs, for JavaScript.
    pub(crate) fn all(refs: impl IntoIterator<Item = Ref>) -> Vec<Self> {
        refs.into_iter().map(Self).collect()
    }
}

impl Made {
    /// Makes a value, on the thread of its environment.
    pub(crate) fn of<T: ToNapiValue>(env: Env, value: T) -> histo_core::Result<Self> {
        #[expect(unsafe_code, reason = "the trait's method is unsafe")]
        // SAFETY: `env` is that of the running call.
        unsafe { T::to_napi_value(env.raw(), value) }.map(Self).map_err(from_napi)
    }
}

impl Text {
    /// Returns the text; Node-API writes UTF-8.
    pub(crate) fn as_str(&self) -> histo_core::Result<&str> {
        str::from_utf8(&self.0).map_err(|error| histo_core::Error::Internal(error.to_string()))
    }
}

impl FromNapiValue for Text {
    #[expect(unsafe_code, reason = "the trait's method is unsafe")]
    unsafe fn from_napi_value(env: sys::napi_env, napi_val: sys::napi_value) -> Result<Self> {
        let no_text = || Error::new(Status::StringExpected, "expected a string".to_owned());
        let units = units_of(env, napi_val)?.ok_or_else(no_text)?;
        let mut text = Vec::new();
        read_string(env, napi_val, units, &mut text)?;
        Ok(Self(text))
    }
}

/// Returns how many UTF-16 units a string has; `None` if it is not a string.
pub(crate) fn units_of(env: sys::napi_env, value: sys::napi_value) -> Result<Option<usize>> {
    let mut units = 0;
    #[expect(unsafe_code, reason = "Node-API is C")]
    // SAFETY: without a buffer the call only returns the length.
    let status = unsafe {
        sys::napi_get_value_string_latin1(env, value, ptr::null_mut(), 0, &raw mut units)
    };
    if status == sys::Status::napi_string_expected {
        return Ok(None);
    }
    check_status!(status)?;
    Ok(Some(units))
}

/// Reads a string of `units` UTF-16 units into an empty buffer, as UTF-8.
pub(crate) fn read_string(
    env: sys::napi_env,
    value: sys::napi_value,
    units: usize,
    text: &mut Vec<u8>,
) -> Result<()> {
    let mut capacity = units * 3;
    if units > MEASURED {
        #[expect(unsafe_code, reason = "Node-API is C")]
        // SAFETY: without a buffer the call only returns the length.
        let status = unsafe {
            sys::napi_get_value_string_utf8(env, value, ptr::null_mut(), 0, &raw mut capacity)
        };
        check_status!(status)?;
    }
    text.try_reserve_exact(capacity + 1)
        .map_err(|_| Error::new(Status::GenericFailure, NO_MEMORY.to_owned()))?;
    let mut written = 0;
    let buffer = text.as_mut_ptr().cast();
    #[expect(unsafe_code, reason = "Node-API is C")]
    // SAFETY: the buffer has room for `capacity + 1` bytes, including the closing zero.
    let status = unsafe {
        sys::napi_get_value_string_utf8(env, value, buffer, capacity + 1, &raw mut written)
    };
    check_status!(status)?;
    #[expect(unsafe_code, reason = "the buffer was filled by C")]
    // SAFETY: Node-API wrote that many bytes.
    unsafe {
        text.set_len(written);
    };
    Ok(())
}

impl FromNapiValue for RefText {
    #[expect(unsafe_code, reason = "Node-API is C")]
    unsafe fn from_napi_value(env: sys::napi_env, napi_val: sys::napi_value) -> Result<Self> {
        // Room for one more character of any width, so that a longer string is noticed, and the zero.
        let mut buffer = [0_u8; 69];
        let mut written = 0;
        let start = buffer.as_mut_ptr().cast();
        check_status!(
            // SAFETY: the buffer has the given size.
            unsafe { sys::napi_get_value_string_utf8(env, napi_val, start, 69, &raw mut written) }
        )?;
        if let Some(reference) = buffer.get(..written).and_then(Ref::from_hex) {
            return Ok(Self(Ok(reference)));
        }
        // SAFETY: the same value again, which is a string.
        let text = unsafe { Text::from_napi_value(env, napi_val) }?;
        Ok(Self(Err(String::from_utf8_lossy(&text.0).into_owned())))
    }
}

impl ToNapiValue for RefHex {
    #[expect(unsafe_code, reason = "Node-API is C")]
    unsafe fn to_napi_value(env: sys::napi_env, val: Self) -> Result<sys::napi_value> {
        hex(env, &val.0)
    }
}

impl ToNapiValue for TextOut {
    #[expect(unsafe_code, reason = "the trait's method is unsafe")]
    unsafe fn to_napi_value(env: sys::napi_env, val: Self) -> Result<sys::napi_value> {
        string(env, val.0.as_bytes())
    }
}

impl ToNapiValue for Made {
    #[expect(unsafe_code, reason = "the trait's method is unsafe")]
    unsafe fn to_napi_value(_env: sys::napi_env, val: Self) -> Result<sys::napi_value> {
        Ok(val.0)
    }
}

impl TypeName for RefText {
    fn type_name() -> &'static str {
        "Ref"
    }

    fn value_type() -> ValueType {
        ValueType::String
    }
}

impl ValidateNapiValue for RefText {}

impl TypeName for Text {
    fn type_name() -> &'static str {
        "Text"
    }

    fn value_type() -> ValueType {
        ValueType::String
    }
}

impl ValidateNapiValue for Text {}

/// Cuts a text into pieces of `lengths` UTF-16 units, skipping one unit between two.
pub(crate) fn pieces<'a>(text: &'a str, lengths: &[u32]) -> histo_core::Result<Vec<&'a str>> {
    let is_ascii = text.is_ascii();
    let mut rest = text;
    let mut pieces = Vec::with_capacity(lengths.len());
    for &units in lengths {
        let units = units as usize;
        let end = if is_ascii { Some(units) } else { bytes_of_units(rest, units) };
        let cut = end.and_then(|end| rest.split_at_checked(end));
        let (piece, after) =
            cut.ok_or_else(|| histo_core::Error::Misuse("the text is too short".to_owned()))?;
        pieces.push(piece);
        rest = after.get(1..).unwrap_or_default();
    }
    Ok(pieces)
}

/// Returns how many bytes the first `units` UTF-16 units of a text have.
fn bytes_of_units(text: &str, units: usize) -> Option<usize> {
    let mut left = units;
    for (at, character) in text.char_indices() {
        if left == 0 {
            return Some(at);
        }
        left = left.checked_sub(character.len_utf16())?;
    }
    (left == 0).then_some(text.len())
}

/// Makes a string from UTF-8; uses the cheaper call for pure ASCII, the common case.
pub(crate) fn string(env: sys::napi_env, text: &[u8]) -> Result<sys::napi_value> {
    if text.is_ascii() {
        return latin1(env, text);
    }
    let mut value = ptr::null_mut();
    let length = text.len().cast_signed();
    #[expect(unsafe_code, reason = "Node-API is C")]
    // SAFETY: pointer and length are the slice's.
    let status =
        unsafe { sys::napi_create_string_utf8(env, text.as_ptr().cast(), length, &raw mut value) };
    check_status!(status)?;
    Ok(value)
}

/// Makes a string from a ref's 64 digits.
pub(crate) fn hex(env: sys::napi_env, reference: &Ref) -> Result<sys::napi_value> {
    latin1(env, &reference.to_hex())
}

fn latin1(env: sys::napi_env, text: &[u8]) -> Result<sys::napi_value> {
    let mut value = ptr::null_mut();
    let length = text.len().cast_signed();
    #[expect(unsafe_code, reason = "Node-API is C")]
    // SAFETY: pointer and length are the slice's.
    let status = unsafe {
        sys::napi_create_string_latin1(env, text.as_ptr().cast(), length, &raw mut value)
    };
    check_status!(status)?;
    Ok(value)
}

/// Writes refs as digits, 64 bytes each, as many as fit; returns how many. JavaScript cuts strings from them
/// for less than an array of strings costs here.
pub(crate) fn write_digits(refs: impl Iterator<Item = Ref>, mut room: Uint8ArraySlice<'_>) -> u32 {
    #[expect(unsafe_code, reason = "JavaScript owns the memory")]
    // SAFETY: only the thread of the running call knows it.
    let room = unsafe { room.as_mut() };
    let mut count = 0;
    for (reference, place) in refs.zip(room.chunks_exact_mut(64)) {
        place.copy_from_slice(&reference.to_hex());
        count += 1;
    }
    count
}

/// Makes a `Uint8Array` with a copy: 45 us a megabyte (an external one 3 ms).
pub(crate) fn bytes(env: sys::napi_env, bytes: &[u8]) -> Result<sys::napi_value> {
    let (mut data, mut buffer, mut array) = (ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
    #[expect(unsafe_code, reason = "Node-API is C")]
    // SAFETY: Node-API fills in both pointers.
    let status =
        unsafe { sys::napi_create_arraybuffer(env, bytes.len(), &raw mut data, &raw mut buffer) };
    check_status!(status)?;
    if !bytes.is_empty() {
        #[expect(unsafe_code, reason = "Node-API hands out a raw pointer")]
        // SAFETY: the new buffer has that length and nobody else knows it yet.
        unsafe {
            ptr::copy_nonoverlapping(bytes.as_ptr(), data.cast(), bytes.len());
        };
    }
    let kind = sys::TypedarrayType::uint8_array;
    #[expect(unsafe_code, reason = "Node-API is C")]
    // SAFETY: the view covers the whole buffer.
    let status =
        unsafe { sys::napi_create_typedarray(env, kind, bytes.len(), buffer, 0, &raw mut array) };
    check_status!(status)?;
    Ok(array)
}
