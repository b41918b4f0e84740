//! Parts of a text, and kinds of values.

/// A part of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Span {
    pub(crate) const fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// All of a text.
    pub(crate) const fn whole(text: &[u8]) -> Self {
        Self { start: 0, end: text.len() }
    }

    /// Returns its bytes; none if `text` is too short.
    pub(crate) fn of(self, text: &[u8]) -> &[u8] {
        text.get(self.start..self.end).unwrap_or_default()
    }
}

/// The kind of a value, as far as members and elements matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Object,
    Array,
    Scalar,
}

/// Returns the kind of the value that begins at `at`.
pub(crate) fn shape_at(text: &[u8], at: usize) -> Shape {
    match text.get(at) {
        Some(b'{') => Shape::Object,
        Some(b'[') => Shape::Array,
        _ => Shape::Scalar,
    }
}
