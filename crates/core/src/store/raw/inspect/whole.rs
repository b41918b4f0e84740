//! Checking an LMDB tree bit by bit, as far as it is read.
//!
//! LMDB trusts its pages: a wrong flag, length or offset of a node ends the process, and a wrong separator
//! hides entries. So nodes must fill their pages side by side, keys must ascend and lie between the separators
//! that lead to them, each page must be reached once, and the counts must match those of the table.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::cmp::Ordering;
use std::rc::Rc;

use super::page::{BRANCH, LEAF, Node, Tree};
use super::pages::Pages;
use super::tree::{DEEPEST, Walker};
use super::wrong::{BAD_PAGE, Wrong};

const DISORDER: Wrong = Wrong::Damaged("the keys of a page are out of order");
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

type Bound = Option<Rc<[u8]>>;

/// A page to read: its number, its height, and the keys that it may contain.
struct Waiting {
    number: u64,
    depth: u16,
    from: Bound,
    to: Bound,
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
        check.tree(
            Waiting { number: root, depth: tree.depth, from: None, to: None },
            most,
            &mut show,
        )?;
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

/// Checks the leaves that may contain keys from `from` to `to`, one more on either side, and the way there.
/// Shows each leaf node. Returns where the keys of those leaves begin and end, without the ones on either side.
pub(super) fn check_range(
    walker: &Walker<'_>,
    (tree, keys): (&Tree, Keys),
    (from, to): (&[u8], &[u8]),
    show: &mut impl FnMut(&Node<'_>) -> Result<(), Wrong>,
) -> Result<(Vec<u8>, Option<Vec<u8>>), Wrong> {
    let Some(root) = tree.root else { return Ok((Vec::new(), None)) };
    let (mut low, mut high) = (from.to_vec(), Some(to.to_vec()));
    let used = &mut Pages::none(walker.pages);
    let mut check =
        Check { walker, keys, used, branches: 0, leaves: 0, read: 0, overflow: 0, entries: 0 };
    let mut buffer = vec![0; walker.page_size];
    let root = Waiting { number: root, depth: tree.depth, from: None, to: None };
    let mut waiting = vec![(root, Part::Range)];
    while let Some((page, part)) = waiting.pop() {
        walker.expect(page.number)?;
        if page.depth <= 1 {
            check.leaf(&page, &mut buffer, show)?;
            if matches!(part, Part::Range) {
                low = low.min(page.from.as_deref().unwrap_or_default().to_vec());
                high = high.zip(page.to.as_deref()).map(|(high, end)| high.max(end.to_vec()));
            }
            continue;
        }
        let mut children = Vec::new();
        check.branch(&page, &mut buffer, &mut children)?;
        let last = children.len().saturating_sub(1);
        let holds = |child: &Waiting| {
            child.to.as_ref().is_none_or(|end| keys.compare(from, end) == Ordering::Less)
                && child.from.as_ref().is_none_or(|start| keys.compare(start, to).is_le())
        };
        let some = children.iter().position(holds).zip(children.iter().rposition(holds));
        for (at, child) in children.into_iter().enumerate() {
            let part = match (part, some) {
                (Part::First, _) if at == 0 => Part::First,
                (Part::Last, _) if at == last => Part::Last,
                (Part::Range, Some((low, high))) if (low..=high).contains(&at) => Part::Range,
                (Part::Range, Some((low, _))) if at.checked_add(1) == Some(low) => Part::Last,
                (Part::Range, Some((_, high))) if at.checked_sub(1) == Some(high) => Part::First,
                _ => continue,
            };
            waiting.push((child, part));
        }
    }
    Ok((low, high))
}

impl Check<'_, '_> {
    fn tree(
        &mut self,
        root: Waiting,
        most: u64,
        show: &mut impl FnMut(&Node<'_>) -> Result<(), Wrong>,
    ) -> Result<(), Wrong> {
        let mut buffer = vec![0; self.walker.page_size];
        let mut waiting = vec![root];
        while let Some(page) = waiting.pop() {
            self.walker.expect(page.number)?;
            if !self.used.add(page.number) {
                return Err(Wrong::Damaged("a page is in use twice"));
            }
            if page.depth > 1 {
                self.branches = self.branches.saturating_add(1);
                self.branch(&page, &mut buffer, &mut waiting)?;
                continue;
            }
            self.leaves = self.leaves.saturating_add(1);
            if self.leaves <= most {
                self.read = self.read.saturating_add(1);
                self.leaf(&page, &mut buffer, show)?;
            }
        }
        Ok(())
    }

    fn branch(
        &self,
        page: &Waiting,
        buffer: &mut [u8],
        waiting: &mut Vec<Waiting>,
    ) -> Result<(), Wrong> {
        let nodes = self.walker.whole_page(page.number, BRANCH, buffer)?;
        let depth = page.depth.saturating_sub(1);
        let mut from = page.from.clone();
        let mut nodes = nodes.iter();
        // The first key of a branch has no meaning.
        let mut number = nodes.next().ok_or(BAD_PAGE)?.child();
        for node in nodes {
            if !self.keys.fit(node.key) || !self.is_behind(from.as_ref(), node.key) {
                return Err(DISORDER);
            }
            let to: Rc<[u8]> = node.key.into();
            waiting.push(Waiting { number, depth, from, to: Some(Rc::clone(&to)) });
            (number, from) = (node.child(), Some(to));
        }
        if !from.as_ref().is_none_or(|last| self.is_before(last, page.to.as_ref())) {
            return Err(DISORDER);
        }
        waiting.push(Waiting { number, depth, from, to: page.to.clone() });
        Ok(())
    }

    fn leaf(
        &mut self,
        page: &Waiting,
        buffer: &mut [u8],
        show: &mut impl FnMut(&Node<'_>) -> Result<(), Wrong>,
    ) -> Result<(), Wrong> {
        let nodes = self.walker.whole_page(page.number, LEAF, buffer)?;
        let mut last: Option<&[u8]> = None;
        for node in &nodes {
            let follows = match last {
                Some(last) => self.keys.compare(last, node.key) == Ordering::Less,
                None => page
                    .from
                    .as_ref()
                    .is_none_or(|from| self.keys.compare(from, node.key) != Ordering::Greater),
            };
            if !self.keys.fit(node.key) || !follows {
                return Err(DISORDER);
            }
            last = Some(node.key);
            for number in self.walker.overflow_of(node)? {
                self.overflow = self.overflow.saturating_add(1);
                if !self.used.add(number) {
                    return Err(Wrong::Damaged("a page is in use twice"));
                }
            }
            self.entries = self.entries.saturating_add(1);
            show(node)?;
        }
        if last.is_some_and(|last| !self.is_before(last, page.to.as_ref())) {
            return Err(DISORDER);
        }
        Ok(())
    }

    fn is_behind(&self, from: Option<&Rc<[u8]>>, key: &[u8]) -> bool {
        from.is_none_or(|from| self.keys.compare(from, key) == Ordering::Less)
    }

    fn is_before(&self, key: &[u8], to: Option<&Rc<[u8]>>) -> bool {
        to.is_none_or(|to| self.keys.compare(key, to) == Ordering::Less)
    }
}
