//! Checking an LMDB tree bit by bit, as far as it is read.
//!
//! LMDB trusts its pages: a wrong flag, length or offset of a node ends the process, and a wrong separator
//! hides entries. So nodes must fill their pages side by side, keys must ascend and lie between the separators
//! that lead to them, each page must be reached once, and the counts must match those of the table.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::cmp::Ordering;

use super::page::{BRANCH, LEAF, Node, Tree};
use super::pages::Pages;
use super::tree::{DEEPEST, Walker};
use super::wrong::{BAD_PAGE, Wrong};

const DISORDER: Wrong = Wrong::Damaged("the keys of a page are out of order");
const USED_TWICE: Wrong = Wrong::Damaged("a page is in use twice");
const COUNTS: Wrong = Wrong::Damaged("the counts of a table are wrong");

/// Kinds of keys of a table.
#[derive(Debug, Clone, Copy)]
pub(super) enum Keys {
    /// Bytes of any length.
    Any,
    /// Bytes of this length.
    Bytes(usize),
    /// A number of 8 bytes, little-endian.
    Number,
}

impl Keys {
    fn fit(self, key: &[u8]) -> bool {
        match self {
            Self::Any => !key.is_empty(),
            Self::Bytes(length) => key.len() == length,
            Self::Number => key.len() == 8,
        }
    }

    fn compare(self, one: &[u8], other: &[u8]) -> Ordering {
        match self {
            Self::Number => one.iter().rev().cmp(other.iter().rev()),
            Self::Any | Self::Bytes(_) => one.cmp(other),
        }
    }
}

/// A page below a branch: its number, and where the keys that it may contain begin and end.
#[derive(Clone, Copy)]
struct Child<'k> {
    number: u64,
    from: Option<&'k [u8]>,
    to: Option<&'k [u8]>,
}

/// A branch to read: as `Child`, and its height.
struct Waiting {
    number: u64,
    depth: u16,
    from: Option<Box<[u8]>>,
    to: Option<Box<[u8]>>,
}

impl Waiting {
    const fn root(number: u64, depth: u16) -> Self {
        Self { number, depth, from: None, to: None }
    }

    fn below(parent: &Self, child: Child<'_>) -> Self {
        let depth = parent.depth.saturating_sub(1);
        let Child { number, from, to } = child;
        Self { number, depth, from: from.map(Into::into), to: to.map(Into::into) }
    }

    fn as_child(&self) -> Child<'_> {
        Child { number: self.number, from: self.from.as_deref(), to: self.to.as_deref() }
    }
}

/// A check in progress.
pub(super) struct Check<'w, 'f> {
    walker: &'w Walker<'f>,
    keys: Keys,
    /// All pages of trees.
    used: &'w mut Pages,
    branches: u64,
    leaves: u64,
    read: u64,
    overflow: u64,
    entries: u64,
}

