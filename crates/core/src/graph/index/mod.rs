//! Index: the graph that grows, and the table that finds refs in it.
//!
//! Has one writer at a time, behind a lock of its owner. Walks never use it: they take a `Graph`.

pub(in crate::graph) mod block;
pub(in crate::graph) mod columns;
pub(in crate::graph) mod dead;
mod huge_pages;
pub(in crate::graph) mod pos;
pub(in crate::graph) mod table;

use crate::error::{Error, Result};
use crate::graph::index::block::{BLOCK, Parents};
use crate::graph::index::columns::Graph;
use crate::graph::index::dead::{DeadBlock, Loss};
use crate::graph::index::pos::Pos;
use crate::graph::index::table::Table;
use crate::refs::Ref;

/// Revisions added to the table at a time when very many are loaded: 200 MB of memory for a while.
const TABLE_BATCH: u32 = 1 << 24;

/// Refs, generations and parents of all revisions, about 55 bytes each.
pub struct Index {
    graph: Graph,
    table: Table,
    /// Number of first revisions that can be found by ref: all of them, except during `fill`.
    found: u32,
}

impl Index {
    /// Creates an empty index. `seed` keys the hash table; draw it at random for each process.
    pub fn new(seed: u64) -> Self {
        Self { graph: Graph::default(), table: Table::new(seed), found: 0 }
    }

    /// Returns the number of revisions, which is also the position of the next one.
    pub fn len(&self) -> u32 {
        self.graph.len()
    }

    /// Whether it has no revision.
    pub fn is_empty(&self) -> bool {
        self.graph.is_empty()
    }

    /// Reserves room for `additional` more revisions; the columns of most of them are in one piece where there are none yet.
    pub fn reserve(&mut self, additional: usize) {
        let Self { graph, table, .. } = self;
        graph.reserve(additional);
        table.reserve(additional, |number| graph.ref_at(Pos::new(number)));
    }

    /// Appends a revision and returns its position; computes its generation.
    ///
    /// # Errors
    /// `HISTO_FULL` if no position is left, `HISTO_CORRUPT` if the ref exists already or a parent does not come
    /// before its child. The index is then unchanged.
    pub fn push(&mut self, reference: Ref, parents: &[Pos]) -> Result<Pos> {
        let (pos, generation) = self.graph.place(&reference, parents)?;
        self.note(&reference, pos)?;
        self.graph.push(reference, generation, parents);
        Ok(pos)
    }

    /// Appends a revision with the generation that it had when all its ancestors existed.
    ///
    /// # Errors
    /// As `push`.
    pub fn push_tombstone(
        &mut self,
        reference: Ref,
        generation: u32,
        parents: &[Pos],
    ) -> Result<Pos> {
        let (pos, _) = self.graph.place(&reference, parents)?;
        self.note(&reference, pos)?;
        self.graph.push(reference, generation, parents);
        Ok(pos)
    }

    /// Appends a deleted position. It is never found.
    ///
    /// # Errors
    /// `HISTO_FULL` if no position is left.
    pub fn push_deleted(&mut self) -> Result<Pos> {
        let nobody = Ref::from_bytes([0; 32]);
        let (pos, _) = self.graph.place(&nobody, &[])?;
        self.graph.push(nobody, 0, &[]);
        self.found = self.graph.len();
        Ok(pos)
    }

    /// Returns the generation that the next revision with these parents gets.
    ///
    /// # Errors
    /// As `push`, except for a ref that exists already.
    pub fn next_generation(&self, reference: &Ref, parents: &[Pos]) -> Result<u32> {
        Ok(self.graph.place(reference, parents)?.1)
    }

    /// Whether nothing is left at `pos`.
    pub fn is_deleted(&self, pos: Pos) -> bool {
        self.graph.dead().is_deleted(pos)
    }

    /// Whether nothing was ever deleted.
    pub fn is_intact(&self) -> bool {
        self.graph.dead().is_empty()
    }

    /// Returns why the data of the revision at `pos` is missing, if it was deleted.
    pub fn loss(&self, pos: Pos) -> Option<Loss> {
        self.graph.loss(pos)
    }

    /// Returns the dead revisions of the block of `pos`, if there are any.
    pub fn dead_block(&self, pos: Pos) -> Option<&DeadBlock> {
        self.graph.dead().block(pos.get() / BLOCK)
    }

