//! Named graph: the index by itself, for revisions named by arbitrary strings.
//!
//! Holds the names and which of them are tips; the walks are those of the index. Nothing is stored, and nothing
//! but the names is hashed or verified.

pub(in crate::graph) mod batch;
pub(in crate::graph) mod names;

use crate::error::{Error, Result};
use crate::graph::index::Index;
use crate::graph::index::columns::Graph;
use crate::graph::index::pos::Pos;
use crate::graph::named::batch::{Batch, Id, other_ancestors};
use crate::graph::named::names::{Names, ref_of};
use crate::postorder::postorder;

/// A graph of named revisions: some 65 bytes each, plus the name.
pub struct NamedGraph {
    index: Index,
    names: Names,
    /// One bit a revision: whether another one names it.
    named: Vec<u64>,
}

impl NamedGraph {
    /// Creates an empty graph. `seed` keys the hash table; draw it at random for each process.
    pub fn new(seed: u64) -> Self {
        Self { index: Index::new(seed), names: Names::default(), named: Vec::new() }
    }

    /// Number of revisions.
    pub fn len(&self) -> u32 {
        self.index.len()
    }

    /// Whether it has no revision.
    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// Adds a revision whose ancestors exist. Adding it again, with the same ancestors in the same order,
    /// changes nothing.
    ///
    /// # Errors
    /// `HISTO_MISSING_ANCESTOR`; `HISTO_CORRUPT` if it exists with other ancestors or is its own; `HISTO_FULL`
    /// if no position is left. The graph is then unchanged.
    pub fn add<'a, A>(&mut self, name: &str, ancestors: A) -> Result<()>
    where
        A: IntoIterator<Item = &'a str>,
    {
        let mut parents = Vec::new();
        for ancestor in ancestors {
            if ancestor == name {
                return Err(cycle_at(name));
            }
            let parent = self.index.find(&ref_of(ancestor));
            parents.push(parent.ok_or_else(|| Error::MissingAncestor(ancestor.to_owned()))?);
        }
        let reference = ref_of(name);
        if let Some(pos) = self.index.find(&reference) {
            return if self.has_parents(pos, &parents) {
                Ok(())
            } else {
                Err(other_ancestors(name))
            };
        }
        self.index.push(reference, &parents)?;
        self.note(name, &parents);
        Ok(())
    }

    /// Adds the revisions of a batch that do not exist yet: all of them or none.
    ///
    /// # Errors
    /// As `add`; also `HISTO_CORRUPT` if its revisions form a cycle.
    pub fn add_batch(&mut self, batch: &Batch) -> Result<()> {
        let mut found = self.find_all(batch)?;
        let is_new = |id: Id| found[id as usize].is_none();
        let starts = batch.oldest_first();
        let order = postorder(batch.len(), |id| batch.ancestors(id), starts, is_new)
            .map_err(|id| cycle_at(batch.name(id)))?;
        let total = self.len() as usize + order.len();
        if total > Pos::MAX.index() {
            return Err(Error::Full(format!("a graph of {total} revisions has too many")));
        }
        self.index.reserve(order.len());
        let mut parents = Vec::new();
        for id in order {
            parents.clear();
            parents.extend(batch.ancestors(id).iter().filter_map(|&own| found[own as usize]));
            let pos = self.index.push(batch.refs()[id as usize], &parents)?;
            self.note(batch.name(id), &parents);
            found[id as usize] = Some(pos);
        }
        Ok(())
    }

    /// Whether a revision of that name exists.
    pub fn has(&self, name: &str) -> bool {
        self.index.find(&ref_of(name)).is_some()
    }

    /// Returns the position of a name, for the walks.
    ///
    /// # Errors
    /// `HISTO_NOT_FOUND`.
    pub fn position(&self, name: &str) -> Result<Pos> {
        self.index.find(&ref_of(name)).ok_or_else(|| Error::NotFound(name.to_owned()))
    }

    /// Returns the name of a position of this graph.
    pub fn name(&self, pos: Pos) -> &str {
        self.names.get(pos.index())
    }

    /// Returns the present graph, for the walks.
    pub fn snapshot(&self) -> Graph {
        self.index.snapshot()
    }

    /// Returns the revisions that no other one names, ascending. Costs one bit for each revision.
    pub fn tips(&self) -> Vec<Pos> {
        (0..self.len())
            .filter(|&number| self.named[number as usize / 64] >> (number % 64) & 1 == 0)
            .map(Pos::new)
            .collect()
    }

    /// Bytes held, without what only snapshots keep alive.
    pub fn bytes(&self) -> usize {
        self.index.bytes() + self.names.bytes() + self.named.capacity() * size_of::<u64>()
    }

    /// Returns the position of each name of a batch, if it has one. Checks that no ancestor is missing and no
    /// revision has other ancestors.
    fn find_all(&self, batch: &Batch) -> Result<Vec<Option<Pos>>> {
        let found: Vec<_> = batch.refs().iter().map(|name| self.index.find(name)).collect();
        for (id, &pos) in (0..).zip(&found) {
            if pos.is_none() && !batch.has_row(id) {
                return Err(Error::MissingAncestor(batch.name(id).to_owned()));
            }
            let Some(pos) = pos.filter(|_| batch.has_row(id)) else {
                continue;
            };
            let parents = batch.ancestors(id).iter().map(|&own| found[own as usize]);
            if !parents.eq(self.index.parents(pos).map(Some)) {
                return Err(other_ancestors(batch.name(id)));
            }
        }
        Ok(found)
    }

    fn has_parents(&self, pos: Pos, parents: &[Pos]) -> bool {
        self.index.parents(pos).eq(parents.iter().copied())
    }

    /// Stores the name of the last pushed revision, and that its parents are no tips.
    fn note(&mut self, name: &str, parents: &[Pos]) {
        self.names.push(name);
        self.named.resize(self.names.len().div_ceil(64), 0);
        for parent in parents {
            self.named[parent.index() / 64] |= 1 << (parent.get() % 64);
        }
    }
}

fn cycle_at(name: &str) -> Error {
    Error::Corrupt {
        message: format!("is its own ancestor: {name}"),
        subject: Some(name.to_string()),
    }
}
