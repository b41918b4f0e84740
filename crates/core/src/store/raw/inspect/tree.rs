//! Walking an LMDB tree page by page, trusting nothing.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::cell::RefCell;
use std::fs::File;
use std::io;
use std::ops::Range;

use super::page::{Meta, Node, OVERFLOW, Page, read_at};
use super::wrong::{BAD_PAGE, Wrong};

/// Leaves of a table that are checked, from its end: more than loading reads at opening.
pub(in crate::store) const LEAVES: u64 = 4096;
/// LMDB cannot make deeper trees.
pub(super) const DEEPEST: u16 = 32;

/// Reads the pages of one file.
pub(in crate::store) struct Walker<'f> {
    file: &'f File,
    pub(super) page_size: usize,
    pub(super) pages: u64,
    /// The medium's error that a scan skipped.
    pub(super) failure: RefCell<Option<io::Error>>,
}

impl<'f> Walker<'f> {
    pub(in crate::store) fn new(file: &'f File, page_size: u32) -> Result<Self, Wrong> {
        let pages = file.metadata()?.len().div_ceil(u64::from(page_size));
        Ok(Self { file, page_size: page_size as usize, pages, failure: RefCell::new(None) })
    }

    /// Number of pages of the file, whatever the state says.
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

    /// Checks a node's value; reads only the header of its first page.
    pub(super) fn value(&self, node: &Node<'_>) -> Result<(), Wrong> {
        self.overflow_of(node).map(|_| ())
    }

    /// Returns the pages of a node's large value, checked.
    pub(super) fn overflow_of(&self, node: &Node<'_>) -> Result<Range<u64>, Wrong> {
        if !node.fits() {
            return Err(BAD_PAGE);
        }
        let Some((first, size)) = node.overflow() else {
            return Ok(0..0);
        };
        let first = first.ok_or(BAD_PAGE)?;
        self.expect(first)?;
        let mut header = [0; 16];
        self.read(first, &mut header)?;
        let page = Page(&header);
        let pages = page.overflow_pages().map_or(0, u64::from);
        let room = pages.saturating_mul(self.page_size as u64).saturating_sub(16);
        let ours = page.number() == Some(first) && page.flags() == Some(OVERFLOW);
        if !ours || room < u64::from(size) {
            return Err(BAD_PAGE);
        }
        let end = first.saturating_add(pages);
        self.expect(end.saturating_sub(1))?;
        Ok(first..end)
    }

    /// Reads the nodes of a page in which each bit is consistent.
    pub(super) fn whole_page<'b>(
        &self,
        number: u64,
        kind: u16,
        buffer: &'b mut [u8],
    ) -> Result<Vec<Node<'b>>, Wrong> {
        let page = self.page(number, kind, buffer)?;
        page.whole_nodes(kind).ok_or(BAD_PAGE)
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
            return Err(BAD_PAGE);
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
        let offset = number.checked_mul(self.page_size as u64).ok_or(BAD_PAGE)?;
        match read_at(self.file, offset, bytes) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                Err(Wrong::Damaged("it is cut short"))
            }
            other => Ok(other?),
        }
    }
}
