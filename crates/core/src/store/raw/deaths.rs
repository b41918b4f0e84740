//! Deletions of a file that does not open, as far as they can be read.
//!
//! Believes the tables `dead` and `gone` of the newest readable meta page: tombstones and blocks with the right
//! checksum, on pages that a tree leads to. Entries elsewhere are ignored: they may be older than a revision
//! that was written again since. Only reads, and without LMDB.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::collections::HashMap;
use std::fs::File;

use crate::Ref;
use crate::graph::{DeadBlock, Pos};
use crate::store::format::chunk::{CHUNK, first_of};
use crate::store::format::tombstone::{self, Remains};
use crate::store::format::{self, deleted};
use crate::store::raw::inspect::page::{Meta, Node};
use crate::store::raw::inspect::tree::Walker;

/// The dead revisions of a file by position.
#[derive(Debug, Default)]
pub(in crate::store) struct Deaths {
    tombstones: HashMap<u32, Remains>,
    deleted: HashMap<Pos, DeadBlock>,
}

impl Deaths {
    /// Reads what can be read; costs a look at each page of both tables.
    pub(in crate::store) fn read(file: &File, page_size: u32) -> Self {
        let mut deaths = Self::default();
        let Ok(walker) = Walker::new(file, page_size) else {
            return deaths;
        };
        let metas = [0, u64::from(page_size)].map(|offset| Meta::read(file, offset).ok());
        let metas = metas.into_iter().flatten().filter(|meta| meta.page_size == page_size);
        let Some(meta) = metas.max_by_key(|meta| meta.txn) else {
            return deaths;
        };
        deaths.show(&walker, &meta, "dead", |deaths, pos, value| {
            let remains = tombstone::decode(pos, value).filter(Remains::proves_itself);
            deaths.tombstones.extend(remains.map(|remains| (pos.get(), remains)));
        });
        deaths.show(&walker, &meta, "gone", |deaths, first, value| {
            deaths.deleted.extend(deleted::decode(first, value).map(|block| (first, block)));
        });
        deaths
    }

    fn show(
        &mut self,
        walker: &Walker<'_>,
        meta: &Meta,
        name: &str,
        take: impl Fn(&mut Self, Pos, &[u8]),
    ) {
        let Ok(tree) = walker.table(meta, name) else {
            return;
        };
        walker.scan(&tree, b"", |node| {
            if let (Some(pos), Some(value)) = (position(node), walker.value_of(node)) {
                take(self, pos, &value);
            }
            true
        });
    }

    /// Whether the data of a position was deleted and did not come again.
    pub(in crate::store) fn has_taken(&self, pos: u32) -> bool {
        let first = first_of(Pos::new(pos));
        let slot = pos.checked_rem(CHUNK).unwrap_or_default();
        self.deleted.get(&first).is_some_and(|block| block.is_deleted(slot))
            || self.tombstones.get(&pos).is_some_and(|remains| remains.loss.is_of_data())
    }

    /// Returns the ref of a position that has a tombstone.
    pub(in crate::store) fn ref_at(&self, pos: u32) -> Option<Ref> {
        self.tombstones.get(&pos).map(|remains| remains.reference)
    }
}

/// Returns the position of a node's key.
pub(in crate::store) fn position(node: &Node<'_>) -> Option<Pos> {
    format::position(node.key).filter(|&pos| pos <= Pos::MAX)
}
