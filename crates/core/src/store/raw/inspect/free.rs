//! The pages that LMDB may write to: its list of free pages, which nothing else confirms.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::page::{Meta, Node};
use super::pages::Pages;
use super::tree::Walker;
use super::whole::{self, Keys};
use super::wrong::Wrong;

const BAD_LIST: Wrong = Wrong::Damaged("its list of free pages is inconsistent");

/// The free pages of a state.
pub(super) struct Free {
    pages: Pages,
    count: u64,
}

impl Free {
    /// Reads the list; adds its own pages to `used`.
    pub(super) fn read(walker: &Walker<'_>, meta: &Meta, used: &mut Pages) -> Result<Self, Wrong> {
        let end = meta.last_page.saturating_add(1);
        let mut free = Self { pages: Pages::none(end), count: 0 };
        whole::check(walker, (&meta.free, Keys::Number), u64::MAX, used, |node| {
            free.record(walker, meta, node)
        })?;
        Ok(free)
    }

    /// Reads one record: a transaction, how many pages it freed, and their numbers, descending.
    fn record(&mut self, walker: &Walker<'_>, meta: &Meta, node: &Node<'_>) -> Result<(), Wrong> {
        let txn = node.key.first_chunk().map(|key| u64::from_le_bytes(*key));
        if txn.is_none_or(|txn| txn == 0 || txn > meta.txn) || node.is_table() {
            return Err(BAD_LIST);
        }
        let value = walker.value_of(node).ok_or(BAD_LIST)?;
        let (words, rest) = value.as_chunks::<8>();
        let mut words = words.iter().map(|word| u64::from_le_bytes(*word));
        let count = words.next().ok_or(BAD_LIST)?;
        if !rest.is_empty() || count != words.len() as u64 && count != 0 {
            return Err(BAD_LIST);
        }
        let mut above = meta.last_page.saturating_add(1);
        for page in words.take(usize::try_from(count).map_err(|_| BAD_LIST)?) {
            if page < 2 || page >= above || !self.pages.add(page) {
                return Err(BAD_LIST);
            }
            above = page;
            self.count = self.count.saturating_add(1);
        }
        Ok(())
    }

    /// Checks that none of the pages is in use, and that those beyond the end of the file are free.
    pub(super) fn check(&self, used: &Pages, (file, last): (u64, u64)) -> Result<(), Wrong> {
        if self.pages.meets(used) {
            return Err(Wrong::Damaged("a page is free and in use"));
        }
        let mut behind = file..last.saturating_add(1);
        if self.count < last.saturating_add(1).saturating_sub(file)
            || !behind.all(|page| self.pages.has(page))
        {
            return Err(Wrong::Damaged("it is cut short"));
        }
        Ok(())
    }
}
