//! Pruning: deleting what nothing reaches, and on request what is older than a horizon.
//!
//! One transaction decides and marks revisions dead, so that a crash leaves all of it or nothing. Later
//! transactions remove the records; the next prune removes those that a crash left. In memory all happens at
//! once. `graph::reclaim` finds what can be deleted.

use super::Engine;
use super::erase::remains;
use super::log::logged;
use super::read::damaged;
use crate::graph::{Edge, Graph, Horizon, Loss, Pos, Reclaim, Reclaimed, reclaim};
use crate::store::{Dead, Doomed, Fault, Marks, Remains, Txn, View};
use crate::write::{Pruned, Pruning, Swept};
use crate::{Error, NameRange, Ref, Result, failpoint};

/// The revisions where a prune starts.
struct Starts {
    tips: Vec<Pos>,
    remotes: Vec<Pos>,
    /// The edge of the horizon.
    edge: Vec<Pos>,
    /// Named by the records of the log that are kept.
    logged: Vec<Pos>,
    /// The last record of the log that is deleted.
    forgotten: Option<u64>,
}

impl Engine {
    /// Marks dead what a prune may delete; `sweep` removes the records.
    pub(super) fn prune(&self, pruning: &Pruning) -> Result<Pruned> {
        if pruning.dry_run {
            return self.medium.read(|view| self.dry_run(view, pruning));
        }
        let written = self.medium.write(|txn| self.prune_in(txn, pruning));
        let ((pruned, dead), _, _held) = written.inspect_err(|_| self.log.given_up())?;
        failpoint::hit("prune.stored");
        self.lay_over(dead);
        Ok(pruned)
    }

    /// Removes some of the records that a prune marked dead, from position `start`.
    pub(super) fn sweep(&self, start: u32) -> Result<Swept> {
        failpoint::hit("prune.sweep");
        let (swept, ..) = self.medium.write(|txn| txn.sweep(start))?;
        failpoint::hit("prune.swept");
        Ok(swept)
    }

    fn prune_in(&self, txn: &mut dyn Txn, pruning: &Pruning) -> Result<(Pruned, Dead), Fault> {
        self.catch_up(txn)?;
        let starts = self.starts(txn, pruning)?;
        let graph = self.graph();
        let old = txn.marks()?;
        let found = decide(&graph, &starts, &old, pruning)?;
        let mut pruned = pruned_of(&graph, &found, pruning);
        (_, pruned.left) = txn.deletions()?;
        failpoint::hit("prune.decided");
        txn.put_marks(&old, &found.marks)?;
        let mut dead = Dead::default();
        if !(found.unreached.is_empty() && found.boundary.is_empty() && found.behind.is_empty()) {
            dead = txn.delete(&doomed(txn, &graph, &found)?)?;
            (pruned.left, pruned.bytes) = (dead.unswept, dead.bytes);
        }
        if is_no_more_shallow(&graph, &found) {
            txn.clear_cuts()?;
        }
        if let Some(forgotten) = starts.forgotten {
            self.forget_log(txn, forgotten)?;
            txn.stamp()?;
        }
        failpoint::hit("prune.deleted");
        Ok((pruned, dead))
    }

    /// Returns what a prune would delete now. Writes nothing.
    fn dry_run(&self, view: &dyn View, pruning: &Pruning) -> Result<Pruned> {
        self.take_in(view, u32::MAX)?;
        let starts = self.starts(view, pruning)?;
        let graph = self.graph();
        let found = decide(&graph, &starts, &view.marks()?, pruning)?;
        let mut pruned = pruned_of(&graph, &found, pruning);
        (_, pruned.left) = view.deletions()?;
        for &pos in found.unreached.iter().chain(&found.boundary).chain(&found.behind) {
            if graph.loss(pos).is_none() {
                pruned.bytes += view.data_len(pos)? as u64;
            }
        }
        Ok(pruned)
    }

