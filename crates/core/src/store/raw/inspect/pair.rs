//! The two meta pages of a file: checks that they belong to two successive states, and finds the last one.
//!
//! LMDB takes the one with the higher number for the last state. To begin its next transaction it takes the one
//! whose place has the number's parity. So a flipped bit in a number can bring back the previous state. The
//! numbers must be successive, each in its place, which leaves one undetected bit of each, the second lowest:
//! it turns N - 1, N into N, N + 1 or N - 2, N - 1. The numbers that the states themselves contain reveal that
//! one (`stamp.rs`).

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::fs::File;

use super::page::{DATA_VERSION, Meta, Tree};
use super::tree::{DEEPEST, Walker};
use super::wrong::Wrong;
use crate::store::format::stamp::{KEY, Stamp};

/// Flags of LMDB's table of free pages, whose keys are integers.
const INTEGER_KEYS: u16 = 0x08;
/// No process has more bytes of address space for a map.
const LARGEST_MAP: u64 = 1 << 47;

/// Both meta pages, ordered by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) older: Meta,
    pub(super) newer: Meta,
}

impl Pair {
    /// Reads both; `None` if the file is empty.
    pub(super) fn read(file: &File) -> Result<Option<Self>, Wrong> {
        if file.metadata()?.len() == 0 {
            return Ok(None);
        }
        let first = Meta::read_any(file, 0)?;
        let second = Meta::read_any(file, u64::from(first.page_size))?;
        if (second.page_size, second.version) != (first.page_size, first.version) {
            return Err(Wrong::Damaged("its meta pages differ in page size or version"));
        }
        if first.version != DATA_VERSION {
            return Err(first.newer());
        }
        if (first.number, second.number) != (0, 1) {
            return Err(Wrong::Damaged("its meta pages are numbered wrongly"));
        }
        Ok(Some(if second.txn > first.txn {
            Self { older: first, newer: second }
        } else {
            Self { older: second, newer: first }
        }))
    }

    /// Checks each page, and that both belong together.
    pub(super) fn check(&self, file_pages: u64) -> Result<(), Wrong> {
        let Self { older, newer } = self;
        check_page(newer, newer.last_page.saturating_add(1))?;
        // Where writing a page failed, LMDB leaves the old last page with the new tables.
        check_page(older, file_pages.max(older.last_page.saturating_add(1)))?;
        let twice = older.txn == newer.txn
            && (older.free, older.main, older.last_page)
                == (newer.free, newer.main, newer.last_page);
        let in_a_row = older.txn.checked_add(1) == Some(newer.txn)
            && newer.number == newer.txn & 1
            && older.number == older.txn & 1;
        if !(twice || in_a_row) {
            return Err(Wrong::Damaged("its meta pages are not of two transactions in a row"));
        }
        Ok(())
    }

    /// Checks the numbers of both pages against those in their states.
    pub(super) fn check_stamps(&self, older: Stamp, newer: Stamp) -> Result<(), Wrong> {
        let (low, high) = (self.older.txn, self.newer.txn);
        let wrong = match (older, newer) {
            // The number in the last state: of our commit, or unchanged by foreign software.
            (Stamp::Number(before), Stamp::Number(last)) if last != high => last != before,
            (Stamp::Number(_), Stamp::None) => true,
            // The number in the state before: that may be the last one, with its number lowered.
            (Stamp::Number(before), _) => {
                low.checked_add(2) == Some(before) && self.older.given_up != Some(before)
            }
            _ => false,
        };
        if wrong {
            return Err(Wrong::Damaged("the number of a meta page is not that of its state"));
        }
        Ok(())
    }
}

fn check_page(meta: &Meta, pages: u64) -> Result<(), Wrong> {
    let (free, main) = (&meta.free, &meta.main);
    let size = meta.last_page.checked_add(1).and_then(|n| n.checked_mul(meta.page_size.into()));
    let fits = size.is_some_and(|size| size <= meta.map_size) && meta.map_size <= LARGEST_MAP;
    let flags = (free.flags, main.flags) == (INTEGER_KEYS, 0);
    let begun = meta.txn > 0 || (free.root, main.root) == (None, None);
    let begins = in_range(free, pages) && in_range(main, pages);
    if !(fits && flags && begun && begins && meta.last_page > 0) {
        return Err(Wrong::Damaged("a meta page makes no sense"));
    }
    Ok(())
}

/// Whether the root page of a table exists, and the table is empty if it has none.
fn in_range(tree: &Tree, pages: u64) -> bool {
    match tree.root {
        Some(root) => root >= 2 && root < pages && (1..=DEEPEST).contains(&tree.depth),
        None => tree.depth == 0 && tree.entries == 0,
    }
}

/// Returns the number in the state of `meta`; `None` also if it cannot be read.
pub(super) fn stamp_of(walker: &Walker<'_>, meta: &Meta) -> Stamp {
    value_of(walker, meta, KEY).map_or(Stamp::None, |value| Stamp::decode(&value))
}

/// Returns the value under a key of the table `meta` in the state of `meta`.
pub(super) fn value_of(walker: &Walker<'_>, meta: &Meta, key: &str) -> Option<Vec<u8>> {
    let table = walker.table(meta, "meta").ok()?;
    let mut value = None;
    walker.scan(&table, key.as_bytes(), |node| {
        if node.key == key.as_bytes() {
            value = Some(node.inline().to_vec());
        }
        false
    });
    value
}
