//! The smallest value that contains all differences of two texts.
//!
//! Compares bytes from both ends, and reads the structure of the equal beginning: values before and after the
//! place cost a comparison.

use crate::json::paths::Step;
use crate::json::tree::{Marks, Span, end_of_container, key_end, value_end};

/// Bytes compared at once.
const CHUNK: usize = 128;

/// The place where two values differ.
#[derive(Debug)]
pub(crate) struct Narrowed {
    /// The path from the values to it; keys are in the first text.
    pub(crate) steps: Vec<Step>,
    /// Where the container of each step begins in the first text.
    pub(crate) opens: Vec<usize>,
    pub(crate) a: Span,
    pub(crate) b: Span,
    /// If both are containers of the same kind: the first items that may differ.
    pub(crate) first: Option<First>,
}

/// The first items of two containers that may differ.
#[derive(Debug, Clone, Copy)]
pub(crate) struct First {
    pub(crate) index: usize,
    pub(crate) a: usize,
    pub(crate) b: usize,
}

/// A container that is open where the texts diverge, with its current item.
struct Frame {
    open: usize,
    item: usize,
    index: usize,
}

/// Two values, as bytes, and how many bytes are equal at both ends.
struct Pair<'t> {
    a: &'t [u8],
    b: &'t [u8],
    head: usize,
    tail: usize,
}

impl Pair<'_> {
    /// Whether two places are equally far from the ends, and only equal bytes follow.
    fn is_behind(&self, a: usize, b: usize) -> bool {
        let left = self.a.len().saturating_sub(a);
        left == self.b.len().saturating_sub(b) && left <= self.tail
    }

    /// Returns where the value of the frame's item begins, if both texts have that item under the same key.
    fn value_of(&self, frame: &Frame) -> Option<usize> {
        let bytes = [self.a, self.b].map(|text| text.get(frame.item).copied());
        if bytes.iter().any(|byte| matches!(byte, None | Some(b']' | b'}'))) {
            return None;
        }
        if self.a.get(frame.open) == Some(&b'[') {
            return Some(frame.item);
        }
        let start = key_end(self.a, frame.item) + 2;
        (start <= self.head).then_some(start)
    }
}

/// Finds where the value `a` of one text and `b` of another differ; `None` if they are equal.
pub(crate) fn narrow(a_text: &[u8], a: Span, b_text: &[u8], b: Span) -> Option<Narrowed> {
    let [left, right] = [a.of(a_text), b.of(b_text)];
    let head = common_start(left, right);
    if head == left.len() && head == right.len() {
        return None;
    }
    let tail = common_end(left.get(head..)?, right.get(head..)?);
    let pair = Pair { a: left, b: right, head, tail };
    let mut frames = frames_at(left, head);
    let (ends, first) = smallest(&pair, &mut frames)?;
    let steps = frames.iter().map(|frame| step(left, frame, a.start)).collect();
    let opens = frames.iter().map(|frame| a.start + frame.open).collect();
    Some(Narrowed {
        steps,
        opens,
        a: Span::new(a.start + ends.start, a.start + ends.a),
        b: Span::new(b.start + ends.start, b.start + ends.b),
        first: first.map(|frame| First {
            index: frame.index,
            a: a.start + frame.item,
            b: b.start + frame.item,
        }),
    })
}

/// Where a value begins in both texts, and where it ends in each.
struct Ends {
    start: usize,
    a: usize,
    b: usize,
}

/// Searches outwards from the innermost value at the difference for the first that contains all of it. Leaves
/// in `frames` those around it, and returns its own.
fn smallest(pair: &Pair<'_>, frames: &mut Vec<Frame>) -> Option<(Ends, Option<Frame>)> {
    let whole = Ends { start: 0, a: pair.a.len(), b: pair.b.len() };
    let Some(innermost) = frames.last() else {
        return Some((whole, None));
    };
    let mut from = (innermost.item, innermost.item);
    if let Some(start) = pair.value_of(innermost) {
        from = (value_end(pair.a, start), value_end(pair.b, start));
        if pair.is_behind(from.0, from.1) {
            return Some((Ends { start, a: from.0, b: from.1 }, None));
        }
    }
    while let Some(frame) = frames.pop() {
        from = (end_of_container(pair.a, from.0, 1), end_of_container(pair.b, from.1, 1));
        if frames.is_empty() || pair.is_behind(from.0, from.1) {
            return Some((Ends { start: frame.open, a: from.0, b: from.1 }, Some(frame)));
        }
    }
    None
}

fn step(text: &[u8], frame: &Frame, shift: usize) -> Step {
    if text.get(frame.open) == Some(&b'[') {
        return Step::Index(frame.index);
    }
    let key = Span::new(shift + frame.item + 1, shift + key_end(text, frame.item));
    Step::Key { text: 0, key }
}

/// Returns the containers that are open at `head`, outermost first.
fn frames_at(text: &[u8], head: usize) -> Vec<Frame> {
    let mut frames: Vec<Frame> = Vec::new();
    for (at, byte) in Marks::new(text, Span::new(0, head)) {
        match byte {
            b'[' | b'{' => frames.push(Frame { open: at, item: at + 1, index: 0 }),
            b',' => {
                if let Some(frame) = frames.last_mut() {
                    frame.item = at + 1;
                    frame.index += 1;
                }
            }
            _ => {
                frames.pop();
            }
        }
    }
    frames
}

/// Returns how many bytes are equal at the start.
fn common_start(a: &[u8], b: &[u8]) -> usize {
    let chunks = a.chunks_exact(CHUNK).zip(b.chunks_exact(CHUNK));
    let same = chunks.take_while(|(left, right)| left == right).count() * CHUNK;
    let rest = a.iter().zip(b).skip(same);
    same + rest.take_while(|(left, right)| left == right).count()
}

/// Returns how many bytes are equal at the end.
fn common_end(a: &[u8], b: &[u8]) -> usize {
    let chunks = a.rchunks_exact(CHUNK).zip(b.rchunks_exact(CHUNK));
    let same = chunks.take_while(|(left, right)| left == right).count() * CHUNK;
    let rest = a.iter().rev().zip(b.iter().rev()).skip(same);
    same + rest.take_while(|(left, right)| left == right).count()
}
