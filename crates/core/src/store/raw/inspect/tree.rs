//! Walking an LMDB tree page by page, believing nothing.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::cell::RefCell;
use std::fs::File;
use std::io;

use super::Wrong;
use super::page::{BRANCH, LEAF, Node, OVERFLOW, Page, Tree, read_at};

/// Leaves of a table that are looked at, from its end: more than a scan at open reads.
pub(super) const LEAVES: u32 = 4096;
/// Deeper trees than this LMDB cannot make.
pub(super) const DEEPEST: u16 = 32;

const DAMAGED: Wrong = Wrong::Damaged("a page does not hold together");

/// Reads the pages of one file.
pub(in crate::store) struct Walker<'f> {
    file: &'f File,
    pub(super) page_size: usize,
    pub(super) pages: u64,
    /// What the medium failed with while a scan stepped over it.
    pub(super) failure: RefCell<Option<io::Error>>,
}

impl<'f> Walker<'f> {
    pub(in crate::store) fn new(file: &'f File, page_size: u32) -> Result<Self, Wrong> {
        let pages = file.metadata()?.len().div_ceil(u64::from(page_size));
        Ok(Self { file, page_size: page_size as usize, pages, failure: RefCell::new(None) })
    }

    pub(super) const fn file(&self) -> &'f File {
        self.file
    }

    /// Checks a tree, last leaf first and at most `most` leaves, and shows each leaf node that it reads.
    pub(super) fn check(
        &self,
        tree: &Tree,
        most: u32,
        mut show: impl FnMut(&[u8], &Node<'_>) -> Result<(), Wrong>,
    ) -> Result<(), Wrong> {
        let Some(root) = tree.root else { return Ok(()) };
        if tree.depth == 0 || tree.depth > DEEPEST {
            return Err(DAMAGED);
        }
        let mut buffer = vec![0; self.page_size];
        let mut waiting = vec![(root, tree.depth)];
        let mut leaves = 0_u32;
        let mut seen = 0_u64;
        while let Some((number, depth)) = waiting.pop() {
            seen = seen.saturating_add(1);
            if seen > self.pages {
                return Err(Wrong::Damaged("its pages go round in a circle"));
            }
            self.expect(number)?;
            if depth == 1 {
                leaves = leaves.saturating_add(1);
                if leaves > most {
                    continue;
                }
            }
            let kind = if depth == 1 { LEAF } else { BRANCH };
            for node in self.page(number, kind, &mut buffer)?.nodes().ok_or(DAMAGED)? {
                if depth > 1 {
                    waiting.push((node.child(), depth.saturating_sub(1)));
                } else {
                    self.value(&node)?;
                    show(node.key, &node)?;
                }
            }
        }
        Ok(())
    }

    pub(super) fn value(&self, node: &Node<'_>) -> Result<(), Wrong> {
        if !node.fits() {
            return Err(DAMAGED);
        }
        let Some((first, size)) = node.overflow() else {
            return Ok(());
        };
        let first = first.ok_or(DAMAGED)?;
        self.expect(first)?;
        let mut header = [0; 16];
        self.read(first, &mut header)?;
        let page = Page(&header);
        let pages = page.overflow_pages().map_or(0, u64::from);
        let room = pages.saturating_mul(self.page_size as u64).saturating_sub(16);
        let ours = page.number() == Some(first) && page.flags() == Some(OVERFLOW);
        if !ours || room < u64::from(size) {
            return Err(DAMAGED);
        }
        self.expect(first.saturating_add(pages.saturating_sub(1)))
    }

    pub(super) fn page<'b>(
        &self,
        number: u64,
        kind: u16,
        buffer: &'b mut [u8],
    ) -> Result<Page<'b>, Wrong> {
        self.read(number, buffer)?;
        let page = Page(buffer);
        if page.number() != Some(number) || page.flags() != Some(kind) {
            return Err(DAMAGED);
        }
        Ok(page)
    }

    pub(super) fn expect(&self, number: u64) -> Result<(), Wrong> {
        if number < 2 || number >= self.pages {
            return Err(Wrong::Damaged("it is cut short"));
        }
        Ok(())
    }

    pub(in crate::store) fn read(&self, number: u64, bytes: &mut [u8]) -> Result<(), Wrong> {
        let offset = number.checked_mul(self.page_size as u64).ok_or(DAMAGED)?;
        match read_at(self.file, offset, bytes) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                Err(Wrong::Damaged("it is cut short"))
            }
            other => Ok(other?),
        }
    }
}
