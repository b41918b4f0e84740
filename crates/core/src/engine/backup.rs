//! A copy of a whole database in another folder, while writes continue.
//!
//! A file is copied page by page, as it was when the copy began. A database in memory is written from its
//! revisions.

use std::path::Path;
use std::sync::Arc;

use super::log_copy::LogCopy;
use super::read::damaged;
use super::{Engine, Holding};
use crate::graph::{Graph, Pos, Step};
use crate::revision::Kind;
use crate::store::{DiskOptions, FileCopy, Medium, Place, Planted, Remains, SMALLEST_DELTA, View};
use crate::sync::wire::Received;
use crate::write::{Action, Chain, Chains, Op, Previous, Staged};
use crate::{Error, NameRange, Ref, Result};

/// At most this many revisions in one commit.
const COMMIT_REVISIONS: u32 = 4096;
/// A commit takes no more revisions once it has this many bytes.
const COMMIT_BYTES: usize = 1 << 20;

/// A backup in progress. Leaves nothing behind if dropped before its end.
pub struct Backup(Copy);

enum Copy {
    File(Box<FileCopy>),
    Memory(Box<MemoryCopy>),
}

impl std::fmt::Debug for Backup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Backup({:?})", self.progress())
    }
}

impl Engine {
    /// Begins a backup of what is committed by now into the folder `target`, under another name if one is
    /// given. `Pending` if others commit so fast that the caller must try again. `unique` is drawn at random
    /// and tells its temporary folder apart from those of other backups to the same place.
    ///
    /// # Errors
    /// `Store` if the target holds a database; `Store` or `Full` if the medium fails.
    pub fn backup(&self, target: &Path, unique: u64, name: Option<String>) -> Result<Step<Backup>> {
        let place = || Place::new(target, "backup", unique);
        Ok(Step::Done(Backup(match &self.medium {
            Medium::Disk(disk) => match FileCopy::new(disk, place, name)? {
                Step::Done(copy) => Copy::File(Box::new(copy)),
                Step::Pending => return Ok(Step::Pending),
            },
            Medium::Memory(_) => {
                Copy::Memory(Box::new(MemoryCopy::new(self, place()?, unique, name)?))
            }
        })))
    }
}

impl Backup {
    /// Moves a closed database from the folder `made`, which is in `target`, into `target`, durably. Removes
    /// `made` in any case.
    ///
    /// # Errors
    /// `Store` if the target holds a database; `Store` or `Full` if the medium fails.
    pub fn publish(made: &Path, target: &Path) -> Result<()> {
        Place::of(made, target).publish()
    }

    /// Returns how much is copied, the total, and the bytes copied. The first two count bytes of the file, or
    /// revisions of a database in memory; the third then counts bytes of payloads.
    pub fn progress(&self) -> (u64, u64, u64) {
        match &self.0 {
            Copy::File(copy) => {
                let (done, total) = copy.progress();
                (done, total, done)
            }
            Copy::Memory(copy) => (copy.next.into(), copy.graph.len().into(), copy.bytes),
        }
    }

    /// Number of revisions that the copy will have.
    pub fn revisions(&self) -> u32 {
        match &self.0 {
            Copy::File(copy) => copy.revisions,
            Copy::Memory(copy) => copy.graph.count(),
        }
    }

    /// Copies some more. After `Done` call `finish`.
    ///
    /// # Errors
    /// `Store`, `Full`; `Locked` if the file is read without locks and others have written.
    pub fn step(&mut self, engine: &Engine) -> Result<Step<()>> {
        match &mut self.0 {
            Copy::File(copy) => {
                engine.medium.disk().map_or(Ok(()), |disk| copy.expect_kept(disk))?;
                copy.step()
            }
            Copy::Memory(copy) => copy.step(engine),
        }
    }

    /// Moves the copy into its place, durably.
    ///
    /// # Errors
    /// `Corrupt` if the copied pages are not consistent; `Store`, `Full`.
    pub fn finish(self) -> Result<()> {
        match self.0 {
            Copy::File(copy) => copy.finish(),
            Copy::Memory(copy) => copy.finish(),
        }
    }
}

/// A position, the tombstone of its revision if it has one, and its data if it has that.
type Taken = (Pos, Option<Remains>, Option<Content>);

struct Content {
    kind: Kind,
    payload: Vec<u8>,
    meta: Option<Vec<u8>>,
}

struct MemoryCopy {
    // Declared before the place, which removes the files when it is dropped.
    copy: Engine,
    place: Place,
    graph: Graph,
    next: u32,
    bytes: u64,
    heads: Vec<Op>,
    log: LogCopy,
}

impl MemoryCopy {
    fn new(source: &Engine, place: Place, seed: u64, name: Option<String>) -> Result<Self> {
        // Heads and log first, from one moment: the graph, taken later, has all that they name.
        let (branches, remotes, log) = source.medium.read(|view| {
            let heads = |space: &str| view.heads(space, &NameRange::ALL);
            Ok((heads("heads/")?, heads("remotes/")?, LogCopy::of(view)?))
        })?;
        let branches = branches.into_iter().map(|(branch, head)| set_head(&branch, head));
        let remotes = remotes.into_iter().map(|(name, head)| set_remote(name, head));
        let heads = branches.chain(remotes).collect();
        let name = name.unwrap_or_else(|| source.name().to_owned());
        let options =
            DiskOptions { relaxed: true, smallest_delta: SMALLEST_DELTA, ..DiskOptions::default() };
        let copy = Engine::open(place.making(), &options, seed, &|| name.clone())?;
        Ok(Self { copy, place, graph: source.graph(), next: 0, bytes: 0, heads, log })
    }

