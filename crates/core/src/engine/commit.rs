//! Committing a group of writes: decided and stored in one transaction, published afterwards.
//!
//! Nothing is visible before it is stored: readers see the old index until the commit has returned. A group
//! that fails changes nothing, and fails the writes chained on it.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use super::erase::Erasing;
use super::{Engine, Move};
use crate::graph::Index;
use crate::store::Txn;
use crate::write::{Action, Chains, Changes, Deed, Group, Op, Outcome, Stored};
use crate::{Result, failpoint};

/// A decided group: an outcome for each write, and the changes to store.
struct Decided<'o> {
    /// The position of the first staged revision.
    first: u32,
    outcomes: Vec<Result<Outcome>>,
    changes: Changes<'o>,
    chains: Chains,
}

impl Engine {
    /// Writes in order, with one outcome each; `chains` is passed from call to call. Consecutive erasures run
    /// together; any other deletion runs alone; the writes between deletions run together, as a group.
    ///
    /// Costs one transaction a group (two syncs on disk, one if relaxed) and some 1.5 us a revision.
    pub fn commit(&self, ops: &[Op], chains: &mut Chains) -> Vec<Result<Outcome>> {
        let mut outcomes = Vec::new();
        for run in ops.chunk_by(run_together) {
            let next = match run {
                [Op { action: Action::Alone(deed), .. }, ..] => self.perform(deed, run),
                group => self.commit_group(group, chains),
            };
            if outcomes.is_empty() {
                outcomes = next; // mostly that is all
            } else {
                outcomes.extend(next);
            }
        }
        self.put_a_chunk();
        self.settle_format();
        outcomes
    }

    /// Ignores failures: an older version refuses the file in either case, but then calls it damaged.
    fn settle_format(&self) {
        if let Some(disk) = self.medium.disk() {
            drop(disk.settle_format());
        }
    }

    /// Writes one of the chunks that were lacking at opening. Ignores failures: a chunk only saves time at the
    /// next opening.
    fn put_a_chunk(&self) {
        let mut lacking = self.lacking.lock().unwrap_or_else(PoisonError::into_inner);
        let (Some(disk), Some(start)) = (self.medium.disk(), lacking.pop()) else { return };
        if disk.put_chunk(&self.graph(), start).is_err() {
            lacking.clear();
        }
    }

    /// Does the first deed of a run, or all of a run of erasures.
    fn perform(&self, deed: &Deed, run: &[Op]) -> Vec<Result<Outcome>> {
        vec![match deed {
            Deed::Erase { .. } => {
                let calls: Vec<_> = run.iter().filter_map(erasing).collect();
                let outcomes = self.erase(&calls).into_iter();
                return outcomes.map(|outcome| outcome.map(|()| Outcome::Done)).collect();
            }
            Deed::Prune(pruning) => self.prune(pruning).map(Outcome::Pruned),
            Deed::Sweep(start) => self.sweep(*start).map(Outcome::Swept),
            // In memory there is nothing to do; for a file its owner compacts before this.
            Deed::Compact => Ok(Outcome::Compacted(0, 0)),
        }]
    }

    fn commit_group(&self, ops: &[Op], chains: &mut Chains) -> Vec<Result<Outcome>> {
        self.try_commit(ops, chains).unwrap_or_else(|error| {
            for op in ops.iter().flat_map(Op::leading) {
                chains.insert((op.chain.caller, Arc::clone(&op.branch)));
            }
            ops.iter().map(|_| Err(error.clone())).collect()
        })
    }

    fn try_commit(&self, ops: &[Op], chains: &mut Chains) -> Result<Vec<Result<Outcome>>> {
        failpoint::hit("commit.asked");
        let written = self.medium.write(|txn| {
            failpoint::hit("commit.begun");
            self.catch_up(txn)?;
            let index = self.index();
            let mut decided = decide(&index, txn, ops, chains.clone());
            let graph = index.snapshot();
            drop(index);
            failpoint::hit("commit.decided");
            let changes = &mut decided.changes;
            let dead = txn.append(&graph, changes)?;
            let is_empty = changes.is_empty();
            let mut moved = Vec::with_capacity(changes.heads.len());
            for (key, to) in std::mem::take(&mut changes.heads) {
                // A damaged head is overwritten.
                let from = txn.read(&key).unwrap_or_default();
                txn.put_head(&key, to)?;
                moved.push(Move { key, from, to });
            }
            // A transaction that changes nothing may never be committed, as below.
            if !changes.staged.is_empty() || moved.iter().any(Move::is_real) {
                self.moves.expect(txn.id(), moved);
            }
            self.log_moves(txn, &changes.moves)?;
            if !is_empty {
                txn.stamp()?;
            }
            failpoint::hit("commit.written");
            Ok((decided, dead))
        });
        let ((decided, dead), txn, _held) = written.inspect_err(|_| {
            self.moves.given_up();
            self.log.given_up();
        })?;
        self.moves.committed(txn);
        failpoint::hit("commit.stored");
        let Decided { first, outcomes, changes, chains: left } = decided;
        self.publish(first, &changes.staged)?;
        self.lay_over(dead);
        changes.healed.iter().for_each(|(pos, _)| self.damage.forget(*pos));
        // A transaction that changed nothing is not committed, and the next one gets its id, perhaps in another
        // process. Only one that appended revisions was certainly committed.
        let committed = if changes.staged.is_empty() { txn - 1 } else { txn };
        self.seen.fetch_max(committed, Ordering::AcqRel);
        self.looked.fetch_max(committed, Ordering::AcqRel);
        *chains = left;
        Ok(outcomes)
    }

    /// Loads what other processes committed before this transaction began.
    pub(super) fn catch_up(&self, txn: &dyn Txn) -> Result<()> {
        let last = txn.id() - 1;
        let known = [&self.seen, &self.looked].map(|known| known.load(Ordering::Acquire));
        if known != [last; 2] {
            self.take_in(txn, u32::MAX)?;
            // So that a reader that misses something meanwhile need not look again.
            self.seen.fetch_max(last, Ordering::AcqRel);
            self.looked.fetch_max(last, Ordering::AcqRel);
        }
        Ok(())
    }
}

/// Whether two writes share a transaction where one follows the other.
fn run_together(a: &Op, b: &Op) -> bool {
    let is_deed = |op: &Op| matches!(op.action, Action::Alone(_));
    (!is_deed(a) && !is_deed(b)) || (erasing(a).is_some() && erasing(b).is_some())
}

fn erasing(op: &Op) -> Option<Erasing<'_>> {
    match &op.action {
        Action::Alone(Deed::Erase { references, meta }) => Some((references, *meta)),
        _ => None,
    }
}

fn decide<'o>(index: &Index, stored: &dyn Stored, ops: &'o [Op], chains: Chains) -> Decided<'o> {
    let mut group = Group::new(index, stored, chains);
    let outcomes = ops.iter().map(|op| group.apply(op)).collect();
    let (changes, chains) = group.finish();
    Decided { first: index.len(), outcomes, changes, chains }
}
