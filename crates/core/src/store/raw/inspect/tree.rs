//! Walking an LMDB tree page by page, believing nothing.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::cell::RefCell;
use std::fs::File;
use std::io;
use std::ops::Range;

use super::page::{Meta, Node, OVERFLOW, Page, read_at};
use super::wrong::Wrong;

/// Leaves of a table that are looked at, from its end: more than a scan at open reads.
pub(in crate::store) const LEAVES: u64 = 4096;
/// Deeper trees than this LMDB cannot make.
pub(super) const DEEPEST: u16 = 32;

const DAMAGED: Wrong = Wrong::Damaged("a page does not hold together");

/// Reads the pages of one file.
pub(in crate::store) struct Walker<'f> {
    file: &'f File,
    pub(super) page_size: usize,
    pub(super) pages: u64,
    /// The medium's error that a scan stepped over.
    pub(super) failure: RefCell<Option<io::Error>>,
}

impl<'f> Walker<'f> {
    pub(in crate::store) fn new(file: &'f File, page_size: u32) -> Result<Self, Wrong> {
        let pages = file.metadata()?.len().div_ceil(u64::from(page_size));
        Ok(Self { file, page_size: page_size as usize, pages, failure: RefCell::new(None) })
    }

    /// Pages of the file, whatever the state has of them.
    pub(super) fn file_pages(&self) -> Result<u64, Wrong> {
        Ok(self.file.metadata()?.len().div_ceil(self.page_size as u64))
    }

    pub(super) const fn file(&self) -> &'f File {
        self.file
    }

    /// Reads the pages of one state of a file.
    pub(super) fn of(file: &'f File, meta: &Meta) -> Result<Self, Wrong> {
        let mut walker = Self::new(file, meta.page_size)?;
        walker.pages = walker.pages.min(meta.last_page.saturating_add(1));
        Ok(walker)
    }

    /// Checks a node's value, and reads no more of it than its first page's header.
    pub(super) fn value(&self, node: &Node<'_>) -> Result<(), Wrong> {
        self.overflow_of(node).map(|_| ())
    }

    /// The pages of a node's large value, checked.
    pub(super) fn overflow_of(&self, node: &Node<'_>) -> Result<Range<u64>, Wrong> {
        if !node.fits() {
            return Err(DAMAGED);
        }
        let Some((first, size)) = node.overflow() else {
            return Ok(0..0);
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
        let end = first.saturating_add(pages);
        self.expect(end.saturating_sub(1))?;
        Ok(first..end)
    }

    /// Reads the nodes of a page that holds together in each bit.
    pub(super) fn whole_page<'b>(
        &self,
        number: u64,
        kind: u16,
        buffer: &'b mut [u8],
    ) -> Result<Vec<Node<'b>>, Wrong> {
        let page = self.page(number, kind, buffer)?;
        page.whole_nodes(kind).ok_or(DAMAGED)
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
