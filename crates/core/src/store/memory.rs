//! The store in memory: payloads by position, heads by key.
//!
//! Holds what `store` keeps on disk and nothing else; the graph index is the engine's.

use std::collections::{BTreeMap, HashSet};

use crate::graph::{Loss, Pos, Tombstone};
use crate::revision::Kind;
use crate::store::format::gc_marks::Marks;
use crate::store::format::print;
use crate::store::format::tombstone::Remains;
use crate::write::{Staged, Stored};
use crate::{Ref, Result};

/// Payloads of a block. One list of all would be copied as a whole each time that it is full: 200 MB at
/// eight million.
const BLOCK: usize = 1 << 16;

/// The data of a revision.
type Payload = (Kind, Box<[u8]>);

/// Payloads and heads.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    /// In order; all blocks but the last are full. Nothing where it was deleted.
    payloads: Vec<Vec<Option<Payload>>>,
    heads: BTreeMap<String, Ref>,
    /// What is left of deleted revisions that have kept their places.
    remains: BTreeMap<Pos, Remains>,
    /// When revisions were found to be reached by nothing.
    marks: Marks,
    /// The first bytes of what was cut away.
    cut: HashSet<[u8; 8]>,
}

impl Memory {
    /// Takes over a group.
    pub(crate) fn append(&mut self, staged: &[Staged<'_>]) {
        for revision in staged {
            let payload =
                revision.erased.is_none().then(|| (revision.kind, Box::from(revision.payload)));
            match self.payloads.last_mut() {
                Some(block) if block.len() < BLOCK => block.push(payload),
                _ => self.payloads.push(vec![payload]),
            }
        }
    }

    /// Writes or removes a head.
    pub(crate) fn put_head(&mut self, key: String, reference: Option<Ref>) {
        match reference {
            Some(reference) => drop(self.heads.insert(key, reference)),
            None => drop(self.heads.remove(&key)),
        }
    }

    /// The payload at a position.
    pub(crate) fn payload(&self, pos: Pos) -> Option<(Kind, &[u8])> {
        let block = self.payloads.get(pos.index() / BLOCK)?;
        let (kind, payload) = block.get(pos.index() % BLOCK)?.as_ref()?;
        Some((*kind, payload.as_ref()))
    }

    /// Drops the data at a position, and keeps what is left of its revision.
    pub(crate) fn keep_place(&mut self, pos: Pos, remains: Remains) {
        self.set(pos, None);
        self.remains.insert(pos, remains);
    }

    /// Drops a revision.
    pub(crate) fn delete(&mut self, pos: Pos) {
        self.set(pos, None);
        self.remains.remove(&pos);
    }

    /// Takes a deleted revision in again; returns what still has to be told of it.
    pub(crate) fn fill(
        &mut self,
        pos: Pos,
        revision: &Staged<'_>,
        is_deleted: impl Fn(Pos) -> bool,
    ) -> Option<Tombstone> {
        self.set(pos, Some((revision.kind, Box::from(revision.payload))));
        let remains = self.remains.remove(&pos)?;
        if !remains.parents.iter().any(|(parent, _)| is_deleted(*parent)) {
            return None;
        }
        let filled = Remains { loss: Loss::Filled, ..remains };
        let tombstone = filled.tombstone();
        self.remains.insert(pos, filled);
        Some(tombstone)
    }

    /// What is left of a deleted revision that has kept its place.
    pub(crate) fn remains(&self, pos: Pos) -> Option<&Remains> {
        self.remains.get(&pos)
    }

    /// Notes that a revision was cut away.
    pub(crate) fn put_cut(&mut self, reference: &Ref) {
        self.cut.insert(print(reference));
    }

    /// Forgets what was cut away.
    pub(crate) fn clear_cuts(&mut self) {
        self.cut.clear();
    }

    /// The prints of all that was cut away, ascending.
    pub(crate) fn cuts(&self) -> Vec<[u8; 8]> {
        let mut prints: Vec<_> = self.cut.iter().copied().collect();
        prints.sort_unstable();
        prints
    }

    /// When revisions were found to be reached by nothing.
    pub(crate) const fn marks(&self) -> &Marks {
        &self.marks
    }

    /// Takes over all marks.
    pub(crate) fn set_marks(&mut self, marks: Marks) {
        self.marks = marks;
    }

    /// Takes some marks away.
    pub(crate) fn unmark(&mut self, fresh: &[Pos]) {
        for pos in fresh {
            self.marks.remove(&pos.get());
        }
    }

    /// Whether a revision was cut away with the history that was older than a horizon.
    pub(crate) fn was_cut(&self, reference: &Ref) -> bool {
        self.cut.contains(&print(reference))
    }

    fn set(&mut self, pos: Pos, payload: Option<Payload>) {
        let block = self.payloads.get_mut(pos.index() / BLOCK);
        if let Some(place) = block.and_then(|block| block.get_mut(pos.index() % BLOCK)) {
            *place = payload;
        }
    }

    /// All refs whose key starts with `prefix`, the prefix cut off.
    pub(crate) fn heads(&self, prefix: &str) -> Vec<(String, Ref)> {
        self.heads
            .range(prefix.to_owned()..)
            .map_while(|(key, head)| Some((key.strip_prefix(prefix)?.to_owned(), *head)))
            .collect()
    }
}

impl Stored for Memory {
    fn read(&self, key: &str) -> Result<Option<Ref>> {
        Ok(self.heads.get(key).copied())
    }

    fn is_whole(&self, _: Pos, _: &Ref, _: &[u8]) -> Result<bool> {
        Ok(true)
    }

    fn is_marked(&self, pos: Pos) -> Result<bool> {
        Ok(self.marks.contains_key(&pos.get()))
    }

    fn was_cut(&self, reference: &Ref) -> Result<bool> {
        Ok(Self::was_cut(self, reference))
    }
}