    fn starts(&self, view: &dyn View, pruning: &Pruning) -> Result<Starts> {
        let heads = refs_of(view.heads("heads/", &NameRange::ALL)?);
        let remotes = refs_of(view.heads("remotes/", &NameRange::ALL)?);
        let index = self.index();
        let find = |reference: &Ref| match index.find(reference) {
            Some(pos) if !index.loss(pos).is_some_and(Loss::is_cut) => Ok(pos),
            None if !view.was_cut(reference)? => Err(Error::NotFound(reference.to_string())),
            _ => Err(Error::cut(reference)),
        };
        let all = |refs: &[Ref]| refs.iter().map(find).collect::<Result<Vec<Pos>>>();
        let remotes = all(&remotes)?;
        let is_old = |time: u64| time.min(pruning.now).saturating_add(pruning.grace) <= pruning.now;
        let (logged, forgotten) = logged(view, is_old)?;
        let logged =
            logged.into_iter().filter(|&pos| pos.get() < index.len() && !index.is_deleted(pos));
        let logged = logged.collect();
        let tips = [all(&heads)?, remotes.clone(), all(&pruning.keep)?].concat();
        Ok(Starts {
            tips,
            remotes,
            edge: all(pruning.before.as_deref().unwrap_or_default())?,
            logged,
            forgotten,
        })
    }
}

/// The deletion that a prune has decided on.
fn doomed<'g>(view: &dyn View, graph: &'g Graph, found: &Reclaimed) -> Result<Doomed<'g>> {
    let boundary = found.boundary.iter();
    Ok(Doomed {
        tombstones: boundary
            .map(|&pos| Ok((pos, left_of(view, graph, pos)?)))
            .collect::<Result<_>>()?,
        deleted: found.unreached.iter().chain(&found.behind).copied().collect(),
        cut: barred(found).map(|pos| graph.ref_at(pos)).collect(),
        at_once: false,
    })
}

/// The tombstone of a revision that becomes part of the boundary.
fn left_of(view: &dyn View, graph: &Graph, pos: Pos) -> Result<Remains> {
    if let Some(left) = view.tombstone(pos)? {
        return Ok(Remains { loss: left.loss.cut(), ..left }.without_meta());
    }
    let reference = graph.ref_at(pos);
    let data = view.data(pos, reference)?.ok_or_else(|| damaged(reference))?;
    Ok(remains(graph, pos, &data, Loss::Cut)?.without_meta())
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
        logged: &starts.logged,
        marks,
        now: pruning.now,
        grace: pruning.grace,
        horizon: edge.map(|edge| Horizon { edge, remotes }),
    };
    reclaim(graph, &ask)
}

/// Revisions that must not be written again as long as a revision exists whose ancestors were cut away.
fn barred(found: &Reclaimed) -> impl Iterator<Item = Pos> + '_ {
    found.boundary.iter().chain(&found.behind).chain(&found.islands).copied()
}

/// Whether no revision is left whose ancestors were cut away, so that all of them may come again.
fn is_no_more_shallow(graph: &Graph, found: &Reclaimed) -> bool {
    let goes = |pos: Pos| {
        found.unreached.binary_search(&pos).is_ok() || found.behind.binary_search(&pos).is_ok()
    };
    found.boundary.is_empty() && graph.dead().cut_tombstones().all(goes)
}

/// Counts what is deleted, without revisions that were cut away before.
fn pruned_of(graph: &Graph, found: &Reclaimed, pruning: &Pruning) -> Pruned {
    let is_fresh = |pos: &&Pos| !graph.loss(**pos).is_some_and(Loss::is_cut);
    let count = |positions: &[Pos]| {
        u32::try_from(positions.iter().filter(is_fresh).count()).unwrap_or(u32::MAX)
    };
    let mut pruned = Pruned {
        deleted: count(&found.unreached),
        cut: count(&found.boundary).saturating_add(count(&found.behind)),
        waiting: found.waiting,
        ..Pruned::default()
    };
    if pruning.names {
        let all = found.unreached.iter().chain(&found.boundary).chain(&found.behind);
        let mut fresh: Vec<Pos> = all.filter(is_fresh).copied().collect();
        fresh.sort_unstable_by(|one, other| other.cmp(one));
        pruned.found = fresh.into_iter().map(|pos| *graph.ref_at(pos)).collect();
    }
    pruned
}

fn refs_of(heads: Vec<(String, Ref)>) -> Vec<Ref> {
    heads.into_iter().map(|(_, head)| head).collect()
}