    fn step(&mut self, source: &Engine) -> Result<Step<()>> {
        if self.graph.dead().shadow() > 0 {
            return self.plant(source);
        }
        let end = self.graph.len().min(self.next.saturating_add(COMMIT_REVISIONS));
        let at: Vec<_> = (self.next..end).map(Pos::new).collect();
        let living: Vec<_> =
            at.iter().copied().filter(|&pos| !self.graph.dead().is_deleted(pos)).collect();
        let told = source.tell(&living, COMMIT_BYTES)?;
        let mut arrivals = told.into_iter().map(Received::arrival).collect::<Result<Vec<_>>>()?;
        for arrival in &mut arrivals {
            if let Some(erasure) = &mut arrival.erased {
                erasure.here = source.data_of(&arrival.reference)? != Holding::Tombstone;
            }
        }
        self.bytes += arrivals.iter().map(|arrival| arrival.payload.len() as u64).sum::<u64>();
        self.next = living.get(arrivals.len()).map_or(end, |pos| pos.get());
        write(&self.copy, &[op("", Action::Insert { arrivals, remotes: Vec::new() })])?;
        let all = self.next >= self.graph.len();
        Ok(if all { Step::Done(()) } else { Step::Pending })
    }

    /// Copies some more of a history that was cut. Keeps the positions, since deleted revisions keep theirs.
    fn plant(&mut self, source: &Engine) -> Result<Step<()>> {
        let (Medium::Memory(memory), Some(disk)) = (&source.medium, self.copy.medium.disk()) else {
            return Err(Error::Internal("a copy from memory of what is not there".into()));
        };
        let first = Pos::new(self.next);
        let (taken, cuts) = {
            let memory = memory.contents();
            (self.take_some(&*memory)?, memory.cuts())
        };
        let now = source.graph();
        let planted = taken.iter().map(|(pos, left, data)| match (left, data) {
            (Some(left), _) => Ok(Planted::Tombstone(left)),
            (None, Some(content)) => Ok(Planted::Whole(self.staged(*pos, content))),
            (None, None) if now.dead().is_deleted(*pos) => Ok(Planted::Deleted),
            (None, None) => Err(damaged(self.graph.ref_at(*pos))),
        });
        let planted = planted.collect::<Result<Vec<_>>>()?;
        let next = self.next + u32::try_from(planted.len()).unwrap_or(u32::MAX);
        let all = next >= self.graph.len();
        disk.write(|txn| {
            disk.plant(txn, first, &planted)?;
            disk.stamp(txn)?;
            if all { disk.put_cuts(txn, &cuts) } else { Ok(()) }
        })?;
        drop(planted);
        let data = taken.iter().filter_map(|(_, _, data)| data.as_ref());
        self.bytes += data.map(|data| data.payload.len() as u64).sum::<u64>();
        self.next = next;
        while !self.copy.take_in_some()? {}
        Ok(if all { Step::Done(()) } else { Step::Pending })
    }

    /// Copies the next positions, so that no lock is held while they are written.
    fn take_some(&self, memory: &dyn View) -> Result<Vec<Taken>> {
        let end = self.graph.len().min(self.next.saturating_add(COMMIT_REVISIONS));
        let (mut taken, mut bytes) = (Vec::new(), 0);
        for pos in (self.next..end).map(Pos::new) {
            let left = memory.tombstone(pos)?;
            let data = memory.data(pos, self.graph.ref_at(pos))?;
            let data = data.map(|data| Content {
                kind: data.kind,
                payload: data.payload.to_vec(),
                meta: data.meta.unwrap_or_default().map(<[u8]>::to_vec),
            });
            bytes += data.as_ref().map_or(0, |data| data.payload.len());
            taken.push((pos, left, data));
            if bytes >= COMMIT_BYTES {
                break;
            }
        }
        Ok(taken)
    }

    fn staged<'a>(&self, pos: Pos, content: &'a Content) -> Staged<'a> {
        Staged {
            reference: *self.graph.ref_at(pos),
            generation: self.graph.generation(pos),
            parents: self.graph.parents(pos).collect(),
            kind: content.kind,
            payload: &content.payload,
            meta: content.meta.as_deref(),
            erased: None,
        }
    }

    fn finish(self) -> Result<()> {
        let Self { copy, place, heads, log, graph, .. } = self;
        write(&copy, &heads)?;
        log.write(&graph, &copy)?;
        drop(copy);
        place.publish()
    }
}

fn set_head(branch: &str, reference: Ref) -> Op {
    op(branch, Action::SetHead { reference, previous: Previous::Any })
}

fn set_remote(name: String, reference: Ref) -> Op {
    op("", Action::SetRemoteHead { name, reference })
}

fn op(branch: &str, action: Action) -> Op {
    let chain = Chain { caller: 0, follows: false, leads: false };
    Op { branch: Arc::from(branch), chain, action, log: None }
}

fn write(copy: &Engine, ops: &[Op]) -> Result<()> {
    copy.commit(ops, &mut Chains::default()).into_iter().try_for_each(|outcome| outcome.map(|_| ()))
}
