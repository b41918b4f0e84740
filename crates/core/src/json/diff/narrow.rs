//! The smallest value that contains all differences of two texts.
//!
//! Compares bytes from both ends, and reads the structure of the equal beginning: values before and after the
//! place cost a comparison.

use super::open::{Frame, Open};
use crate::delta::diff::{common_prefix, common_suffix};
use crate::json::paths::Step;
use crate::json::tree::{Span, end_of_container, key_end, value_end};

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

/// Two values that differ, as bytes, and how many bytes are equal at both ends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pair<'t> {
    a: &'t [u8],
    b: &'t [u8],
    head: usize,
    tail: usize,
}

impl<'t> Pair<'t> {
    /// Compares two values; `None` if they are equal.
    pub(crate) fn of(a: &'t [u8], b: &'t [u8]) -> Option<Self> {
        let head = common_prefix(a, b);
        if head == a.len() && head == b.len() {
            return None;
        }
        let tail = common_suffix(a.get(head..)?, b.get(head..)?);
        Some(Self { a, b, head, tail })
    }

    /// Whether `other`, of which the first value is the same, has the same second one.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let ends = |pair: &Self| (pair.head, pair.tail, pair.b.len());
        ends(self) == ends(other) && self.middle() == other.middle()
    }

    /// The bytes of the second value that are not at the equal ends.
    fn middle(&self) -> &'t [u8] {
        self.b.get(self.head..self.b.len().saturating_sub(self.tail)).unwrap_or_default()
    }

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
    let pair = Pair::of(a.of(a_text), b.of(b_text))?;
    narrowed(&pair, Open::new(pair.a).at(pair.head), [a.start, b.start])
}

/// As `narrow`, for two pairs with the same first value; reads that once. `starts`: where the values begin in
/// their texts, first that which both have.
pub(crate) fn narrow_both(pairs: [&Pair<'_>; 2], starts: [usize; 3]) -> Option<[Narrowed; 2]> {
    let [one, other] = pairs;
    let mut open = Open::new(one.a);
    let [a, b, c] = starts;
    if one.head <= other.head {
        let one = narrowed(one, open.at(one.head), [a, b])?;
        return Some([one, narrowed(other, open.at(other.head), [a, c])?]);
    }
    let other = narrowed(other, open.at(other.head), [a, c])?;
    Some([narrowed(one, open.at(one.head), [a, b])?, other])
}

/// Finds the place of a difference inside of `frames`, the containers around it.
fn narrowed(pair: &Pair<'_>, mut frames: Vec<Frame>, [a, b]: [usize; 2]) -> Option<Narrowed> {
    let (ends, first) = smallest(pair, &mut frames)?;
    let steps = frames.iter().map(|frame| step(pair.a, frame, a)).collect();
    let opens = frames.iter().map(|frame| a + frame.open).collect();
    Some(Narrowed {
        steps,
        opens,
        a: Span::new(a + ends.start, a + ends.a),
        b: Span::new(b + ends.start, b + ends.b),
        first: first.map(|frame| First {
            index: frame.index,
            a: a + frame.item,
            b: b + frame.item,
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
