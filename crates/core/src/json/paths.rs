//! Places in data during a walk, and their JSON Pointers.
//!
//! Each place refers to the one above it, so that it costs one entry at any depth. Source: RFC 6901.

use super::tree::Span;

/// A place, by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place(u32);

impl Place {
    /// The root of the data.
    pub(crate) const ROOT: Self = Self(u32::MAX);
}

/// The last step to a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// An element.
    Index(usize),
    /// A member, by its key in the text with number `text`.
    Key { text: u8, key: Span },
}

/// The places of one walk over some texts.
#[derive(Debug)]
pub(crate) struct Paths<'t> {
    texts: [&'t [u8]; 3],
    places: Vec<(Place, Step)>,
}

impl<'t> Paths<'t> {
    pub(crate) const fn new(texts: [&'t [u8]; 3]) -> Self {
        Self { texts, places: Vec::new() }
    }

    /// Returns the place one step from `from`.
    pub(crate) fn step(&mut self, from: Place, step: Step) -> Place {
        let number = u32::try_from(self.places.len()).unwrap_or(u32::MAX);
        self.places.push((from, step));
        Place(number)
    }

    /// Appends the pointer of `place` as the content of a JSON string, without quotes.
    pub(crate) fn write(&self, place: Place, out: &mut Vec<u8>) {
        let mut steps = Vec::new();
        let mut at = place;
        while let Some((from, step)) = self.places.get(at.0 as usize) {
            steps.push(*step);
            at = *from;
        }
        for step in steps.into_iter().rev() {
            self.write_step(step, out);
        }
    }

    /// Appends one step, with the slash before it.
    pub(crate) fn write_step(&self, step: Step, out: &mut Vec<u8>) {
        out.push(b'/');
        match step {
            Step::Index(index) => out.extend_from_slice(index.to_string().as_bytes()),
            Step::Key { text, key } => {
                let text = self.texts.get(usize::from(text)).copied().unwrap_or_default();
                write_token(key.of(text), out);
            }
        }
    }

    /// Returns the pointer of `place` as a string.
    pub(crate) fn pointer(&self, place: Place) -> String {
        let mut text = Vec::new();
        self.write(place, &mut text);
        text.push(b'"');
        match super::strings::read(&text, 0) {
            Ok(Some((pointer, _))) => pointer.into_owned(),
            _ => String::new(), // impossible: keys are in canonical spelling
        }
    }
}

/// Appends a key as a token of a pointer. No JSON escape contains either of the two characters.
fn write_token(key: &[u8], out: &mut Vec<u8>) {
    for byte in key {
        match byte {
            b'~' => out.extend_from_slice(b"~0"),
            b'/' => out.extend_from_slice(b"~1"),
            _ => out.push(*byte),
        }
    }
}
