//! Pruning: deleting what nothing reaches, and on request what is older than a horizon.
//!
//! One transaction decides and makes it dead, so that a crash leaves all of it or nothing; others remove
//! the records afterwards, and what a crash leaves of these the next prune removes. In memory it is done
//! at once. What can be deleted says `graph::reclaim`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{PoisonError, RwLock};

use heed::RwTxn;

use super::erase::remains;
use super::read::damaged;
use super::{Engine, Medium};
use crate::failpoint;
use crate::graph::{Edge, Graph, Horizon, Loss, Pos, Reclaim, Reclaimed, reclaim};
use crate::store::Memory;
use crate::store::{Deletion, Disk, Fault, Marks, Record, Remains, first_of};
use crate::write::{Pruned, Pruning, Swept};
use crate::{Error, Ref, Result};

/// Which revisions a prune starts at.
struct Starts {
    tips: Vec<Pos>,
    remotes: Vec<Pos>,
    /// Of the horizon.
    edge: Vec<Pos>,
}

impl Engine {
    /// Makes dead what a prune may delete; the records are removed by `sweep`.
    pub(super) fn prune(&self, pruning: &Pruning) -> Result<Pruned> {
        match &self.medium {
            Medium::Disk(disk) => {
                let (pruned, _) = disk.write(|txn| self.prune_in(disk, txn, pruning))?;
                failpoint::hit("prune.stored");
                self.notice_deletions()?;
                Ok(pruned)
            }
            Medium::Memory(memory) => self.prune_memory(memory, pruning),
        }
    }

    /// Removes some of the records that a prune has made dead, from position `start` on.
    pub(super) fn sweep(&self, start: u32) -> Result<Swept> {
        let Medium::Disk(disk) = &self.medium else {
            return Ok(Swept::default());
        };
        failpoint::hit("prune.sweep");
        let (swept, _) = disk.write(|txn| disk.sweep(txn, start))?;
        failpoint::hit("prune.swept");
        Ok(swept)
    }

    fn prune_in(
        &self,
        disk: &Disk,
        txn: &mut RwTxn<'_>,
        pruning: &Pruning,
    ) -> Result<Pruned, Fault> {
        self.catch_up(disk, txn)?;
        let heads: Vec<Ref> = refs_of(disk.meta_refs(txn, "heads/")?);
        let remotes: Vec<Ref> = refs_of(disk.meta_refs(txn, "remotes/")?);
        let starts = self.starts(&heads, &remotes, pruning, |it| disk.was_cut(txn, it))?;
        let graph = self.graph();
        let old = disk.marks(txn)?;
        let found = decide(&graph, &starts, &old, pruning)?;
        let mut pruned = counts(&graph, &found);
        pruned.left = disk.deletions(txn)?.unswept;
        if pruning.dry_run {
            for &pos in found.unreached.iter().chain(&found.boundary).chain(&found.behind) {
                let record = disk.record(txn, pos)?.filter(|_| graph.loss(pos).is_none());
                pruned.bytes += record.map_or(0, |record| record.payload.len() as u64);
            }
            return Ok(pruned);
        }
        failpoint::hit("prune.decided");
        disk.put_marks(txn, &changed_blocks(&old, &found.marks), &found.marks)?;
        if !(found.unreached.is_empty() && found.boundary.is_empty() && found.behind.is_empty()) {
            pruned.left = delete(disk, txn, &graph, &found)?;
        }
        if is_no_more_shallow(&graph, &found) {
            disk.clear_cuts(txn)?;
        }
        failpoint::hit("prune.deleted");
        Ok(pruned)
    }

    fn prune_memory(&self, memory: &RwLock<Memory>, pruning: &Pruning) -> Result<Pruned> {
        let mut memory = memory.write().unwrap_or_else(PoisonError::into_inner);
        let heads = refs_of(memory.heads("heads/"));
        let remotes = refs_of(memory.heads("remotes/"));
        let starts =
            self.starts(&heads, &remotes, pruning, |it| Ok::<_, Error>(memory.was_cut(it)))?;
        let graph = self.graph();
        let found = decide(&graph, &starts, memory.marks(), pruning)?;
        let mut pruned = counts(&graph, &found);
        for &pos in found.unreached.iter().chain(&found.boundary).chain(&found.behind) {
            pruned.bytes += memory.payload(pos).map_or(0, |(_, payload)| payload.len() as u64);
        }
        if pruning.dry_run {
            return Ok(pruned);
        }
        let mut left = BTreeMap::new();
        for &pos in &found.boundary {
            left.insert(pos, memory_remains(&graph, &memory, pos)?);
        }
        barred(&found).for_each(|pos| memory.put_cut(graph.ref_at(pos)));
        if is_no_more_shallow(&graph, &found) {
            memory.clear_cuts();
        }
        for positions in [&found.unreached, &found.behind] {
            self.change_dead(positions, |_, slot, block| block.delete(slot));
            for &pos in positions {
                memory.delete(pos);
            }
        }
        self.change_dead(&found.boundary, |pos, slot, block| {
            block.set_tombstone(slot, left.get(&pos).map(Remains::tombstone));
        });
        for (pos, left) in left {
            memory.keep_place(pos, left);
        }
        memory.set_marks(found.marks);
        Ok(pruned)
    }

