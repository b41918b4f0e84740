//! Verifying a database: every revision is read and hashed again, every head is checked.
//!
//! A file is read page by page without LMDB, so that a damaged page costs only what is on it and not the
//! process. Sees what was committed when the verification began.

use super::Engine;
use crate::Ref;
use crate::graph::{Graph, Pos, Step};
use crate::revision::{Kind, ref_of_content};
use crate::store::{Medium, Remaker, decode};
use crate::{Error, Result};

/// Bytes hashed at a time: about 1 ms.
const HASH_BATCH: usize = 1 << 20;
/// Revisions in memory read under one lock.
const LOCK_BATCH: u32 = 256;

/// Faults that were found.
#[derive(Debug, Default)]
pub struct Findings {
    /// Revisions whose bytes do not hash to their refs, by position.
    pub damaged: Vec<Ref>,
    /// Revisions that are in the graph but not in the store.
    pub missing: Vec<Ref>,
    /// Revisions with a missing direct ancestor.
    pub dangling: Vec<Ref>,
    /// Keys of heads and remotes that are damaged (`None`) or name a missing revision.
    pub heads: Vec<(String, Option<Ref>)>,
    /// Revisions whose data is missing because it was erased in the database they came from. Not a fault.
    pub tombstones: u32,
    /// Another fault of the file.
    pub fault: Option<&'static str>,
}

/// A verification in progress.
pub struct Verification {
    graph: Graph,
    next: u32,
    /// Number of deleted positions below `next`.
    skipped: u32,
    bytes: u64,
    missing: Vec<Pos>,
    findings: Findings,
    waits: bool,
    remaker: Remaker,
    failed: Option<Error>,
}

impl std::fmt::Debug for Verification {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Verification({} of {})", self.next, self.graph.len())
    }
}

impl Verification {
    /// Begins: loads what others wrote, and sees nothing written later.
    ///
    /// # Errors
    /// Any error of reading the store.
    pub fn new(engine: &Engine) -> Result<Self> {
        while !engine.take_in_some()? {}
        let graph = engine.graph();
        Ok(Self {
            graph,
            next: 0,
            skipped: 0,
            bytes: 0,
            missing: Vec::new(),
            findings: Findings::default(),
            waits: false,
            remaker: Remaker::default(),
            failed: None,
        })
    }

    /// Returns the number of revisions checked, their total, and the bytes of the payloads checked.
    pub fn progress(&self) -> (u32, u32, u64) {
        (self.next - self.skipped, self.graph.count().max(self.next - self.skipped), self.bytes)
    }

    /// Whether others committed so fast that the last step found no consistent state of the file.
    pub const fn waits(&self) -> bool {
        self.waits
    }

    /// The faults found so far.
    pub const fn findings(&self) -> &Findings {
        &self.findings
    }

    /// Checks some more revisions. Remembers damage that it finds.
    ///
    /// # Errors
    /// Any error of reading the store; damage is not an error.
    pub fn step(&mut self, engine: &Engine) -> Result<Step<()>> {
        if self.next == self.graph.len() {
            return self.end(engine);
        }
        match &engine.medium {
            Medium::Disk(disk) => {
                let (next, end) = (self.next, self.graph.len());
                let mut verdicts = Vec::new();
                self.next = disk.audit(next, end, HASH_BATCH, |pos, value, value_at| {
                    if self.graph.dead().is_deleted(pos) {
                        self.skipped += 1;
                        return;
                    }
                    if self.graph.loss(pos).is_some() {
                        return;
                    }
                    match (self.look(pos, value, value_at), value) {
                        (true, _) => verdicts.push((pos, true)),
                        (false, Some(_)) => verdicts.push((pos, false)),
                        // Writing it again might touch a broken page.
                        (false, None) => {}
                    }
                })?;
                for (pos, right) in verdicts {
                    if right { engine.damage.forget(pos) } else { engine.damage.note(pos) }
                }
                self.waits = self.next == next;
                self.failed.take().map_or(Ok(()), Err)?;
            }
            Medium::Memory(_) => {
                let end = self.graph.len().min(self.next + LOCK_BATCH);
                let now = engine.graph();
                let deleted = |pos: &Pos| self.graph.dead().is_deleted(*pos);
                let all = || (self.next..end).map(Pos::new);
                let at: Vec<_> = all()
                    .filter(|&pos| !now.dead().is_deleted(pos) && now.loss(pos).is_none())
                    .collect();
                self.skipped += u32::try_from(all().filter(deleted).count()).unwrap_or_default();
                let mut rest = at.iter();
                engine.revisions_up_to(&at, |kind, payload, meta| {
                    let Some(&pos) = rest.next() else { return false };
                    self.note(pos, self.is_right(pos, kind, payload, meta), payload.len());
                    true
                })?;
                self.next = end;
            }
        }
        Ok(Step::Pending)
    }

