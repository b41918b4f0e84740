//! Erasing the data of revisions. Each keeps its place in the history, which proves its ref, and its meta,
//! unless that is erased too.

use std::collections::BTreeMap;

use super::Engine;
use super::read::damaged;
use crate::failpoint;
use crate::graph::{Graph, Loss, Pos};
use crate::revision::digest;
use crate::store::{Dead, Doomed, Fault, MetaRemains, Remains, Txn};
use crate::write::Data;
use crate::{Error, Ref, Result};

/// One call: revisions, and whether their metas go too.
pub(super) type Erasing<'a> = (&'a [Ref], bool);

impl Engine {
    /// Erases the data of revisions for good, each call all or nothing, all calls in one transaction. Skips
    /// revisions that were erased or cut away before.
    ///
    /// A transaction costs a sync and a look at what is based on the erased, so calls in flight share one. Where
    /// storing them together fails, each is tried by itself, and fails for reasons of its own only.
    pub(super) fn erase(&self, calls: &[Erasing<'_>]) -> Vec<Result<()>> {
        match self.erase_together(calls) {
            Ok(outcomes) => outcomes,
            Err(error) if calls.len() == 1 => vec![Err(error)],
            Err(_) => calls.chunks(1).flat_map(|call| self.erase(call)).collect(),
        }
    }

    fn erase_together(&self, calls: &[Erasing<'_>]) -> Result<Vec<Result<()>>> {
        let ((dead, outcomes), _, _held) = self.medium.write(|txn| self.erase_in(txn, calls))?;
        failpoint::hit("erase.stored");
        self.lay_over(dead);
        Ok(outcomes)
    }

    fn erase_in(
        &self,
        txn: &mut dyn Txn,
        calls: &[Erasing<'_>],
    ) -> Result<(Dead, Vec<Result<()>>), Fault> {
        self.catch_up(txn)?;
        let mut left = BTreeMap::new();
        let mut outcomes = Vec::with_capacity(calls.len());
        for call in calls {
            outcomes.push(match self.left_of_all(txn, call) {
                Ok(of_call) => {
                    for (pos, remains) in of_call {
                        leave(&mut left, pos, remains);
                    }
                    Ok(())
                }
                Err(Fault::Ours(error)) => Err(error),
                Err(fault) => return Err(fault),
            });
        }
        if left.is_empty() {
            return Ok((Dead::default(), outcomes));
        }
        let tombstones = left.into_iter().collect();
        let dead = txn.delete(&Doomed { tombstones, at_once: true, ..Doomed::default() })?;
        failpoint::hit("erase.decided");
        Ok((dead, outcomes))
    }

    fn left_of_all(
        &self,
        txn: &mut dyn Txn,
        &(references, meta): &Erasing<'_>,
    ) -> Result<Vec<(Pos, Remains)>, Fault> {
        let mut left = Vec::with_capacity(references.len());
        for reference in references {
            left.extend(self.left_of(txn, reference, meta)?);
        }
        Ok(left)
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

/// Notes what stays at `pos`. Of two calls that name it, one that takes the meta decides.
fn leave(left: &mut BTreeMap<Pos, Remains>, pos: Pos, remains: Remains) {
    let keeps_meta = remains.kept_meta() != Ok(None);
    if !keeps_meta || !left.contains_key(&pos) {
        left.insert(pos, remains);
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
