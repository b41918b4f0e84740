//! Small graphs of every shape, made from the fuzzer's input: any input is a graph.
#![cfg(test)]

use bolero::TypeGenerator;

pub(crate) type Parents = Vec<Vec<usize>>;

/// Revisions of the largest graph.
const MOST: usize = 32;

/// A shape, and the choices made in it, one byte each; past their end each choice is 0.
#[derive(Debug, Clone, TypeGenerator)]
pub(crate) struct Case {
    shape: Shape,
    size: u8,
    choices: [u8; 64],
}

#[derive(Debug, Clone, Copy, TypeGenerator)]
enum Shape {
    Line,
    /// One or two parents among the 3 before.
    Narrow,
    /// One or two parents anywhere before.
    Bushy,
    /// Up to six parents among the 12 before.
    Octopus,
    /// A third are roots.
    Roots,
    /// Layers of two, each with one or both of the layer below.
    CrissCross,
    /// Two lines; the second merges the first now and then.
    Ladder,
    /// Each has the one to its left and the one above.
    Grid,
    /// A line with edges that jump over most of it.
    Shortcuts,
}

/// The choices, in order.
pub(crate) struct Choices<'a>(std::slice::Iter<'a, u8>);

impl Choices<'_> {
    /// Chooses a number below `end`, which is not 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::from(*self.0.next().unwrap_or(&0)) % end
    }
}

impl Case {
    /// Returns the parents of each revision, which come before it, and the choices that are left.
    pub(crate) fn graph(&self) -> (Parents, Choices<'_>) {
        let mut choices = Choices(self.choices.iter());
        let len = 2 + usize::from(self.size) % (MOST - 1);
        let width = 1 + choices.below(6);
        let mut parents = Parents::new();
        for child in 0..len {
            let own = own_parents(self.shape, child, width, &mut choices);
            parents.push(own);
        }
        (parents, choices)
    }
}

fn own_parents(shape: Shape, child: usize, width: usize, choices: &mut Choices<'_>) -> Vec<usize> {
    if child == 0 {
        return Vec::new();
    }
    match shape {
        Shape::Line => vec![child - 1],
        Shape::Narrow => some(child, 1 + child % 2, 3, choices),
        Shape::Bushy => some(child, 1 + child % 2, child, choices),
        Shape::Octopus => {
            let count = choices.below(7);
            some(child, count, 12, choices)
        }
        Shape::Roots => some(child, (child % 3).min(2), 5, choices),
        Shape::CrissCross => criss_cross(child, choices),
        Shape::Ladder => ladder(child, choices),
        Shape::Grid => grid(child, width),
        Shape::Shortcuts => shortcut(child, choices),
    }
}

/// Up to `count` different parents among the `reach` before `child`.
fn some(child: usize, count: usize, reach: usize, choices: &mut Choices<'_>) -> Vec<usize> {
    let mut own = Vec::new();
    for _ in 0..count {
        let parent = child - 1 - choices.below(reach.min(child));
        if !own.contains(&parent) {
            own.push(parent);
        }
    }
    own
}

fn criss_cross(child: usize, choices: &mut Choices<'_>) -> Vec<usize> {
    if child == 1 {
        return Vec::new();
    }
    let base = child - child % 2;
    let (left, right) = (base - 2, base - 1);
    match choices.below(4) {
        0 => vec![left + child % 2],
        1 => vec![right, left],
        _ => vec![left, right],
    }
}

fn ladder(child: usize, choices: &mut Choices<'_>) -> Vec<usize> {
    match child {
        1 => Vec::new(),
        child if child % 2 == 1 && choices.below(2) == 1 => vec![child - 2, child - 1],
        child => vec![child - 2],
    }
}

fn grid(child: usize, width: usize) -> Vec<usize> {
    let left = (!child.is_multiple_of(width)).then(|| child - 1);
    left.into_iter().chain(child.checked_sub(width)).collect()
}

fn shortcut(child: usize, choices: &mut Choices<'_>) -> Vec<usize> {
    let mut own = vec![child - 1];
    if child > 1 && choices.below(4) == 0 {
        own.push(choices.below(child - 1));
    }
    own
}
