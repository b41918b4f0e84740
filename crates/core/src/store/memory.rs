//! The store in memory: payloads by position, heads by key, dead revisions.
//!
//! Holds only what is elsewhere kept on disk; the graph index belongs to the engine.

use std::collections::{BTreeMap, HashSet};
use std::ops::{Bound, ControlFlow};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::deltas::Before;
use super::files::fault::Fault;
use super::format::chunk::{CHUNK, first_of};
use super::format::gc_marks::Marks;
use super::format::print;
use super::format::tombstone::Remains;
use super::log;
use super::memory_log::Records;
use super::name_range::{KeyRange, NameRange};
use super::payloads::{MemoryOptions, Payloads};
use super::transaction::{Dead, Doomed, ShowMeta, ShowName, ShowRecord, StoredChange, Txn, View};
use crate::graph::{DeadBlock, Graph, Index, Loss, Pos};
use crate::write::{Changes, Data, Staged, Step, Stored, Swept};
use crate::{Error, Ref, Result, room};

/// Keeps readers of a store in memory out until the commit is published. On disk they look again instead.
pub(crate) type Held<'a> = Option<RwLockWriteGuard<'a, Contents>>;

/// A store in memory.
#[derive(Debug)]
pub(crate) struct Memory {
    contents: RwLock<Contents>,
    /// Number of commits that wrote something.
    commits: AtomicUsize,
}

impl Memory {
    pub(crate) fn new(options: &MemoryOptions) -> Self {
        let contents = RwLock::new(Contents::new(options));
        Self { contents, commits: AtomicUsize::new(0) }
    }

    /// The committed contents.
    pub(crate) fn contents(&self) -> RwLockReadGuard<'_, Contents> {
        self.contents.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of the last commit.
    pub(super) fn last_txn(&self) -> usize {
        self.commits.load(Ordering::Acquire)
    }

    /// As `Medium::write`.
    pub(super) fn write<R>(
        &self,
        mut write: impl FnMut(&mut dyn Txn) -> Result<R, Fault>,
    ) -> Result<(R, usize, Held<'_>)> {
        let mut contents = self.contents.write().unwrap_or_else(PoisonError::into_inner);
        contents.id = self.last_txn() + 1;
        contents.is_written = false;
        let written = write(&mut *contents);
        let id = contents.id;
        if contents.is_written {
            self.commits.store(id, Ordering::Release);
        } else {
            contents.id = id - 1;
        }
        match written {
            Ok(answer) => Ok((answer, id, Some(contents))),
            Err(Fault::Ours(error)) => Err(error),
            Err(Fault::Lmdb(error)) => Err(Error::Internal(format!("LMDB in memory: {error}"))),
        }
    }
}

/// Payloads, heads, and dead revisions.
#[derive(Debug)]
pub(crate) struct Contents {
    /// The number of the last commit, or of the one in progress.
    id: usize,
    /// Whether the commit in progress has written something.
    is_written: bool,
    payloads: Payloads,
    /// The canonical JSON of the metas, by position.
    metas: BTreeMap<Pos, Box<[u8]>>,
    heads: BTreeMap<String, Ref>,
    /// Tombstones by position.
    tombstones: BTreeMap<Pos, Remains>,
    /// The number of the last deletion.
    generation: u64,
    /// Dead revisions by the first positions of their blocks.
    dead: BTreeMap<Pos, DeadBlock>,
    /// When revisions were first found unreachable.
    marks: Marks,
    /// The first bytes of the refs that were cut away.
    cut: HashSet<[u8; 8]>,
    /// The records of the log, and its names, as on disk.
    log: Records,
    log_names: BTreeMap<u32, Box<[u8]>>,
}

impl Contents {
    fn new(options: &MemoryOptions) -> Self {
        Self {
            id: 0,
            is_written: false,
            payloads: Payloads::new(options.clone()),
            metas: BTreeMap::new(),
            heads: BTreeMap::new(),
            tombstones: BTreeMap::new(),
            generation: 0,
            dead: BTreeMap::new(),
            marks: Marks::new(),
            cut: HashSet::new(),
            log: Records::default(),
            log_names: BTreeMap::new(),
        }
    }

    /// Returns the prints of all that was cut away, ascending.
    pub(crate) fn cuts(&self) -> Vec<[u8; 8]> {
        let mut prints: Vec<_> = self.cut.iter().copied().collect();
        prints.sort_unstable();
        prints
    }

    fn put_meta(&mut self, pos: Pos, meta: Option<&[u8]>) {
        if let Some(meta) = meta {
            self.metas.insert(pos, Box::from(meta));
        }
    }