    /// Replaces the dead revisions of a block, unless it has a newer state of them. Deleted revisions are no
    /// longer found. The block may contain positions that are not loaded yet.
    pub fn set_dead(&mut self, number: u32, block: DeadBlock) {
        let first = number.saturating_mul(BLOCK);
        let old = self.graph.dead().block(number);
        if old.is_some_and(|old| old.generation >= block.generation) {
            return;
        }
        let deleted: Vec<Pos> = block
            .deleted()
            .filter(|&slot| !old.is_some_and(|old| old.is_deleted(slot)))
            .map(|slot| Pos::new(first.saturating_add(slot)))
            .take_while(|&pos| self.graph.contains(pos))
            .collect();
        self.graph.set_dead(number, block);
        let Self { graph, table, .. } = self;
        for pos in deleted {
            table.remove(graph.ref_at(pos), pos.get(), |number| graph.ref_at(Pos::new(number)));
        }
    }

    /// Appends what `next` yields until it returns `None`. `next` stores the parents in the vector, which is
    /// empty. Takes a fifth of the time of pushing one by one; meant for loading.
    ///
    /// # Errors
    /// As `push`. Earlier revisions of the same 4,096 may then exist without being found, so drop an index that
    /// failed to load.
    pub fn extend<N>(&mut self, next: N) -> Result<()>
    where
        N: FnMut(&mut Vec<Pos>) -> Option<Ref>,
    {
        self.fill(next)?;
        self.find_all()
    }

    /// As `extend`, but revisions are not found before `find_all`; meant for loading very many.
    ///
    /// # Errors
    /// As `extend`, except for a ref that exists already, which `find_all` reports.
    pub(crate) fn fill<N>(&mut self, mut next: N) -> Result<()>
    where
        N: FnMut(&mut Vec<Pos>) -> Option<Ref>,
    {
        loop {
            let is_more = self.graph.fill(&mut next)?;
            if self.len() - self.found >= TABLE_BATCH {
                self.find_all()?;
            }
            if !is_more {
                return Ok(());
            }
        }
    }

    /// Makes all revisions findable by ref.
    ///
    /// # Errors
    /// `HISTO_CORRUPT` if a ref exists twice; drop the index then.
    pub(crate) fn find_all(&mut self) -> Result<()> {
        let Self { graph, table, found } = self;
        let numbers = *found..graph.len();
        *found = graph.len();
        let ref_of = |number| graph.ref_at(Pos::new(number));
        table.insert_all(numbers, ref_of).map_err(|number| twice(ref_of(number)))
    }

    /// Returns the position of `reference`, if it is in the index.
    pub fn find(&self, reference: &Ref) -> Option<Pos> {
        self.table.find(reference, |number| self.graph.ref_at(Pos::new(number))).map(Pos::new)
    }

    /// Returns the present graph. Costs tens of nanoseconds, whatever its size. While a snapshot exists, the
    /// next push copies up to 180 KB once.
    pub fn snapshot(&self) -> Graph {
        self.graph.clone()
    }

    /// Returns the ref of the revision at `pos`, which must be below `len`.
    pub fn ref_at(&self, pos: Pos) -> &Ref {
        self.graph.ref_at(pos)
    }

    /// Returns the topological level of the revision at `pos`, which must be below `len`.
    pub fn generation(&self, pos: Pos) -> u32 {
        self.graph.generation(pos)
    }

    /// Returns the parents of the revision at `pos`, which must be below `len`, in order.
    pub fn parents(&self, pos: Pos) -> Parents<'_> {
        self.graph.parents(pos)
    }

    /// Bytes of columns and table, without what only snapshots keep alive.
    pub fn bytes(&self) -> usize {
        self.graph.bytes() + self.table.bytes()
    }

    /// Makes the next position, `pos`, findable by its ref.
    fn note(&mut self, reference: &Ref, pos: Pos) -> Result<()> {
        let Self { graph, table, found } = self;
        if table.insert(reference, pos.get(), |number| graph.ref_at(Pos::new(number))) {
            *found += 1;
            return Ok(());
        }
        Err(twice(reference))
    }
}

fn twice(reference: &Ref) -> Error {
    Error::Corrupt {
        message: format!("revision {reference} exists twice"),
        subject: Some(reference.to_string()),
    }
}
