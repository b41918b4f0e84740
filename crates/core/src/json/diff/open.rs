//! The containers that are open at a place of a text, each with its current item.
//!
//! Reads the brackets, and commas only between the containers of an array: an element that is a container costs
//! no comma, and elements that are none are counted 64 bytes a step.

use std::iter::Peekable;

use crate::json::tree::{Marks, Span, commas, key_start};

/// An open container.
#[derive(Debug, Clone)]
pub(super) struct Frame {
    /// Where it begins.
    pub(super) open: usize,
    /// Where its current item begins; of an object that is still being read, where the last container in it does.
    pub(super) item: usize,
    /// Of an array: the index of the item.
    pub(super) index: usize,
    /// The place after its bracket, or after the last container in it.
    rest: usize,
    is_array: bool,
}

impl Frame {
    const fn new(open: usize, bracket: u8) -> Self {
        Self { open, item: open + 1, index: 0, rest: open + 1, is_array: bracket == b'[' }
    }

    /// Goes on to a container in it, which begins at `at`.
    #[inline]
    fn enter(&mut self, text: &[u8], at: usize) {
        if self.is_array {
            self.index += match at - self.rest {
                // Behind its bracket, or a comma behind another container.
                nearby @ (0 | 1) => nearby,
                _ => commas(text, Span::new(self.rest, at)).0,
            };
        }
        self.item = at;
    }

    /// Goes on to `place`. `is_innermost`: no container in it is open there.
    fn settle(&mut self, text: &[u8], place: usize, is_innermost: bool) {
        let behind = Span::new(self.rest, place);
        let (count, last) = if is_innermost { commas(text, behind) } else { (0, None) };
        if let Some(comma) = last {
            self.index += count;
            self.item = comma + 1;
        } else if !self.is_array && self.item > self.open + 1 {
            self.item = key_start(text, self.item).max(self.open + 1);
        }
    }
}

/// Reads a text from its beginning on.
pub(super) struct Open<'t> {
    text: &'t [u8],
    marks: Peekable<Marks<'t, false>>,
    frames: Vec<Frame>,
}

impl<'t> Open<'t> {
    pub(super) fn new(text: &'t [u8]) -> Self {
        let marks = Marks::new(text, Span::whole(text)).peekable();
        Self { text, marks, frames: Vec::new() }
    }

    /// Returns the containers that are open at `place`, outermost first; `place` is not before that of an
    /// earlier call.
    pub(super) fn at(&mut self, place: usize) -> Vec<Frame> {
        while let Some((at, byte)) = self.marks.next_if(|(at, _)| *at < place) {
            if matches!(byte, b'[' | b'{') {
                if let Some(frame) = self.frames.last_mut() {
                    frame.enter(self.text, at);
                }
                self.frames.push(Frame::new(at, byte));
            } else {
                self.frames.pop();
                if let Some(frame) = self.frames.last_mut() {
                    frame.rest = at + 1;
                }
            }
        }
        let mut frames = self.frames.clone();
        let innermost = frames.len().saturating_sub(1);
        for (number, frame) in frames.iter_mut().enumerate() {
            frame.settle(self.text, place, number == innermost);
        }
        frames
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::{prop_assert_eq, proptest};

    /// Reads every bracket and comma one by one.
    fn plain(text: &[u8], place: usize) -> Vec<(usize, usize, usize)> {
        let mut frames: Vec<(usize, usize, usize)> = Vec::new();
        for (at, byte) in Marks::<true>::new(text, Span::new(0, place)) {
            match byte {
                b'[' | b'{' => frames.push((at, at + 1, 0)),
                b',' => {
                    if let Some((_, item, index)) = frames.last_mut() {
                        (*item, *index) = (at + 1, *index + 1);
                    }
                }
                _ => drop(frames.pop()),
            }
        }
        frames
    }

    proptest! {
        /// Checked to fail: without `settle`, and with a `key_start` that takes an escaped quote for the first one.
        #[test]
        fn frames_are_those_of_reading_every_bracket_and_comma(
            tokens in vec(0..10_usize, 0..60),
            mut places in vec(0..400_usize, 1..4),
        ) {
            const PARTS: [&str; 10] =
                ["[", "{", "]", "]", "1", "\"a,]\"", "[]", "{\"\\\"{\":[2]}", "{\"k\\\\\":\"\"}", "[3,4]"];
            let mut text = String::new();
            let mut open = Vec::new();
            for part in tokens.into_iter().map(|at| PARTS[at]) {
                let is_first = text.ends_with(['[', '{']) || text.is_empty();
                if part == "]" {
                    if let Some(close) = open.pop() {
                        text.push(close);
                    }
                    continue;
                }
                if open.is_empty() && !is_first {
                    break;
                }
                text.push_str(if is_first { "" } else { "," });
                if open.last() == Some(&'}') {
                    text.push_str("\"\\\"k[,\\\\\":");
                }
                text.push_str(part);
                open.extend(match part {
                    "[" => Some(']'),
                    "{" => Some('}'),
                    _ => None,
                });
            }
            places.sort_unstable();
            let mut reader = Open::new(text.as_bytes());
            for place in places {
                let read = reader.at(place.min(text.len()));
                let array = |open: usize| text.as_bytes()[open] == b'[';
                let told: Vec<_> = read
                    .iter()
                    .map(|frame| (frame.open, frame.item, array(frame.open).then_some(frame.index)))
                    .collect();
                let wanted: Vec<_> = plain(text.as_bytes(), place.min(text.len()))
                    .into_iter()
                    .map(|(open, item, index)| (open, item, array(open).then_some(index)))
                    .collect();
                prop_assert_eq!(told, wanted, "{} at {}", text, place);
            }
        }
    }
}
