//! Differences of two canonical texts as a JSON Patch (RFC 6902): few and small operations.
//!
//! Walks over what differs, on its own stack: it never recurses. Of equal parts it reads only the structure
//! that locates a difference. Source of the form: RFC 6902, RFC 6901.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "offsets of texts that were checked, and indices of lists that are made here"
)]

mod moves;
mod narrow;
mod open;
mod operations;

pub(crate) use narrow::{First, Narrowed, Pair, narrow, narrow_both};

use std::cmp::Ordering;

use hashbrown::HashMap;

use super::arrays::{self, Alignment, ArrayKeys, NONE};
use super::order;
use super::paths::{Paths, Place, Step};
use super::tree::{Item, Shape, Span, items_from, shape_at};
use crate::Result;
use moves::Edit;
use operations::{Operation, Operations};

/// A member's value with fewer bytes is not searched for under another key.
const LEAST_MOVED: usize = 16;

/// How differences are expressed.
#[derive(Debug)]
pub struct DiffOptions<'k> {
    /// How the elements of arrays are identified.
    pub keys: ArrayKeys<'k>,
    /// Whether moved values become a `move`, or else a `remove` and an `add`.
    pub moves: bool,
}

/// Appends the operations that turn `before` into `after`, both canonical texts, as a JSON array. Costs a
/// comparison of the bytes, and reading what differs.
///
/// # Errors
/// Any error of the options' function; `TooLarge` without memory for it.
pub fn diff(
    before: &[u8],
    after: &[u8],
    options: &mut DiffOptions<'_>,
    out: &mut Vec<u8>,
) -> Result<()> {
    let mut differ = Differ {
        a: before,
        b: after,
        paths: Paths::new([before, after, &[]]),
        tasks: Vec::new(),
        operations: Operations::new(out),
    };
    differ.tasks.push(Task::Compare {
        place: Place::ROOT,
        step: None,
        a: Span::whole(before),
        b: Span::whole(after),
    });
    while let Some(task) = differ.tasks.pop() {
        match task {
            Task::Compare { place, step, a, b } => differ.compare((place, step), a, b, options)?,
            Task::Write { place, step, operation } => {
                differ.operations.write(&differ.paths, (place, step), operation)?;
            }
        }
    }
    differ.operations.finish();
    Ok(())
}

/// Remaining work, the last entry first.
enum Task<'t> {
    Compare { place: Place, step: Option<Step>, a: Span, b: Span },
    Write { place: Place, step: Option<Step>, operation: Operation<'t> },
}

struct Differ<'t, 'o> {
    a: &'t [u8],
    b: &'t [u8],
    paths: Paths<'t>,
    tasks: Vec<Task<'t>>,
    operations: Operations<'o>,
}

impl Differ<'_, '_> {
    fn compare(
        &mut self,
        (place, step): (Place, Option<Step>),
        a: Span,
        b: Span,
        options: &mut DiffOptions<'_>,
    ) -> Result<()> {
        let Some(Narrowed { steps, a, b, first, .. }) = narrow(self.a, a, self.b, b) else {
            return Ok(());
        };
        let mut place = step.map_or(place, |step| self.paths.step(place, step));
        for step in steps {
            place = self.paths.step(place, step);
        }
        let shapes = (shape_at(self.a, a.start), shape_at(self.b, b.start));
        match first {
            Some(first) if shapes == (Shape::Object, Shape::Object) => {
                let [a, b] = self.items(first, true);
                self.objects(place, &a, &b, options.moves);
                Ok(())
            }
            Some(first) if shapes == (Shape::Array, Shape::Array) => {
                let [left, right] = self.items(first, false);
                let is_whole = first.index == 0;
                let arrays = Arrays { place, offset: first.index, a: &left, b: &right, is_whole };
                self.arrays(&arrays, b, options)
            }
            _ => {
                let operation = Operation::Replace(b.of(self.b));
                self.operations.write(&self.paths, (place, None), operation)
            }
        }
    }

    fn items(&self, first: First, keyed: bool) -> [Vec<Item>; 2] {
        [items_from(self.a, first.a, keyed).items, items_from(self.b, first.b, keyed).items]
    }