    fn starts<E: From<Error>>(
        &self,
        heads: &[Ref],
        remotes: &[Ref],
        pruning: &Pruning,
        was_cut: impl Fn(&Ref) -> Result<bool, E>,
    ) -> Result<Starts, E> {
        let index = self.index();
        let find = |reference: &Ref| match index.find(reference) {
            Some(pos) if !index.loss(pos).is_some_and(Loss::is_cut) => Ok(pos),
            None if !was_cut(reference)? => Err(Error::NotFound(reference.to_string()).into()),
            _ => Err(Error::cut(reference).into()),
        };
        let all = |refs: &[Ref]| refs.iter().map(find).collect::<Result<Vec<Pos>, E>>();
        let remotes = all(remotes)?;
        let tips = [all(heads)?, remotes.clone(), all(&pruning.keep)?].concat();
        Ok(Starts { tips, remotes, edge: all(pruning.before.as_deref().unwrap_or_default())? })
    }
}

/// Makes dead what was found; returns how many records are to be swept.
fn delete(
    disk: &Disk,
    txn: &mut RwTxn<'_>,
    graph: &Graph,
    found: &Reclaimed,
) -> Result<u32, Fault> {
    let mut deletion = Deletion::begin(disk, txn)?;
    for &pos in &found.boundary {
        let left = left_of(disk, txn, graph, pos)?;
        deletion.keep_place(txn, pos, &left)?;
    }
    for &pos in found.unreached.iter().chain(&found.behind) {
        deletion.delete(txn, pos)?;
    }
    let mut cut: Vec<&Ref> = barred(found).map(|pos| graph.ref_at(pos)).collect();
    cut.sort_unstable(); // a tree is filled in order in a fraction of the time
    for reference in cut {
        disk.put_cut(txn, reference)?;
    }
    Ok(deletion.end(txn)?.unswept)
}

/// What is left of a revision that becomes part of the boundary.
fn left_of(disk: &Disk, txn: &RwTxn<'_>, graph: &Graph, pos: Pos) -> Result<Remains, Fault> {
    if let Some(left) = disk.remains(txn, pos)? {
        return Ok(Remains { loss: left.loss.cut(), ..left });
    }
    let record = disk.record(txn, pos)?.filter(Record::is_whole);
    let record = record.ok_or_else(|| damaged(graph.ref_at(pos)))?;
    Ok(remains(graph, pos, (record.kind, record.payload), Loss::Cut)?)
}

/// As `left_of`, in memory.
fn memory_remains(graph: &Graph, memory: &Memory, pos: Pos) -> Result<Remains> {
    if let Some(left) = memory.remains(pos) {
        return Ok(Remains { loss: left.loss.cut(), ..left.clone() });
    }
    let data = memory.payload(pos).ok_or_else(|| damaged(graph.ref_at(pos)))?;
    remains(graph, pos, data, Loss::Cut)
}

fn decide(graph: &Graph, starts: &Starts, marks: &Marks, pruning: &Pruning) -> Result<Reclaimed> {
    let edge = match (&pruning.before, pruning.depth) {
        (Some(_), _) => Some(Edge::Before(&starts.edge)),
        (None, Some(depth)) => Some(Edge::Depth(depth)),
        (None, None) => None,
    };
    let remotes: &[Pos] = if pruning.force { &[] } else { &starts.remotes };
    let ask = Reclaim {
        tips: &starts.tips,
        marks,
        now: pruning.now,
        grace: pruning.grace,
        horizon: edge.map(|edge| Horizon { edge, remotes }),
    };
    reclaim(graph, &ask)
}

/// What must not be written again while something is left whose ancestors were cut away.
fn barred(found: &Reclaimed) -> impl Iterator<Item = Pos> + '_ {
    found.boundary.iter().chain(&found.behind).chain(&found.islands).copied()
}

/// Whether nothing is left whose ancestors were cut away, so that all of it may come again.
fn is_no_more_shallow(graph: &Graph, found: &Reclaimed) -> bool {
    let goes = |pos: Pos| {
        found.unreached.binary_search(&pos).is_ok() || found.behind.binary_search(&pos).is_ok()
    };
    found.boundary.is_empty() && graph.dead().cut_tombstones().all(goes)
}

/// What was cut away before does not count again.
fn counts(graph: &Graph, found: &Reclaimed) -> Pruned {
    let count = |positions: &[Pos]| {
        let fresh = positions.iter().filter(|&&pos| !graph.loss(pos).is_some_and(Loss::is_cut));
        u32::try_from(fresh.count()).unwrap_or(u32::MAX)
    };
    Pruned {
        deleted: count(&found.unreached),
        cut: count(&found.boundary).saturating_add(count(&found.behind)),
        waiting: found.waiting,
        bytes: 0,
        left: 0,
    }
}

/// The blocks whose marks differ.
fn changed_blocks(old: &Marks, new: &Marks) -> Vec<Pos> {
    let differs = |(pos, time): (&u32, &u64), other: &Marks| other.get(pos) != Some(time);
    let lost = old.iter().filter(|&mark| differs(mark, new));
    let made = new.iter().filter(|&mark| differs(mark, old));
    let blocks: BTreeSet<Pos> = lost.chain(made).map(|(pos, _)| first_of(Pos::new(*pos))).collect();
    blocks.into_iter().collect()
}

fn refs_of(heads: Vec<(String, Ref)>) -> Vec<Ref> {
    heads.into_iter().map(|(_, head)| head).collect()
}
