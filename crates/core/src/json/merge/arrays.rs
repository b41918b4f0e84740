//! The elements of a merged array, in order: which elements of the sides correspond, and their places.
//!
//! The elements that all three have are ordered first. Each further element of a side follows the nearest
//! element before it that is in the order of that side; at one place, ours come first.

use super::order::{Ordered, ordered};
use super::values::{Texts, Triple};
use crate::json::arrays::{Alignment, NONE, align, by_key, by_value, pair_gaps};
use crate::json::tree::Item;

/// The elements of an array in the base, ours and theirs.
pub(super) type Lists<'i> = [&'i [Item]; 3];

/// One element of the result: its index in the base, ours and theirs; [`NONE`] where it is missing.
pub(super) type Element = [usize; 3];

/// An element, and whether we or they moved it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Merged {
    pub(super) element: Element,
    pub(super) moved: [bool; 2],
}

/// Returns the elements that the result may have, in order; `None` if the orders of the two sides contradict
/// each other. Elements that both sides deleted are omitted.
pub(super) fn merged(texts: Texts<'_>, lists: Lists<'_>, names: &[Vec<u8>]) -> Option<Vec<Merged>> {
    let given = [(texts[0], lists[0]), (texts[1], lists[1]), (texts[2], lists[2])];
    let keyed = by_key(names, given);
    let is_keyed = keyed.is_some();
    let ids = keyed.unwrap_or_else(|| by_value(given));
    let sides = [1, 2].map(|side| {
        let mut aligned = align(&ids[0], &ids[side], true);
        if !is_keyed {
            pair_gaps(&mut aligned);
        }
        aligned
    });
    let order = ordered([&sides[0], &sides[1]])?;
    let places = Places::new(&order);
    let runs = [0, 1].map(|side| runs(&sides, side, &order, &places));
    let new = New { sides: &sides, ids: &ids };
    let mut elements = Vec::new();
    for (at, (ours, theirs)) in runs[0].iter().zip(&runs[1]).enumerate() {
        if at > 0 {
            let base = order.elements[at - 1];
            elements.push(element_of_base(&sides, base));
        }
        new.join(ours, theirs, &mut elements);
    }
    (!is_keyed || new.are_single(&elements, &runs)).then_some(elements)
}

/// The place of each element of the base in the result, from 1.
struct Places(Vec<usize>);

impl Places {
    fn new(order: &Ordered) -> Self {
        let mut places = vec![0; order.anchors[0].len()];
        for (at, base) in order.elements.iter().enumerate() {
            places[*base] = at + 1;
        }
        Self(places)
    }
}

/// Indices of one side's elements by the element that they follow; those at the start come first.
type Runs = Vec<Vec<usize>>;

/// Returns the elements of one side that not all have: new ones, and those that the other side deleted.
fn runs(sides: &[Alignment; 2], side: usize, order: &Ordered, Places(places): &Places) -> Runs {
    let mut runs = vec![Vec::new(); order.elements.len() + 1];
    let mut anchor = 0;
    for (at, &base) in sides[side].from.iter().enumerate() {
        if base == NONE || sides[1 - side].to[base] == NONE {
            runs[anchor].push(at);
        } else if order.anchors[side][base] {
            anchor = places[base];
        }
    }
    runs
}

fn element_of_base(sides: &[Alignment; 2], base: usize) -> Merged {
    let [ours, theirs] = [0, 1].map(|side| sides[side].to[base]);
    let moved = [0, 1].map(|side| sides[side].to[base] != NONE && !sides[side].stays[base]);
    Merged { element: [base, ours, theirs], moved }
}

/// The additional elements of one or both sides.
struct New<'a> {
    sides: &'a [Alignment; 2],
    ids: &'a [Vec<u32>; 3],
}

impl New<'_> {
    /// Joins the elements that both sides have at one place. What both inserted counts once, as often as both
    /// did. Between those, ours come first.
    fn join(&self, ours: &[usize], theirs: &[usize], elements: &mut Vec<Merged>) {
        let new = |side: usize, run: &[usize]| -> Vec<usize> {
            run.iter().filter(|at| self.sides[side].from[**at] == NONE).copied().collect()
        };
        let ids = |side: usize, run: &[usize]| -> Vec<u32> {
            run.iter().map(|at| self.ids[side + 1][*at]).collect()
        };
        let (left, right) = (new(0, ours), new(1, theirs));
        let shared = align(&ids(0, &left), &ids(1, &right), true);
        let twin = |at: usize| right.get(shared.to[at]).copied();
        let (mut next, mut rest) = (0, theirs);
        for at in ours {
            if left.get(next) != Some(at) {
                elements.push(self.of_side(0, *at));
                continue;
            }
            let twin = twin(next);
            if let Some(twin) = twin.filter(|_| shared.stays[next]) {
                let before = rest.iter().position(|it| *it == twin).unwrap_or(rest.len());
                self.add_theirs(&rest[..before], &right, &shared, elements);
                rest = rest.get(before + 1..).unwrap_or_default();
            }
            elements.push(Merged { element: [NONE, *at, twin.unwrap_or(NONE)], moved: [false; 2] });
            next += 1;
        }
        self.add_theirs(rest, &right, &shared, elements);
    }

    /// Adds the elements that only they have in a part of their run.
    fn add_theirs(
        &self,
        run: &[usize],
        new: &[usize],
        shared: &Alignment,
        elements: &mut Vec<Merged>,
    ) {
        for at in run {
            let is_shared = new.binary_search(at).is_ok_and(|at| shared.from[at] != NONE);
            if !is_shared {
                elements.push(self.of_side(1, *at));
            }
        }
    }

    /// Returns an element that only one side has: a new one, or one that the other side deleted.
    fn of_side(&self, side: usize, at: usize) -> Merged {
        let base = self.sides[side].from[at];
        if base != NONE {
            return element_of_base(self.sides, base);
        }
        let mut element = [NONE; 3];
        element[side + 1] = at;
        Merged { element, moved: [false; 2] }
    }

    /// Whether no element that both sides added under one key occurs twice in the result.
    fn are_single(&self, elements: &[Merged], runs: &[Runs; 2]) -> bool {
        let added = |side: usize| {
            let all = runs[side].iter().flatten();
            let new = all.filter(move |at| self.sides[side].from[**at] == NONE);
            new.map(move |at| self.ids[side + 1][*at])
        };
        let ours: hashbrown::HashSet<u32> = added(0).collect();
        let in_both = added(1).filter(|id| ours.contains(id)).count();
        let joined = elements.iter().filter(|it| {
            let [base, ours, theirs] = it.element;
            base == NONE && ours != NONE && theirs != NONE
        });
        joined.count() == in_both
    }
}

/// Returns the values of an element.
pub(super) fn values(lists: Lists<'_>, element: Element) -> Triple {
    [0, 1, 2].map(|at| lists[at].get(element[at]).map(|item| item.value))
}