    /// Returns the dead revisions of the block of `pos`, for the deletion in progress to change, and the slot
    /// of `pos`.
    fn dead_mut(&mut self, pos: Pos) -> (&mut DeadBlock, u32) {
        let block = self.dead.entry(first_of(pos)).or_default();
        block.generation = self.generation;
        (block, pos.get() % CHUNK)
    }

    /// Sets the tombstone at a position, or removes it with `None`.
    fn set_tombstone(&mut self, pos: Pos, remains: Option<Remains>) {
        let (block, slot) = self.dead_mut(pos);
        block.set_tombstone(slot, remains.as_ref().map(Remains::tombstone));
        match remains {
            Some(remains) => drop(self.tombstones.insert(pos, remains)),
            None => drop(self.tombstones.remove(&pos)),
        }
    }

    /// Writes a deleted revision again.
    fn fill(&mut self, graph: &Graph, pos: Pos, revision: &Staged<'_>) {
        self.payloads.fill(pos, revision.kind, revision.payload);
        self.put_meta(pos, revision.meta);
        if let Some(remains) = self.tombstones.remove(&pos) {
            let is_cut = remains.parents.iter().any(|(at, _)| graph.dead().is_deleted(*at));
            let filled = Remains { loss: Loss::Filled, ..remains.without_meta() };
            self.set_tombstone(pos, is_cut.then_some(filled));
        }
    }

    /// Returns the changes of the deletion in progress.
    fn died(&self) -> Dead {
        let changed = self.dead.iter().filter(|(_, block)| block.generation == self.generation);
        let blocks = changed.map(|(first, block)| (*first, block.clone())).collect();
        Dead { generation: self.generation, blocks, ..Dead::default() }
    }
}

impl Stored for Contents {
    fn read(&self, key: &str) -> Result<Option<Ref>> {
        Ok(self.heads.get(key).copied())
    }

    fn data(&self, pos: Pos, _: &Ref) -> Result<Option<Data<'_>>> {
        let data = self.payloads.data(pos)?;
        let meta = Ok(self.metas.get(&pos).map(AsRef::as_ref));
        Ok(data.map(|(kind, payload)| Data { kind, payload, meta }))
    }

    fn is_marked(&self, pos: Pos) -> Result<bool> {
        Ok(self.marks.contains_key(&pos.get()))
    }

    fn was_cut(&self, reference: &Ref) -> Result<bool> {
        Ok(self.cut.contains(&print(reference)))
    }

    fn moves_back(&self, branch: &str, show: &mut dyn FnMut(&Step) -> bool) -> Result<()> {
        log::moves_back(self, branch, show)
    }
}

impl View for Contents {
    fn id(&self) -> usize {
        self.id
    }

    fn next(&self) -> Result<u32> {
        Ok(u32::try_from(self.payloads.len()).unwrap_or(u32::MAX))
    }

    fn load_some(&self, _: u32, _: &mut Index) -> Result<()> {
        Err(Error::Internal("a revision in memory was not published".into()))
    }

    fn metas(&self, at: &[Pos], _: &Graph, show: ShowMeta<'_>) -> Result<bool> {
        Ok(at.iter().all(|&pos| show(pos, Ok(self.metas.get(&pos).map(AsRef::as_ref)))))
    }

    fn change(&self, pos: Pos, _: &Ref) -> Result<Option<StoredChange<'_>>> {
        let meta = self.metas.get(&pos).map(AsRef::as_ref);
        Ok(self.payloads.change(pos).map(|change| StoredChange { meta, ..change }))
    }

    fn data_len(&self, pos: Pos) -> Result<usize> {
        Ok(self.payloads.data_len(pos))
    }

    fn sizes(&self, pos: Pos) -> Result<(usize, usize)> {
        Ok((self.payloads.data_len(pos), self.payloads.stored_len(pos)))
    }

    fn count_heads(&self) -> Result<(u64, u64)> {
        let count = |space: &str| {
            let keys = self.heads.range(space.to_owned()..);
            keys.take_while(|(key, _)| key.starts_with(space)).count() as u64
        };
        Ok((count("heads/"), count("remotes/")))
    }

    fn heads(&self, space: &str, range: &NameRange<'_>) -> Result<Vec<(String, Ref)>> {
        let KeyRange { prefix, start, limit } = KeyRange::of(space, range);
        let heads = self.heads.range((start, Bound::Unbounded)).take(limit);
        let in_range = heads.take_while(|(key, _)| key.starts_with(&prefix));
        Ok(in_range
            .filter_map(|(key, head)| Some((key.strip_prefix(space)?.to_owned(), *head)))
            .collect())
    }

    fn tombstone(&self, pos: Pos) -> Result<Option<Remains>> {
        Ok(self.tombstones.get(&pos).cloned())
    }

    fn marks(&self) -> Result<Marks> {
        Ok(self.marks.clone())
    }

    fn deletions(&self) -> Result<(u64, u32)> {
        Ok((self.generation, 0))
    }

    fn dead_since(&self, generation: u64) -> Result<Vec<(Pos, DeadBlock)>> {
        let changed = self.dead.iter().filter(|(_, block)| block.generation > generation);
        Ok(changed.map(|(first, block)| (*first, block.clone())).collect())
    }

    fn log_back(&self, before: u64, show: ShowRecord<'_>) -> Result<()> {
        for (number, value) in self.log.before(before).rev() {
            if !show(number, value)? {
                break;
            }
        }
        Ok(())
    }

    fn log_forward(&self, show: ShowRecord<'_>) -> Result<()> {
        for (number, value) in self.log.all() {
            if !show(number, value)? {
                break;
            }
        }
        Ok(())
    }

    fn log_name(&self, number: u32, show: ShowName<'_>) -> Result<Option<ControlFlow<u32>>> {
        Ok(self.log_names.get(&number).map(|value| show(value)))
    }

    fn log_names(&self, first: u32, show: &mut dyn FnMut(u32, &[u8]) -> bool) -> Result<()> {
        let mut names = self.log_names.range(first..);
        names.all(|(number, value)| show(*number, value));
        Ok(())
    }
}

