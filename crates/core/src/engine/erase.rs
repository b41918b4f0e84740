//! Erasing the data of revisions. Each keeps its place in the history, which proves its ref, and its meta,
//! unless that is erased too.

use super::Engine;
use super::read::damaged;
use crate::failpoint;
use crate::graph::{Graph, Loss, Pos};
use crate::revision::digest;
use crate::store::{Dead, Doomed, Fault, MetaRemains, Remains, Txn};
use crate::write::Data;
use crate::{Error, Ref, Result};

impl Engine {
    /// Erases the data of revisions for good, all in one transaction, and with `meta` their metas too. Skips
    /// those that were erased or cut away before.
    pub(super) fn erase(&self, references: &[Ref], meta: bool) -> Result<()> {
        let (dead, _, _held) = self.medium.write(|txn| self.erase_in(txn, references, meta))?;
        failpoint::hit("erase.stored");
        self.lay_over(dead);
        Ok(())
    }

    fn erase_in(&self, txn: &mut dyn Txn, references: &[Ref], meta: bool) -> Result<Dead, Fault> {
        self.catch_up(txn)?;
        let mut tombstones = Vec::with_capacity(references.len());
        for reference in references {
            tombstones.extend(self.left_of(txn, reference, meta)?);
        }
        if tombstones.is_empty() {
            return Ok(Dead::default());
        }
        let dead = txn.delete(&Doomed { tombstones, at_once: true, ..Doomed::default() })?;
        failpoint::hit("erase.decided");
        Ok(dead)
    }

    /// Returns the tombstone of a revision; `None` if there is nothing to do.
    fn left_of(
        &self,
        txn: &mut dyn Txn,
        reference: &Ref,
        meta: bool,
    ) -> Result<Option<(Pos, Remains)>, Fault> {
        let Some(pos) = self.index().find(reference) else {
            let was_cut = txn.was_cut(reference)?;
            return if was_cut { Ok(None) } else { Err(unknown(reference).into()) };
        };
        let graph = self.graph();
        let remains = match graph.loss(pos) {
            // Its data is no longer accepted from elsewhere.
            Some(Loss::Elsewhere) => {
                let left = txn.tombstone(pos)?.ok_or_else(|| damaged(reference))?;
                Remains { loss: Loss::Erased, ..left }
            }
            Some(Loss::Erased) if meta => {
                let left = txn.tombstone(pos)?.ok_or_else(|| damaged(reference))?;
                if left.kept_meta() == Ok(None) {
                    return Ok(None);
                }
                left
            }
            Some(_) => return Ok(None),
            None => {
                let data = txn.data(pos, reference)?.ok_or_else(|| damaged(reference))?;
                remains(&graph, pos, &data, Loss::Erased)?
            }
        };
        Ok(Some((pos, if meta { remains.without_meta() } else { remains })))
    }
}

fn unknown(reference: &Ref) -> Error {
    Error::NotFound(reference.to_string())
}

/// The tombstone of an undamaged revision.
pub(super) fn remains(
    graph: &Graph,
    pos: Pos,
    Data { kind, payload, meta }: &Data<'_>,
    loss: Loss,
) -> Result<Remains> {
    let reference = graph.ref_at(pos);
    let meta = meta.map_err(|_| damaged(reference))?;
    let remains = Remains {
        reference: *reference,
        digest: digest(payload),
        meta: meta.map(|meta| MetaRemains { digest: digest(meta), kept: Ok(Some(meta.into())) }),
        kind: *kind,
        loss,
        generation: graph.generation(pos),
        parents: graph.parents(pos).zip(graph.parent_refs(pos)).collect(),
    };
    if remains.is_true() { Ok(remains) } else { Err(damaged(&remains.reference)) }
}
