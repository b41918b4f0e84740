//! Three-way merges of canonical texts: objects by member, arrays by element, at any depth.
//!
//! Walks on its own stack: it never recurses. What only one side changed is copied, unread. Conflicts are data;
//! our value is used in their place.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "offsets of texts that were checked, and indices of lists that are made here"
)]

mod arrays;
mod decide;
mod order;
mod splice;
mod values;

use super::arrays::ArrayKeys;
use super::diff::Pair;
use super::order as key_order;
use super::paths::{Paths, Place, Step};
use super::tree::{Item, Shape, Span, items_from, shape_at};
use crate::{Result, grow};
use decide::{Kind, Outcome, Rules};
use splice::{Splice, splice};
use values::{Texts, Triple};

/// How values are merged.
#[derive(Debug)]
pub struct MergeOptions<'k> {
    /// How the elements of arrays are identified.
    pub keys: ArrayKeys<'k>,
    /// Whether equal changes by both sides are a conflict.
    pub equal_changes_conflict: bool,
}

/// The result of a merge.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Merge {
    /// The canonical text of the result; `None` if there is no value.
    pub text: Option<Vec<u8>>,
    /// The conflicts as elements of a JSON array, in the order of the result, separated by commas: `{ path,
    /// kind, base, ours, theirs }`, without missing values.
    pub conflicts: Vec<u8>,
}

/// Merges three canonical texts; `None` is a missing value.
///
/// # Errors
/// Any error of the options' function; `TooLarge` without memory for it.
pub fn merge3(texts: [Option<&[u8]>; 3], options: &mut MergeOptions<'_>) -> Result<Merge> {
    let values = texts.map(|text| text.map(Span::whole));
    let texts = texts.map(Option::unwrap_or_default);
    let mut merger = Merger {
        texts,
        paths: Paths::new(texts),
        tasks: Vec::new(),
        out: Vec::new(),
        conflicts: Vec::new(),
        rules: Rules { texts, equal_changes_conflict: options.equal_changes_conflict },
        keys: &mut options.keys,
    };
    // The root is large: each side is compared with the base once, to decide and to find its changes.
    let sides = merger.compared(values);
    let outcome = match &sides {
        Some(sides) => merger.rules.decide_compared(values, sides),
        None => merger.rules.decide(values),
    };
    if outcome == Outcome::Descend {
        grow(&mut merger.out, texts.iter().map(|text| text.len()).max().unwrap_or_default())?;
        merger.descend(Place::ROOT, values, sides)?;
    } else {
        merger.tasks.push(Task::Value { place: Place::ROOT, step: None, values, outcome });
    }
    while let Some(task) = merger.tasks.pop() {
        merger.run(task)?;
    }
    let Merger { out, conflicts, .. } = merger;
    Ok(Merge { text: outcome.is_there().then_some(out), conflicts })
}

/// Remaining work, the last entry first.
#[derive(Debug, Clone, Copy)]
enum Task {
    Value {
        place: Place,
        step: Option<Step>,
        values: Triple,
        outcome: Outcome,
    },
    /// A part of one of the texts.
    Copy {
        text: usize,
        span: Span,
    },
    Punctuation(u8),
}

struct Merger<'t, 'k> {
    texts: Texts<'t>,
    rules: Rules<'t>,
    paths: Paths<'t>,
    tasks: Vec<Task>,
    out: Vec<u8>,
    conflicts: Vec<u8>,
    keys: &'t mut ArrayKeys<'k>,
}

/// The base of a value compared with ours and theirs; `None` where they are equal.
type Sides<'t> = [Option<Pair<'t>>; 2];