/// Checks a tree, last leaf first, reading at most `most` leaves; shows each leaf node that it reads. Returns
/// whether it read all.
pub(super) fn check(
    walker: &Walker<'_>,
    (tree, keys): (&Tree, Keys),
    most: u64,
    used: &mut Pages,
    mut show: impl FnMut(&Node<'_>) -> Result<(), Wrong>,
) -> Result<bool, Wrong> {
    let mut check =
        Check { walker, keys, used, branches: 0, leaves: 0, read: 0, overflow: 0, entries: 0 };
    if let Some(root) = tree.root {
        if tree.depth == 0 || tree.depth > DEEPEST {
            return Err(BAD_PAGE);
        }
        check.tree(Waiting::root(root, tree.depth), most, &mut show)?;
    } else if tree.depth != 0 {
        return Err(COUNTS);
    }
    let all = check.read == check.leaves;
    let counted = (tree.branches, tree.leaves) == (check.branches, check.leaves);
    let held = (tree.overflow, tree.entries) == (check.overflow, check.entries);
    let fewer = check.overflow <= tree.overflow && check.entries <= tree.entries;
    if counted && (held || !all && fewer) { Ok(all) } else { Err(COUNTS) }
}

/// The part of a branch to check: the children that may contain some keys, with a leaf on either side; or its
/// first or last leaf.
#[derive(Clone, Copy)]
enum Part {
    Range,
    First,
    Last,
}

/// Where the keys of some leaves begin and end; no end means that of the table.
struct Span {
    low: Vec<u8>,
    high: Option<Vec<u8>>,
}

impl Span {
    fn add(&mut self, leaf: Child<'_>) {
        let from = leaf.from.unwrap_or_default();
        if from < self.low.as_slice() {
            self.low = from.to_vec();
        }
        self.high = self.high.take().zip(leaf.to).map(|(high, end)| high.max(end.to_vec()));
    }
}

/// Checks the leaves that may contain keys from `from` to `to`, one more on either side, and the way there.
/// Shows each leaf node. Returns where the keys of those leaves begin and end, without the ones on either side.
pub(super) fn check_range(
    walker: &Walker<'_>,
    (tree, keys): (&Tree, Keys),
    (from, to): (&[u8], &[u8]),
    show: &mut impl FnMut(&Node<'_>) -> Result<(), Wrong>,
) -> Result<(Vec<u8>, Option<Vec<u8>>), Wrong> {
    let Some(root) = tree.root else { return Ok((Vec::new(), None)) };
    let mut span = Span { low: from.to_vec(), high: Some(to.to_vec()) };
    let used = &mut Pages::none(walker.pages);
    let mut check =
        Check { walker, keys, used, branches: 0, leaves: 0, read: 0, overflow: 0, entries: 0 };
    let (mut branch, mut leaf) = (vec![0; walker.page_size], vec![0; walker.page_size]);
    walker.expect(root)?;
    let root = Waiting::root(root, tree.depth);
    if root.depth <= 1 {
        check.leaf(root.as_child(), &mut leaf, show)?;
        span.add(root.as_child());
        return Ok((span.low, span.high));
    }
    let mut waiting = vec![(root, Part::Range)];
    while let Some((page, part)) = waiting.pop() {
        let children = check.children(&page, &mut branch)?;
        for (child, part) in parts(&children, part, |child| child.may_hold(keys, (from, to))) {
            walker.expect(child.number)?;
            if page.depth > 2 {
                waiting.push((Waiting::below(&page, child), part));
                continue;
            }
            check.leaf(child, &mut leaf, show)?;
            if matches!(part, Part::Range) {
                span.add(child);
            }
        }
    }
    Ok((span.low, span.high))
}

/// The children of a branch that belong to its part, and the part of each.
fn parts<'k>(
    children: &[Child<'k>],
    part: Part,
    holds: impl Fn(&Child<'k>) -> bool,
) -> impl Iterator<Item = (Child<'k>, Part)> {
    let last = children.len().saturating_sub(1);
    let some = children.iter().position(&holds).zip(children.iter().rposition(&holds));
    children.iter().enumerate().filter_map(move |(at, child)| {
        let part = match (part, some) {
            (Part::First, _) if at == 0 => Part::First,
            (Part::Last, _) if at == last => Part::Last,
            (Part::Range, Some((low, high))) if (low..=high).contains(&at) => Part::Range,
            (Part::Range, Some((low, _))) if at.checked_add(1) == Some(low) => Part::Last,
            (Part::Range, Some((_, high))) if at.checked_sub(1) == Some(high) => Part::First,
            _ => return None,
        };
        Some((*child, part))
    })
}

impl Child<'_> {
    /// Whether it may contain keys from `from` to `to`.
    fn may_hold(&self, keys: Keys, (from, to): (&[u8], &[u8])) -> bool {
        self.to.is_none_or(|end| keys.compare(from, end).is_lt())
            && self.from.is_none_or(|start| keys.compare(start, to).is_le())
    }
}

impl Check<'_, '_> {
    /// Checks a tree, last leaf first. Two buffers: the leaves of a branch are read while its keys are at hand.
    fn tree(
        &mut self,
        root: Waiting,
        most: u64,
        show: &mut impl FnMut(&Node<'_>) -> Result<(), Wrong>,
    ) -> Result<(), Wrong> {
        let page_size = self.walker.page_size;
        let (mut branch, mut leaf) = (vec![0; page_size], vec![0; page_size]);
        self.enter(root.number)?;
        if root.depth <= 1 {
            return self.counted_leaf(root.as_child(), most, &mut leaf, show);
        }
        let mut waiting = vec![root];
        while let Some(page) = waiting.pop() {
            self.branches = self.branches.saturating_add(1);
            let children = self.children(&page, &mut branch)?;
            for &child in children.iter().rev() {
                self.enter(child.number)?;
                if page.depth == 2 {
                    self.counted_leaf(child, most, &mut leaf, show)?;
                }
            }
            if page.depth > 2 {
                waiting.extend(children.iter().map(|&child| Waiting::below(&page, child)));
            }
        }
        Ok(())
    }

    /// Notes that a page of the tree is reached, for the first time.
    fn enter(&mut self, number: u64) -> Result<(), Wrong> {
        self.walker.expect(number)?;
        if self.used.add(number) { Ok(()) } else { Err(USED_TWICE) }
    }

    /// Counts a leaf, and checks it unless `most` were.
    fn counted_leaf(
        &mut self,
        page: Child<'_>,
        most: u64,
        buffer: &mut [u8],
        show: &mut impl FnMut(&Node<'_>) -> Result<(), Wrong>,
    ) -> Result<(), Wrong> {
        self.leaves = self.leaves.saturating_add(1);
        if self.leaves > most {
            return Ok(());
        }
        self.read = self.read.saturating_add(1);
        self.leaf(page, buffer, show)
    }

    /// The children of a branch, checked: their keys ascend, and lie between those that lead to it.
    fn children<'b>(
        &self,
        page: &'b Waiting,
        buffer: &'b mut [u8],
    ) -> Result<Vec<Child<'b>>, Wrong> {
        let nodes = self.walker.whole_page(page.number, BRANCH, buffer)?;
        let mut children = Vec::with_capacity(nodes.len());
        let Child { mut from, to: end, .. } = page.as_child();
        let mut nodes = nodes.iter();
        // The first key of a branch has no meaning.
        let mut number = nodes.next().ok_or(BAD_PAGE)?.child();
        for node in nodes {
            if !self.keys.fit(node.key) || !self.is_behind(from, node.key) {
                return Err(DISORDER);
            }
            children.push(Child { number, from, to: Some(node.key) });
            (number, from) = (node.child(), Some(node.key));
        }
        if !from.is_none_or(|last| self.is_before(last, end)) {
            return Err(DISORDER);
        }
        children.push(Child { number, from, to: end });
        Ok(children)
    }

    fn leaf(
        &mut self,
        page: Child<'_>,
        buffer: &mut [u8],
        show: &mut impl FnMut(&Node<'_>) -> Result<(), Wrong>,
    ) -> Result<(), Wrong> {
        let nodes = self.walker.whole_page(page.number, LEAF, buffer)?;
        let mut last: Option<&[u8]> = None;
        for node in &nodes {
            let follows = match last {
                Some(last) => self.keys.compare(last, node.key) == Ordering::Less,
                None => page.from.is_none_or(|from| self.keys.compare(from, node.key).is_le()),
            };
            if !self.keys.fit(node.key) || !follows {
                return Err(DISORDER);
            }
            last = Some(node.key);
            for number in self.walker.overflow_of(node)? {
                self.overflow = self.overflow.saturating_add(1);
                if !self.used.add(number) {
                    return Err(USED_TWICE);
                }
            }
            self.entries = self.entries.saturating_add(1);
            show(node)?;
        }
        if last.is_some_and(|last| !self.is_before(last, page.to)) {
            return Err(DISORDER);
        }
        Ok(())
    }

    fn is_behind(&self, from: Option<&[u8]>, key: &[u8]) -> bool {
        from.is_none_or(|from| self.keys.compare(from, key) == Ordering::Less)
    }

    fn is_before(&self, key: &[u8], to: Option<&[u8]>) -> bool {
        to.is_none_or(|to| self.keys.compare(key, to) == Ordering::Less)
    }
}