    /// Checks the value of a position; returns whether it is right.
    fn look(
        &mut self,
        pos: Pos,
        value: Option<&[u8]>,
        value_at: &dyn Fn(Pos) -> Option<Vec<u8>>,
    ) -> bool {
        let Some(value) = value else {
            self.missing.push(pos);
            self.findings.missing.push(*self.graph.ref_at(pos));
            return false;
        };
        let record = decode(pos, value).filter(|record| {
            record.reference == *self.graph.ref_at(pos)
                && record.generation == self.graph.generation(pos)
                && record.is_whole()
                && record.parents().eq(self.graph.parents(pos))
        });
        let Some(record) = record else {
            self.note(pos, false, 0);
            return false;
        };
        let text = self.remaker.text(pos, value, value_at).unwrap_or_else(|error| {
            self.failed = Some(error);
            None
        });
        let right = text.zip(record.meta().ok());
        let right = right.is_some_and(|(text, meta)| self.is_right(pos, record.kind, &text, meta));
        self.note(pos, right, record.body.length);
        right
    }

    /// Whether the ref at a position is the hash of these bytes.
    fn is_right(&self, pos: Pos, kind: Kind, payload: &[u8], meta: Option<&[u8]>) -> bool {
        let ancestors = self.graph.parent_refs(pos);
        ref_of_content(&ancestors, kind, payload, meta) == *self.graph.ref_at(pos)
    }

    fn note(&mut self, pos: Pos, right: bool, bytes: usize) {
        self.bytes += bytes as u64;
        if !right {
            self.findings.damaged.push(*self.graph.ref_at(pos));
        }
    }

    fn end(&mut self, engine: &Engine) -> Result<Step<()>> {
        let framework = match &engine.medium {
            Medium::Disk(disk) => {
                let framework = disk.framework()?;
                self.waits = matches!(framework, Step::Pending);
                let Step::Done(framework) = framework else { return Ok(Step::Pending) };
                Some(framework)
            }
            Medium::Memory(_) => None,
        };
        // Revisions deleted meanwhile are not missing.
        engine.notice_deletions()?;
        let now = engine.graph();
        self.missing.retain(|&pos| !now.dead().is_deleted(pos) && now.loss(pos).is_none());
        self.findings.missing = self.missing.iter().map(|&pos| *self.graph.ref_at(pos)).collect();
        self.findings.damaged.extend(engine.untrue_tombstones(&now));
        let tombstones = now.dead().erased(true).filter(|&pos| self.graph.contains(pos));
        self.findings.tombstones = u32::try_from(tombstones.count()).unwrap_or(u32::MAX);
        if let Some(first) = self.missing.first() {
            let later = (first.get() + 1..self.graph.len()).map(Pos::new);
            let missing = |pos: Pos| self.missing.binary_search(&pos).is_ok();
            let dangling =
                later.filter(|&pos| !missing(pos) && self.graph.parents(pos).any(missing));
            self.findings.dangling = dangling.map(|pos| *self.graph.ref_at(pos)).collect();
        }
        if let Some(framework) = framework {
            self.findings.fault = framework.fault;
            for (key, head) in framework.heads {
                let known = match head.map(|head| engine.find_patiently(&head)) {
                    Some(Ok(found)) => found.is_some(),
                    Some(Err(error @ Error::Store { .. })) => return Err(error),
                    None | Some(Err(_)) => false,
                };
                if !known {
                    self.findings.heads.push((key, head));
                }
            }
        }
        Ok(Step::Done(()))
    }
}
