//! Compression of a batch: one zstd frame, bounded by the length that its head declares.

use std::fmt;

use zstd::stream::raw::{Decoder, InBuffer, Operation, OutBuffer};
use zstd::zstd_safe::{CParameter, DParameter};

use super::head::broken;
use crate::room::room;
use crate::{Error, Result};

/// A fast level; a batch is small, so more effort gains little.
const LEVEL: i32 = 1;
/// A frame may look back at most this far, as a power of two: bounds the memory for reading one.
const WINDOW_LOG: u32 = 22;
/// From this many bytes on, room for content is made in steps that double: a length that is only claimed
/// allocates nothing.
const FIRST_ROOM: usize = 1 << 20;

/// Compresses batches, one after another.
pub(super) struct Zip(zstd::bulk::Compressor<'static>);

impl fmt::Debug for Zip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Zip")
    }
}

impl Zip {
    pub(super) fn new() -> Result<Self> {
        let mut compressor = zstd::bulk::Compressor::new(LEVEL).map_err(failed)?;
        compressor.set_parameter(CParameter::WindowLog(WINDOW_LOG - 1)).map_err(failed)?;
        Ok(Self(compressor))
    }

    /// Returns the content as one frame.
    pub(super) fn compress(&mut self, content: &[u8]) -> Result<Vec<u8>> {
        room(zstd::zstd_safe::compress_bound(content.len()))?;
        self.0.compress(content).map_err(failed)
    }
}

/// Decompresses batches, one after another.
pub(super) struct Unzip(Decoder<'static>);

impl fmt::Debug for Unzip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Unzip")
    }
}

impl Unzip {
    pub(super) fn new() -> Result<Self> {
        let mut decoder = Decoder::new().map_err(failed)?;
        decoder.set_parameter(DParameter::WindowLogMax(WINDOW_LOG)).map_err(failed)?;
        Ok(Self(decoder))
    }

    /// Decompresses exactly one frame that stands for `length` bytes.
    ///
    /// # Errors
    /// `Protocol` for anything else; `TooLarge` without memory for it.
    pub(super) fn read(&mut self, frame: &[u8], length: usize) -> Result<Vec<u8>> {
        self.0.reinit().map_err(failed)?;
        let mut content = Vec::new();
        let mut input = InBuffer::around(frame);
        loop {
            make_room(&mut content, length)?;
            let (had, taken) = (content.len(), input.pos());
            let mut output = OutBuffer::around_pos(&mut content, had);
            let rest = self.0.run(&mut input, &mut output).map_err(|error| damaged(&error))?;
            let has_ended = rest == 0;
            let is_stuck = output.pos() == had && input.pos() == taken;
            if has_ended || is_stuck {
                let is_whole = has_ended && input.pos() == frame.len() && content.len() == length;
                return if is_whole { Ok(content) } else { Err(wrong_length()) };
            }
        }
    }
}

/// Makes room for more, up to `length` bytes in all.
fn make_room(content: &mut Vec<u8>, length: usize) -> Result<()> {
    if content.len() < content.capacity() || content.len() >= length {
        return Ok(());
    }
    let more = content.len().max(FIRST_ROOM).min(length.saturating_sub(content.len()));
    super::framer::reserve(content, more)
}

#[cold]
fn wrong_length() -> Error {
    broken("the compressed content of a batch does not have the length that its head declares")
}

#[cold]
fn damaged(error: &std::io::Error) -> Error {
    broken(&format!("the content of a batch cannot be decompressed ({error})"))
}

#[cold]
#[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err`")]
fn failed(error: std::io::Error) -> Error {
    Error::Internal(format!("zstd: {error}"))
}
