//! The order of elements that all three arrays have.
//!
//! For any two of them there are two orders, so that each side either kept that of the base or turned it
//! round. What a side turned round is turned round in the result; where that leads in a circle there is none.

use crate::json::arrays::{Alignment, NONE};

/// Comparisons that are made at most, some 2 ns each.
const MOST_COMPARISONS: usize = 1 << 24;

/// Elements of the base in the order of the result; `None` where the two sides' orders exclude each other.
pub(super) struct Ordered {
    pub(super) elements: Vec<usize>,
    /// Whether each element of the base stands where our neighbours of it are, and where their neighbours are.
    pub(super) anchors: [Vec<bool>; 2],
}

/// Orders the elements that both sides have.
pub(super) fn ordered(sides: [&Alignment; 2]) -> Option<Ordered> {
    let length = sides[0].to.len();
    let shared = |at: &usize| sides.iter().all(|side| side.to[*at] != NONE);
    let in_base: Vec<usize> = (0..length).filter(shared).collect();
    let [ours, theirs] = sides.map(|side| {
        let mut order = in_base.clone();
        order.sort_unstable_by_key(|at| side.to[*at]);
        order
    });
    let stays = |side: usize| -> Vec<bool> { sides[side].stays.clone() };
    let all = || vec![true; length];
    if ours == theirs {
        return Some(Ordered { elements: ours, anchors: [all(), all()] });
    }
    if ours == in_base {
        return Some(Ordered { elements: theirs, anchors: [stays(1), all()] });
    }
    if theirs == in_base {
        return Some(Ordered { elements: ours, anchors: [all(), stays(0)] });
    }
    let elements = joined(sides, &in_base)?;
    Some(Ordered { elements, anchors: [stays(1), stays(0)] })
}

/// Puts what either side moved among what both left, one after the other.
fn joined(sides: [&Alignment; 2], in_base: &[usize]) -> Option<Vec<usize>> {
    let is_left = |at: &&usize| sides.iter().all(|side| side.stays[**at]);
    let mut elements: Vec<usize> = in_base.iter().filter(is_left).copied().collect();
    let moved: Vec<usize> = in_base.iter().filter(|at| !is_left(at)).copied().collect();
    if moved.len().saturating_mul(in_base.len()) > MOST_COMPARISONS {
        return None;
    }
    for element in moved {
        let before = |other: &&usize| is_before(sides, **other, element);
        let place = elements.iter().take_while(before).count();
        if elements[place..].iter().any(|other| is_before(sides, *other, element)) {
            return None;
        }
        elements.insert(place, element);
    }
    Some(elements)
}

/// Whether `one` stands before `other` in the result.
fn is_before(sides: [&Alignment; 2], one: usize, other: usize) -> bool {
    let in_base = one < other;
    let turned = sides.iter().any(|side| (side.to[one] < side.to[other]) != in_base);
    in_base != turned
}
