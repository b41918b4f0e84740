//! The order of elements that all three arrays have.
//!
//! Any two of them have only two orders, so each side has either kept that of the base or reversed it. What a
//! side reversed is reversed in the result. If that leads to a cycle, there is no order.

use crate::json::arrays::{Alignment, NONE};

/// At most this many comparisons, some 2 ns each.
const MOST_COMPARISONS: usize = 1 << 24;

/// Elements of the base in the order of the result; `None` if the orders of the two sides contradict each
/// other.
pub(super) struct Ordered {
    pub(super) elements: Vec<usize>,
    /// Whether each element of the base has the same neighbours as on our side, and as on theirs.
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

/// Inserts the elements that either side moved among those that both left in order, one after another.
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

/// Whether `one` comes before `other` in the result.
fn is_before(sides: [&Alignment; 2], one: usize, other: usize) -> bool {
    let in_base = one < other;
    let turned = sides.iter().any(|side| (side.to[one] < side.to[other]) != in_base);
    in_base != turned
}
