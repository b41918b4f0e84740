//! Deciding the result for one value, which base, ours and theirs have or lack.

use super::values::{Texts, Triple};
use crate::json::diff::Pair;
use crate::json::tree::{Shape, shape_at};

/// The changes of both sides, in git's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    BothModified,
    BothAdded,
    DeletedByUs,
    DeletedByThem,
}

impl Kind {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::BothModified => "both modified",
            Self::BothAdded => "both added",
            Self::DeletedByUs => "deleted by us",
            Self::DeletedByThem => "deleted by them",
        }
    }
}

/// The result for a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It is missing in the result.
    Gone,
    /// It is taken from one of the three.
    Take(usize),
    /// It is merged from the members or elements of all.
    Descend,
    /// A conflict; our value is used, if we have one.
    Conflict(Kind),
}

impl Outcome {
    /// Whether the result has a value.
    pub(super) fn is_there(self) -> bool {
        !matches!(self, Self::Gone | Self::Conflict(Kind::DeletedByUs))
    }
}

/// The rules for deciding.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules<'t> {
    pub(super) texts: Texts<'t>,
    /// Whether equal changes by both sides are a conflict.
    pub(super) equal_changes_conflict: bool,
}

impl Rules<'_> {
    /// Decides about a value.
    pub(super) fn decide(&self, values: Triple) -> Outcome {
        self.decide_by(values, |one, other| self.are_equal(values, one, other))
    }

    /// Decides about a value that all three have, after a comparison of each side with the base.
    pub(super) fn decide_compared(&self, values: Triple, sides: &[Option<Pair<'_>>; 2]) -> Outcome {
        self.decide_by(values, |one, other| match (one, other) {
            (1, 2) => match sides {
                [Some(ours), Some(theirs)] => ours.is_same(theirs),
                [ours, theirs] => ours.is_none() && theirs.is_none(),
            },
            (_, 1) => sides[0].is_none(),
            _ => sides[1].is_none(),
        })
    }

    /// Decides about a value; `are_equal` compares two of the three.
    fn decide_by(&self, values: Triple, are_equal: impl Fn(usize, usize) -> bool) -> Outcome {
        let [base, ours, theirs] = values;
        if are_equal(1, 2) {
            let is_change = self.equal_changes_conflict && ours.is_some() && !are_equal(0, 1);
            return if is_change { self.both(values) } else { taken(1, values) };
        }
        if are_equal(0, 1) {
            return taken(2, values);
        }
        if are_equal(0, 2) {
            return taken(1, values);
        }
        match (base, ours, theirs) {
            (Some(_), None, _) => Outcome::Conflict(Kind::DeletedByUs),
            (Some(_), _, None) => Outcome::Conflict(Kind::DeletedByThem),
            _ => self.both(values),
        }
    }

    /// Decides about a value that both have and both changed.
    fn both(&self, values: Triple) -> Outcome {
        let shapes =
            [0, 1, 2].map(|at| values[at].map(|span| shape_at(self.texts[at], span.start)));
        let is_alike = shapes[1] == shapes[2] && (shapes[0].is_none() || shapes[0] == shapes[1]);
        if is_alike && shapes[1] != Some(Shape::Scalar) {
            return Outcome::Descend;
        }
        Outcome::Conflict(if shapes[0].is_some() { Kind::BothModified } else { Kind::BothAdded })
    }

    fn are_equal(&self, values: Triple, one: usize, other: usize) -> bool {
        match (values[one], values[other]) {
            (Some(a), Some(b)) => a.of(self.texts[one]) == b.of(self.texts[other]),
            (None, None) => true,
            _ => false,
        }
    }
}

fn taken(from: usize, values: Triple) -> Outcome {
    values[from].map_or(Outcome::Gone, |_| Outcome::Take(from))
}
