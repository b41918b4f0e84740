//! Reading a tree from unchecked pages.
//!
//! Skips inconsistent pages and nodes, so that one bad page costs only its own content. The caller must check
//! each value that it is shown.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::borrow::Cow;
use std::io;

use super::page::{BRANCH, LEAF, Meta, Node, Tree, read_at};
use super::tree::{DEEPEST, Walker};
use super::wrong::Wrong;

/// Bytes of the header of a large value's first page.
const HEADER: u64 = 16;

impl Walker<'_> {
    /// Shows the nodes of a tree whose keys are at least `from`, in order, until `show` returns `false`.
    /// Returns whether every page on the way was consistent; `failure` says whether all could be read.
    pub(in crate::store) fn scan(
        &self,
        tree: &Tree,
        from: &[u8],
        mut show: impl FnMut(&Node<'_>) -> bool,
    ) -> bool {
        let Some(root) = tree.root else { return true };
        if tree.depth == 0 || tree.depth > DEEPEST {
            return false;
        }
        let mut buffer = vec![0; self.page_size];
        let mut waiting = vec![(root, tree.depth)];
        let mut whole = true;
        let mut left = self.pages;
        while let Some((number, depth)) = waiting.pop() {
            let Some(rest) = left.checked_sub(1) else { return false };
            left = rest;
            let kind = if depth == 1 { LEAF } else { BRANCH };
            let read = self.expect(number).and_then(|()| self.page(number, kind, &mut buffer));
            let Some(nodes) = self.noted(read).and_then(|page| page.nodes()) else {
                whole = false;
                continue;
            };
            if depth > 1 {
                let below = depth.saturating_sub(1);
                waiting.extend(children(&nodes, from).rev().map(|child| (child, below)));
                continue;
            }
            for node in nodes.iter().filter(|node| node.key >= from) {
                if !show(node) {
                    return whole;
                }
            }
        }
        whole
    }

    /// Returns the value of a node, if it can be read.
    pub(in crate::store) fn value_of<'n>(&self, node: &Node<'n>) -> Option<Cow<'n, [u8]>> {
        self.noted(self.value(node))?;
        let Some((first, size)) = node.overflow() else {
            return Some(Cow::Borrowed(node.inline()));
        };
        let mut value = vec![0; size as usize];
        let page = first?.checked_mul(self.page_size as u64)?;
        let read = read_at(self.file(), page.checked_add(HEADER)?, &mut value);
        self.noted(read.map_err(Wrong::Io))?;
        Some(Cow::Owned(value))
    }

    /// Returns the result of a read, if it succeeded; notes a failure of the medium.
    fn noted<R>(&self, read: Result<R, Wrong>) -> Option<R> {
        match read {
            Ok(read) => Some(read),
            Err(Wrong::Io(error)) if error.kind() != io::ErrorKind::UnexpectedEof => {
                self.failure.replace(Some(error));
                None
            }
            Err(_) => None,
        }
    }

    /// Succeeds if the medium has not failed so far: then nodes that were not shown do not exist.
    ///
    /// # Errors
    /// The error of reading.
    pub(in crate::store) fn failure(&self) -> io::Result<()> {
        self.failure.take().map_or(Ok(()), Err)
    }

    /// Returns the named table of a database, if it can be found.
    pub(in crate::store) fn table(&self, meta: &Meta, name: &str) -> Result<Tree, Wrong> {
        let mut found = None;
        self.scan(&meta.main, name.as_bytes(), |node| {
            if node.key == name.as_bytes() {
                found = node.table();
            }
            false
        });
        found.ok_or(Wrong::Damaged("a table is missing"))
    }
}

/// Returns the children of a branch that may contain keys from `from` on, in order. A child ends at the key of
/// the next one; the first key of a branch is empty.
fn children(nodes: &[Node<'_>], from: &[u8]) -> impl DoubleEndedIterator<Item = u64> {
    let passed = nodes.iter().skip(1).take_while(|node| node.key <= from).count();
    nodes.get(passed..).unwrap_or_default().iter().map(Node::child)
}