    fn objects(&mut self, place: Place, a: &[Item], b: &[Item], moves: bool) {
        let mut members = Members::default();
        let (mut left, mut right) = (a.iter().peekable(), b.iter().peekable());
        loop {
            let order = match (left.peek(), right.peek()) {
                (None, None) => break,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(a), Some(b)) => order::compare(a.key.of(self.a), b.key.of(self.b)),
            };
            let gone = if order.is_le() { left.next() } else { None };
            let new = if order.is_ge() { right.next() } else { None };
            members.0.push((gone, new));
        }
        let moved = if moves { members.moved(self.a, self.b) } else { HashMap::new() };
        let gone: Vec<usize> = moved.values().copied().collect();
        let from = self.tasks.len();
        for (at, (left, right)) in members.0.iter().enumerate() {
            let step = |text, item: &Item| Some(Step::Key { text, key: item.key });
            self.tasks.push(match (left, right) {
                (Some(a), Some(b)) => {
                    Task::Compare { place, step: step(0, a), a: a.value, b: b.value }
                }
                (Some(_), None) if gone.contains(&at) => continue,
                (Some(a), None) => {
                    Task::Write { place, step: step(0, a), operation: Operation::Remove }
                }
                (None, Some(b)) => {
                    let source = moved.get(&at).and_then(|from| members.0[*from].0);
                    let operation = source.map_or_else(
                        || Operation::Add(b.value.of(self.b)),
                        |a| Operation::Move(Step::Key { text: 0, key: a.key }),
                    );
                    Task::Write { place, step: step(1, b), operation }
                }
                (None, None) => continue,
            });
        }
        self.tasks[from..].reverse();
    }

    fn arrays(
        &mut self,
        arrays: &Arrays<'_>,
        whole: Span,
        options: &mut DiffOptions<'_>,
    ) -> Result<()> {
        let Arrays { place, .. } = *arrays;
        let Trimmed { offset, a, b, is_whole } = self.trimmed(arrays);
        let (mut aligned, keyed) = self.aligned(place, a, b, options)?;
        let changed = arrays::pair_gaps(&mut aligned);
        let likes =
            |(left, right): &(usize, usize)| self.are_alike(a[*left].value, b[*right].value);
        let alike: Vec<bool> = changed.iter().map(likes).collect();
        let is_new =
            is_whole && changed.len() == aligned.to.iter().filter(|to| **to != NONE).count();
        if is_new && a.len().min(b.len()) > 0 && a.len().max(b.len()) > 1 && !alike.contains(&true)
        {
            let operation = Operation::Replace(whole.of(self.b));
            return self.operations.write(&self.paths, (place, None), operation);
        }
        for edit in moves::edits(&aligned) {
            let (index, operation) = match edit {
                Edit::Remove { at } => (at, Operation::Remove),
                Edit::Add { at, new } => (at, Operation::Add(b[new].value.of(self.b))),
                Edit::Move { from, at } => (at, Operation::Move(Step::Index(offset + from))),
            };
            let step = Some(Step::Index(offset + index));
            self.operations.write(&self.paths, (place, step), operation)?;
        }
        let unlike: Vec<usize> = changed
            .iter()
            .zip(alike)
            .filter(|(_, alike)| !alike)
            .map(|((_, right), _)| *right)
            .collect();
        let from = self.tasks.len();
        for (new, &old) in aligned.from.iter().enumerate() {
            if old == NONE || (!keyed && !aligned_as_changed(&changed, old)) {
                continue; // new, or equal
            }
            let step = Some(Step::Index(offset + new));
            let (a, b) = (a[old].value, b[new].value);
            self.tasks.push(if unlike.binary_search(&new).is_ok() {
                Task::Write { place, step, operation: Operation::Replace(b.of(self.b)) }
            } else if a.of(self.a) == b.of(self.b) {
                continue;
            } else {
                Task::Compare { place, step, a, b }
            });
        }
        self.tasks[from..].reverse();
        Ok(())
    }

    /// Removes from two arrays the elements that are equal at both ends.
    fn trimmed<'i>(&self, arrays: &Arrays<'i>) -> Trimmed<'i> {
        let Arrays { offset, a, b, is_whole, .. } = *arrays;
        let same = |(left, right): &(&Item, &Item)| left.value.of(self.a) == right.value.of(self.b);
        let head = a.iter().zip(b).take_while(same).count();
        let (a, b) = (&a[head..], &b[head..]);
        let tail = a.iter().rev().zip(b.iter().rev()).take_while(same).count();
        let (a, b) = (&a[..a.len() - tail], &b[..b.len() - tail]);
        Trimmed { offset: offset + head, a, b, is_whole: is_whole && head == 0 && tail == 0 }
    }

    /// Returns which elements correspond, and whether they do so by key.
    fn aligned(
        &self,
        place: Place,
        a: &[Item],
        b: &[Item],
        options: &mut DiffOptions<'_>,
    ) -> Result<(Alignment, bool)> {
        let lists = [(self.a, a), (self.b, b)];
        if a.is_empty() || b.is_empty() {
            let [a, b] = arrays::by_value(lists);
            return Ok((arrays::align(&a, &b, false), false));
        }
        let names = options.keys.of(|| self.paths.pointer(place))?;
        let keyed = arrays::by_key(names, lists);
        let is_keyed = keyed.is_some();
        let [a, b] = keyed.unwrap_or_else(|| arrays::by_value(lists));
        Ok((arrays::align(&a, &b, options.moves), is_keyed))
    }

    /// Whether an element that replaced another is rather that one, changed: arrays, and objects with at least
    /// half of their members in common.
    fn are_alike(&self, a: Span, b: Span) -> bool {
        match (shape_at(self.a, a.start), shape_at(self.b, b.start)) {
            (Shape::Array, Shape::Array) => true,
            (Shape::Object, Shape::Object) => {
                let members = |text, span: Span| items_from(text, span.start + 1, true).items;
                let (a, b) = (members(self.a, a), members(self.b, b));
                2 * self.shared(&a, &b) >= a.len().max(b.len())
            }
            _ => false,
        }
    }

    /// Returns how many members two objects have in common, including the value.
    fn shared(&self, a: &[Item], b: &[Item]) -> usize {
        let mut right = b.iter().peekable();
        let is_shared = |left: &&Item| {
            let key = left.key.of(self.a);
            let is_before = |it: &&Item| order::compare(it.key.of(self.b), key).is_lt();
            while right.next_if(is_before).is_some() {}
            right.peek().is_some_and(|it| {
                it.key.of(self.b) == key && it.value.of(self.b) == left.value.of(self.a)
            })
        };
        a.iter().filter(is_shared).count()
    }
}

