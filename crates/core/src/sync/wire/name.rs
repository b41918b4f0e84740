//! Name: a revision's ref in a stream: a built-in ref or any other string.

use std::fmt;

use super::MOST_TEXT;
use crate::varint;
use crate::{Error, Ref, Result};

/// The ref of a revision of any store.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Name {
    /// 64 lower-case hexadecimal digits, as their 32 bytes.
    Ref(Ref),
    /// Another string: not empty, at most `MOST_TEXT` bytes, and not one that the other form can express.
    Text(Box<str>),
}

impl Name {
    /// Names a revision by its ref.
    ///
    /// # Errors
    /// `TooLarge` for a text that no stream carries, `Misuse` for an empty one.
    pub fn of(text: &str) -> Result<Self> {
        if let Some(reference) = Ref::from_hex(text.as_bytes()) {
            return Ok(Self::Ref(reference));
        }
        if text.is_empty() {
            return Err(Error::Misuse("a ref must not be empty".into()));
        }
        if text.len() > MOST_TEXT {
            return Err(Error::too_large(format!(
                "a ref of {} bytes is over the {MOST_TEXT} that a stream carries: {text}",
                text.len()
            )));
        }
        Ok(Self::Text(text.into()))
    }

    /// Appends it in the form of a stream.
    pub(super) fn put(&self, out: &mut Vec<u8>) {
        match self {
            Self::Ref(reference) => {
                out.push(0);
                out.extend_from_slice(reference.as_bytes());
            }
            Self::Text(text) => {
                out.push(1);
                varint::put(u32::try_from(text.len()).unwrap_or(u32::MAX), out);
                out.extend_from_slice(text.as_bytes());
            }
        }
    }

    /// Returns the bytes of its text, if it is a text.
    pub(super) fn text_bytes(&self) -> usize {
        match self {
            Self::Ref(_) => 0,
            Self::Text(text) => text.len(),
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ref(reference) => reference.fmt(f),
            Self::Text(text) => f.write_str(text),
        }
    }
}