impl<'t> Merger<'t, '_> {
    fn run(&mut self, task: Task) -> Result<()> {
        match task {
            Task::Punctuation(byte) => self.out.push(byte),
            Task::Copy { text, span } => self.copy(text, span)?,
            Task::Value { place, step, values, outcome } => match outcome {
                Outcome::Gone => {}
                Outcome::Take(from) => self.copy(from, values[from].unwrap_or(Span::new(0, 0)))?,
                Outcome::Conflict(kind) => {
                    self.tell((place, step), kind, values)?;
                    if let Some(ours) = values[1] {
                        self.copy(1, ours)?;
                    }
                }
                Outcome::Descend => {
                    let place = step.map_or(place, |step| self.paths.step(place, step));
                    self.descend(place, values, self.compared(values))?;
                }
            },
        }
        Ok(())
    }

    fn copy(&mut self, text: usize, span: Span) -> Result<()> {
        let part = span.of(self.texts[text]);
        grow(&mut self.out, part.len().saturating_add(2))?;
        self.out.extend_from_slice(part);
        Ok(())
    }

    /// Compares each side of a value with the base; `None` if not all three have it.
    fn compared(&self, values: Triple) -> Option<Sides<'t>> {
        let [base, ours, theirs] = self.texts;
        let [base, ours, theirs] =
            [values[0]?.of(base), values[1]?.of(ours), values[2]?.of(theirs)];
        Some([Pair::of(base, ours), Pair::of(base, theirs)])
    }

    /// Merges the members or elements of a value that both have and changed.
    fn descend(&mut self, place: Place, values: Triple, sides: Option<Sides<'t>>) -> Result<()> {
        let ([Some(base), Some(ours), Some(theirs)], Some([Some(us), Some(them)])) =
            (values, sides)
        else {
            return self.merge_items(place, values);
        };
        let at = (&mut self.paths, place);
        match splice(self.texts, [base, ours, theirs], [&us, &them], at, self.keys)? {
            Splice::Whole => self.merge_items(place, values),
            Splice::Apart(parts) => {
                parts.into_iter().try_for_each(|(text, span)| self.copy(text, span))
            }
            Splice::Inside { before, place, values, after } => {
                self.copy(0, before)?;
                self.tasks.push(Task::Copy { text: 0, span: after });
                match self.rules.decide(values) {
                    Outcome::Descend => self.merge_items(place, values),
                    outcome => {
                        self.tasks.push(Task::Value { place, step: None, values, outcome });
                        Ok(())
                    }
                }
            }
        }
    }

    fn merge_items(&mut self, place: Place, values: Triple) -> Result<()> {
        let keyed =
            values[1].is_some_and(|ours| shape_at(self.texts[1], ours.start) == Shape::Object);
        let items = [0, 1, 2].map(|at| {
            let from = values[at].map(|span| span.start + 1);
            from.map_or_else(Vec::new, |from| items_from(self.texts[at], from, keyed).items)
        });
        let lists = [&items[0][..], &items[1], &items[2]];
        if keyed {
            self.merge_members(place, lists);
            return Ok(());
        }
        self.merge_elements(place, values, lists)
    }

    fn merge_members(&mut self, place: Place, lists: [&[Item]; 3]) {
        let from = self.tasks.len();
        self.tasks.push(Task::Punctuation(b'{'));
        let mut at = [0; 3];
        let mut any = false;
        while let Some((text, key)) = self.next_key(lists, at) {
            let mut values: Triple = [None; 3];
            for side in 0..3 {
                let item = lists[side].get(at[side]);
                if let Some(item) =
                    item.filter(|it| it.key.of(self.texts[side]) == key.of(self.texts[text]))
                {
                    values[side] = Some(item.value);
                    at[side] += 1;
                }
            }
            let outcome = self.rules.decide(values);
            if outcome.is_there() {
                if std::mem::replace(&mut any, true) {
                    self.tasks.push(Task::Punctuation(b','));
                }
                // With its quotes and the colon.
                let span = Span::new(key.start - 1, key.end + 2);
                self.tasks.push(Task::Copy { text, span });
            }
            let step = Some(Step::Key { text: u8::try_from(text).unwrap_or_default(), key });
            self.tasks.push(Task::Value { place, step, values, outcome });
        }
        self.tasks.push(Task::Punctuation(b'}'));
        self.tasks[from..].reverse();
    }

    /// Returns the least of the next keys, and its text.
    fn next_key(&self, lists: [&[Item]; 3], at: [usize; 3]) -> Option<(usize, Span)> {
        let next = (0..3).filter_map(|side| Some((side, lists[side].get(at[side])?.key)));
        next.min_by(|(a, one), (b, other)| {
            key_order::compare(one.of(self.texts[*a]), other.of(self.texts[*b]))
        })
    }

    fn merge_elements(&mut self, place: Place, values: Triple, lists: [&[Item]; 3]) -> Result<()> {
        let names = self.keys.of(|| self.paths.pointer(place))?;
        let Some(elements) = arrays::merged(self.texts, lists, names) else {
            let kind = if values[0].is_some() { Kind::BothModified } else { Kind::BothAdded };
            self.tell((place, None), kind, values)?;
            return self.copy(1, values[1].unwrap_or(Span::new(0, 0)));
        };
        let from = self.tasks.len();
        self.tasks.push(Task::Punctuation(b'['));
        let mut index = 0;
        for arrays::Merged { element, moved } in elements {
            let values = arrays::values(lists, element);
            let outcome = match (self.rules.decide(values), values) {
                (Outcome::Gone, [_, Some(_), None]) if moved[0] => {
                    Outcome::Conflict(Kind::DeletedByThem)
                }
                (Outcome::Gone, [_, None, Some(_)]) if moved[1] => {
                    Outcome::Conflict(Kind::DeletedByUs)
                }
                (outcome, _) => outcome,
            };
            let step = Some(Step::Index(index));
            if outcome.is_there() {
                if index > 0 {
                    self.tasks.push(Task::Punctuation(b','));
                }
                index += 1;
            }
            self.tasks.push(Task::Value { place, step, values, outcome });
        }
        self.tasks.push(Task::Punctuation(b']'));
        self.tasks[from..].reverse();
        Ok(())
    }

    /// Writes a conflict.
    fn tell(
        &mut self,
        (place, step): (Place, Option<Step>),
        kind: Kind,
        values: Triple,
    ) -> Result<()> {
        let bytes = values.iter().flatten().map(|span| span.end - span.start).sum::<usize>();
        let out = &mut self.conflicts;
        grow(out, bytes.saturating_add(256))?;
        if !out.is_empty() {
            out.push(b',');
        }
        out.extend_from_slice(b"{\"path\":\"");
        self.paths.write(place, out);
        if let Some(step) = step {
            self.paths.write_step(step, out);
        }
        out.extend_from_slice(b"\",\"kind\":\"");
        out.extend_from_slice(kind.name().as_bytes());
        out.push(b'"');
        for (at, name) in ["base", "ours", "theirs"].into_iter().enumerate() {
            if let Some(span) = values[at] {
                out.extend_from_slice(b",\"");
                out.extend_from_slice(name.as_bytes());
                out.extend_from_slice(b"\":");
                out.extend_from_slice(span.of(self.texts[at]));
            }
        }
        out.push(b'}');
        Ok(())
    }
}