impl Txn for Contents {
    fn append(&mut self, graph: &Graph, changes: &Changes<'_>) -> Result<Dead, Fault> {
        let Changes { staged, healed, fresh, .. } = changes;
        let metas = staged.iter().filter_map(|revision| revision.meta).map(<[u8]>::len);
        room(staged.iter().map(|revision| revision.payload.len()).chain(metas).sum())?;
        self.payloads.append(&Before { graph, staged })?;
        for (pos, revision) in (graph.len()..).map(Pos::new).zip(staged) {
            // The kept meta of an erased revision is in its tombstone.
            self.put_meta(pos, revision.meta.filter(|_| revision.erased.is_none()));
        }
        for pos in fresh {
            self.marks.remove(&pos.get());
        }
        if !changes.concern_the_dead() {
            return Ok(Dead::default());
        }
        self.generation += 1;
        for (pos, revision) in (graph.len()..).map(Pos::new).zip(staged) {
            if let Some(remains) = revision.remains(changes.ref_at(graph)) {
                self.set_tombstone(pos, Some(remains));
            }
        }
        for (pos, revision) in healed {
            self.fill(graph, *pos, revision);
        }
        Ok(self.died())
    }

    fn put_head(&mut self, key: &str, head: Option<Ref>) -> Result<(), Fault> {
        match (head, self.heads.get_mut(key)) {
            (Some(head), Some(old)) => *old = head,
            (Some(head), None) => drop(self.heads.insert(key.to_owned(), head)),
            (None, _) => drop(self.heads.remove(key)),
        }
        Ok(())
    }

    fn delete(&mut self, doomed: &Doomed<'_>) -> Result<Dead, Fault> {
        let kept = doomed.tombstones.iter().map(|(pos, _)| *pos);
        let mut emptied: Vec<_> = kept.chain(doomed.deleted.iter().copied()).collect();
        emptied.sort_unstable();
        let bytes = emptied.iter().map(|&pos| self.payloads.data_len(pos) as u64).sum();
        self.payloads.delete(&emptied)?;
        for pos in &emptied {
            self.metas.remove(pos);
        }
        self.generation += 1;
        for &pos in &doomed.deleted {
            let (block, slot) = self.dead_mut(pos);
            block.delete(slot);
            self.tombstones.remove(&pos);
        }
        for (pos, remains) in &doomed.tombstones {
            self.set_tombstone(*pos, Some(remains.clone()));
        }
        self.cut.extend(doomed.cut.iter().map(|reference| print(reference)));
        self.stamp()?;
        Ok(Dead { bytes, ..self.died() })
    }

    fn sweep(&mut self, _: u32) -> Result<Swept, Fault> {
        Ok(Swept::default())
    }

    fn put_marks(&mut self, _: &Marks, new: &Marks) -> Result<(), Fault> {
        self.marks.clone_from(new);
        Ok(())
    }

    fn put_log(&mut self, number: u64, value: Option<&[u8]>) -> Result<(), Fault> {
        self.log.put(number, value);
        Ok(())
    }

    fn put_log_name(&mut self, number: u32, value: Option<Vec<u8>>) -> Result<(), Fault> {
        match value {
            Some(value) => drop(self.log_names.insert(number, value.into())),
            None => drop(self.log_names.remove(&number)),
        }
        Ok(())
    }

    fn clear_cuts(&mut self) -> Result<(), Fault> {
        self.cut.clear();
        Ok(())
    }

    fn stamp(&mut self) -> Result<(), Fault> {
        self.is_written = true;
        Ok(())
    }
}