/// Whether an element of the first array was changed in place.
fn aligned_as_changed(changed: &[(usize, usize)], old: usize) -> bool {
    changed.binary_search_by_key(&old, |(left, _)| *left).is_ok()
}

/// The elements of two arrays from index `offset` on.
struct Arrays<'i> {
    place: Place,
    offset: usize,
    a: &'i [Item],
    b: &'i [Item],
    /// Whether these are all elements.
    is_whole: bool,
}

struct Trimmed<'i> {
    offset: usize,
    a: &'i [Item],
    b: &'i [Item],
    is_whole: bool,
}

/// The members of two objects, in canonical order, paired by key.
#[derive(Default)]
struct Members<'i>(Vec<(Option<&'i Item>, Option<&'i Item>)>);

impl Members<'_> {
    /// Returns new members whose value was under a removed key: the indices of both in the list.
    fn moved(&self, a: &[u8], b: &[u8]) -> HashMap<usize, usize> {
        let mut gone: HashMap<&[u8], usize> = HashMap::new();
        for (at, pair) in self.0.iter().enumerate() {
            if let (Some(left), None) = pair
                && left.value.of(a).len() >= LEAST_MOVED
            {
                gone.insert(left.value.of(a), at);
            }
        }
        let new = self.0.iter().enumerate().filter(|(_, pair)| pair.0.is_none());
        new.filter_map(|(at, pair)| Some((at, gone.remove(pair.1?.value.of(b))?))).collect()
    }
}
