//! Block: the columns of consecutive revisions, 4,096 where it is full, or of all that an index began with.
//!
//! A block grows until it is full; existing rows never change. If a snapshot shares a block that must grow, the
//! block is copied (`Arc::make_mut`), so that the snapshot's block does not change.

use std::slice;
use std::sync::Arc;

use crate::graph::index::huge_pages;
use crate::graph::index::pos::Pos;
use crate::refs::Ref;

/// Revisions in a full block.
pub(crate) const BLOCK: u32 = 4096;

/// No parent in this column.
const NONE: u32 = u32::MAX;
/// Second parent of a revision with more than two: the first number then says which list has them.
const LISTED: u32 = u32::MAX - 1;

/// The fields of a revision that walks read, side by side in one cache line.
#[derive(Clone, Copy)]
struct Links {
    generation: u32,
    /// The first parent, or `NONE`, or the number of a list.
    first: u32,
    /// The second parent, or `NONE`, or `LISTED`.
    second: u32,
}

/// 44 bytes a revision, and the lists of parents of those with more than two.
pub(in crate::graph) struct Block {
    /// How many revisions it has when it is full.
    room: u32,
    refs: Vec<Ref>,
    links: Vec<Links>,
    /// The lists, at most one for each slot.
    many: Vec<Arc<[u32]>>,
}

/// One of 4,096 that grows from nothing.
impl Default for Block {
    fn default() -> Self {
        Self { room: BLOCK, refs: Vec::new(), links: Vec::new(), many: Vec::new() }
    }
}

impl Block {
    /// Creates an empty block for so many that never needs to grow.
    pub(in crate::graph) fn with_room_for(room: u32) -> Self {
        let many = Vec::new();
        let room_for = room as usize;
        let (mut refs, mut links) = (Vec::with_capacity(room_for), Vec::with_capacity(room_for));
        huge_pages::allow(&mut refs);
        huge_pages::allow(&mut links);
        Self { room, refs, links, many }
    }

    /// How many revisions it has.
    #[expect(clippy::cast_possible_truncation, reason = "at most its room")]
    pub(in crate::graph) fn len(&self) -> u32 {
        self.refs.len() as u32
    }

    pub(in crate::graph) fn is_full(&self) -> bool {
        self.len() >= self.room
    }

    pub(in crate::graph) fn ref_at(&self, slot: usize) -> &Ref {
        &self.refs[slot]
    }

    pub(in crate::graph) fn generation(&self, slot: usize) -> u32 {
        self.links[slot].generation
    }

    #[inline]
    pub(in crate::graph) fn parents(&self, slot: usize) -> Parents<'_> {
        let Links { first, second, .. } = self.links[slot];
        if second == LISTED {
            return self.parents_of_list(first as usize);
        }
        Parents { first, second, more: [].iter() }
    }

    #[cold]
    fn parents_of_list(&self, list: usize) -> Parents<'_> {
        Parents { first: NONE, second: NONE, more: self.many[list].iter() }
    }

    /// Appends a revision. The caller has checked that the block has room and that parents come before their
    /// children.
    pub(in crate::graph) fn push(&mut self, reference: Ref, generation: u32, parents: &[Pos]) {
        let (first, second) = match *parents {
            [] => (NONE, NONE),
            [only] => (only.get(), NONE),
            [first, second] => (first.get(), second.get()),
            _ => (self.push_list(parents), LISTED),
        };
        self.refs.push(reference);
        self.links.push(Links { generation, first, second });
    }

    /// Returns the number of the new list.
    #[expect(clippy::cast_possible_truncation, reason = "a list a revision at most")]
    fn push_list(&mut self, parents: &[Pos]) -> u32 {
        let list = self.many.len() as u32;
        self.many.push(parents.iter().map(|parent| parent.get()).collect());
        list
    }

    /// Bytes held, including spare capacity.
    pub(in crate::graph) fn bytes(&self) -> usize {
        let lists = self.many.iter().map(|list| size_of_val(&**list) + size_of::<Arc<[u32]>>());
        self.refs.capacity() * size_of::<Ref>()
            + self.links.capacity() * size_of::<Links>()
            + lists.sum::<usize>()
    }
}

/// A copy with room for one more, so that the push that needed the copy does not copy again.
impl Clone for Block {
    fn clone(&self) -> Self {
        let Self { room, refs, links, many } = self;
        Self { room: *room, refs: with_room(refs), links: with_room(links), many: many.clone() }
    }
}

fn with_room<T: Copy>(column: &[T]) -> Vec<T> {
    let mut copy = Vec::with_capacity((column.len() + 1).next_power_of_two());
    copy.extend_from_slice(column);
    copy
}

/// The parents of a revision, in the order in which it names them.
#[derive(Debug, Clone)]
pub struct Parents<'a> {
    first: u32,
    second: u32,
    more: slice::Iter<'a, u32>,
}

impl Iterator for Parents<'_> {
    type Item = Pos;

    #[inline]
    fn next(&mut self) -> Option<Pos> {
        if self.first != NONE {
            let next = Pos::new(self.first);
            self.first = self.second;
            self.second = NONE;
            return Some(next);
        }
        self.more.next().copied().map(Pos::new)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let pair = usize::from(self.first != NONE) + usize::from(self.second != NONE);
        let count = pair + self.more.len();
        (count, Some(count))
    }
}

impl ExactSizeIterator for Parents<'_> {}
