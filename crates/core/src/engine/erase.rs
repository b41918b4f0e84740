//! Erasing the data of one revision: what stays is its place in the history, which proves its ref.

use std::sync::{PoisonError, RwLock};

use heed::RwTxn;

use super::{Engine, Medium};
use crate::failpoint;
use crate::graph::{DeadBlock, Graph, Loss, Pos};
use crate::revision::{Kind, digest};
use crate::store::Memory;
use crate::store::{CHUNK, Deletion, Disk, Fault, Record, Remains};
use crate::{Error, Ref, Result};

impl Engine {
    /// Erases the data of a revision for good. Success where it was erased or cut away before.
    pub(super) fn erase(&self, reference: &Ref) -> Result<()> {
        match &self.medium {
            Medium::Disk(disk) => {
                disk.write(|txn| self.erase_in(disk, txn, reference))?;
                failpoint::hit("erase.stored");
                self.notice_deletions()
            }
            Medium::Memory(memory) => self.erase_from_memory(memory, reference),
        }
    }

    fn erase_in(&self, disk: &Disk, txn: &mut RwTxn<'_>, reference: &Ref) -> Result<(), Fault> {
        self.catch_up(disk, txn)?;
        let Some(pos) = self.index().find(reference) else {
            return if disk.was_cut(txn, reference)? {
                Ok(())
            } else {
                Err(unknown(reference).into())
            };
        };
        let graph = self.graph();
        match graph.loss(pos) {
            Some(Loss::Elsewhere) => return self.own_in(disk, txn, pos),
            Some(_) => return Ok(()),
            None => {}
        }
        let record = disk.record(txn, pos)?.filter(Record::is_whole);
        let record = record.ok_or_else(|| super::read::damaged(reference))?;
        let remains = remains(&graph, pos, (record.kind, record.payload), Loss::Erased)?;
        let mut deletion = Deletion::begin(disk, txn)?;
        deletion.keep_place(txn, pos, &remains)?;
        deletion.remove(txn, pos)?;
        deletion.end(txn)?;
        failpoint::hit("erase.decided");
        Ok(())
    }

    /// What was erased elsewhere is erased here too: its data is not taken in any more.
    fn own_in(&self, disk: &Disk, txn: &mut RwTxn<'_>, pos: Pos) -> Result<(), Fault> {
        let remains = disk.remains(txn, pos)?;
        let remains = remains.ok_or_else(|| self.absence(&self.graph(), pos))?;
        let mut deletion = Deletion::begin(disk, txn)?;
        deletion.keep_place(txn, pos, &Remains { loss: Loss::Erased, ..remains })?;
        deletion.end(txn)?;
        Ok(())
    }

    fn erase_from_memory(&self, memory: &RwLock<Memory>, reference: &Ref) -> Result<()> {
        let mut memory = memory.write().unwrap_or_else(PoisonError::into_inner);
        let Some(pos) = self.index().find(reference) else {
            return if memory.was_cut(reference) { Ok(()) } else { Err(unknown(reference)) };
        };
        let graph = self.graph();
        let remains = match (graph.loss(pos), memory.remains(pos)) {
            (Some(Loss::Elsewhere), Some(left)) => Remains { loss: Loss::Erased, ..left.clone() },
            (Some(_), _) => return Ok(()),
            (None, _) => {
                let data = memory.payload(pos).ok_or_else(|| super::read::damaged(reference))?;
                remains(&graph, pos, data, Loss::Erased)?
            }
        };
        self.change_dead(&[pos], |_, slot, block| {
            block.set_tombstone(slot, Some(remains.tombstone()))
        });
        memory.keep_place(pos, remains);
        Ok(())
    }

    /// In memory: changes what is dead at positions, which ascend.
    pub(super) fn change_dead(&self, at: &[Pos], mut change: impl FnMut(Pos, u32, &mut DeadBlock)) {
        let mut index = self.index_mut();
        for run in at.chunk_by(|a, b| a.get() / CHUNK == b.get() / CHUNK) {
            let Some(&first) = run.first() else {
                continue;
            };
            let mut block = index.dead_block(first).cloned().unwrap_or_default();
            block.generation += 1;
            for &pos in run {
                change(pos, pos.get() % CHUNK, &mut block);
            }
            index.set_dead(first.get() / CHUNK, block);
        }
    }
}

fn unknown(reference: &Ref) -> Error {
    Error::NotFound(reference.to_string())
}

/// What is left of an undamaged revision without its data.
pub(super) fn remains(
    graph: &Graph,
    pos: Pos,
    (kind, payload): (Kind, &[u8]),
    loss: Loss,
) -> Result<Remains> {
    let remains = Remains {
        reference: *graph.ref_at(pos),
        digest: digest(payload),
        kind,
        loss,
        generation: graph.generation(pos),
        parents: graph.parents(pos).zip(graph.parent_refs(pos)).collect(),
    };
    if remains.is_true() { Ok(remains) } else { Err(super::read::damaged(&remains.reference)) }
}
