//! Reading revisions and heads.

use super::{Engine, Move};
use crate::graph::{Graph, Pos};
use crate::revision::Kind;
use crate::store::Remains;
use crate::write::{Data, head_key, remote_key};
use crate::{Error, NameRange, Ref, Result};

impl Engine {
    /// The number of the last move.
    pub fn last_move(&self) -> u64 {
        self.moves.last()
    }

    /// The moves behind `mark`, in order, `None` where they are not known; and the mark for the next call.
    /// Costs a read transaction.
    ///
    /// # Errors
    /// Any error of reading the store.
    pub fn moved_since(&self, mark: u64) -> Result<(u64, Option<Vec<Move>>)> {
        let seen = self.medium.read(|view| Ok(view.id()))?;
        Ok(self.moves.since(mark, seen))
    }

    /// Shows the payload of a revision, checked, where it stands.
    ///
    /// # Errors
    /// `NotFound`, `Shallow` where it was deleted, or `Corrupt` naming the ref where it is damaged.
    pub fn payload<R, F: FnOnce(Kind, &[u8]) -> R>(&self, reference: &Ref, show: F) -> Result<R> {
        let pos = self.position(reference)?;
        let mut show = Some(show);
        let mut answer = None;
        self.payloads_up_to(&[pos], |kind, payload| {
            answer = show.take().map(|show| show(kind, payload));
            false
        })?;
        answer.ok_or_else(|| damaged(reference))
    }

    /// Shows the payloads of revisions in order, in one transaction, until `show` returns `false`.
    ///
    /// # Errors
    /// As `payload`; what was shown before stays shown.
    pub fn payloads_up_to<F: FnMut(Kind, &[u8]) -> bool>(
        &self,
        at: &[Pos],
        mut show: F,
    ) -> Result<()> {
        self.data_up_to(at, |data| Some(show(data.kind, &data.payload)))
    }

    /// As `payloads_up_to`, each with its meta.
    ///
    /// # Errors
    /// As `payload`, and where the meta is damaged.
    pub fn revisions_up_to<F: FnMut(Kind, &[u8], Option<&[u8]>) -> bool>(
        &self,
        at: &[Pos],
        mut show: F,
    ) -> Result<()> {
        self.data_up_to(at, |data| {
            let meta = data.meta.ok()?;
            Some(show(data.kind, &data.payload, meta))
        })
    }

    /// Shows the metas of revisions in order, in one transaction, until `show` returns `false`. Reads no data; of
    /// an erased revision the meta that was kept.
    ///
    /// # Errors
    /// `Corrupt` where it, or what says where it is, is damaged; any error of reading the store.
    pub fn metas_up_to<F: FnMut(Option<&[u8]>) -> bool>(
        &self,
        at: &[Pos],
        mut show: F,
    ) -> Result<()> {
        let graph = self.graph();
        let mut rest = at.iter();
        let absent = self.medium.read(|view| {
            for &pos in rest.by_ref() {
                let left = match graph.loss(pos) {
                    Some(loss) if loss.is_of_data() => view.tombstone(pos)?,
                    _ => None,
                };
                let meta = match &left {
                    Some(left) => left.kept_meta(),
                    None => view.meta(pos, graph.ref_at(pos))?,
                };
                let Ok(meta) = meta else { return Ok(Some(pos)) };
                if !show(meta) {
                    break;
                }
            }
            Ok(None)
        })?;
        absent.map_or(Ok(()), |pos| Err(self.noted_absence(&graph, pos)))
    }

    /// Shows what there is of revisions in order, until `show` returns `Some(false)`; `None`: it is damaged.
    fn data_up_to<F: FnMut(Data<'_>) -> Option<bool>>(
        &self,
        at: &[Pos],
        mut show: F,
    ) -> Result<()> {
        let graph = self.graph();
        let mut rest = at.iter();
        let absent = self.medium.read(|view| {
            for &pos in rest.by_ref() {
                let found = match graph.loss(pos) {
                    None => view.data(pos, graph.ref_at(pos))?,
                    Some(_) => None,
                };
                match found.and_then(&mut show) {
                    None => return Ok(Some(pos)),
                    Some(true) => {}
                    Some(false) => break,
                }
            }
            Ok(None)
        })?;
        absent.map_or(Ok(()), |pos| Err(self.noted_absence(&graph, pos)))
    }

    /// As `absence`; damage stays known.
    pub(super) fn noted_absence(&self, graph: &Graph, pos: Pos) -> Error {
        let error = self.absence(graph, pos);
        if matches!(&error, Error::Corrupt { .. }) {
            self.damage.note(pos);
        }
        error
    }

    /// The tombstone of a revision whose data was erased.
    pub(super) fn erased(&self, graph: &Graph, pos: Pos) -> Result<Remains> {
        let remains = self.medium.read(|view| view.tombstone(pos))?;
        let remains = remains.ok_or_else(|| self.absence(graph, pos))?;
        if remains.loss.is_cut() {
            return Err(remains.loss.error(&remains.reference));
        }
        Ok(remains)
    }

    /// The direct ancestors of the revision at a position, in order.
    pub fn ancestors(&self, pos: Pos) -> Vec<Ref> {
        self.graph().parent_refs(pos)
    }

    /// The head of a branch.
    ///
    /// # Errors
    /// Any error of reading the store.
    pub fn head(&self, branch: &str) -> Result<Option<Ref>> {
        self.key(&head_key(branch))
    }

    /// The remembered head of a remote.
    ///
    /// # Errors
    /// Any error of reading the store.
    pub fn remote_head(&self, name: &str) -> Result<Option<Ref>> {
        self.key(&remote_key(name))
    }

    /// Branches with their heads, as of one moment. Costs what is in the range.
    ///
    /// # Errors
    /// Any error of reading the store.
    pub fn branches(&self, range: &NameRange<'_>) -> Result<Vec<(String, Ref)>> {
        self.medium.read(|view| view.heads(&head_key(""), range))
    }

    /// Remotes with their heads, as of one moment. Costs what is in the range.
    ///
    /// # Errors
    /// Any error of reading the store.
    pub fn remotes(&self, range: &NameRange<'_>) -> Result<Vec<(String, Ref)>> {
        self.medium.read(|view| view.heads(&remote_key(""), range))
    }

    fn key(&self, key: &str) -> Result<Option<Ref>> {
        self.medium.read(|view| view.read(key))
    }
}

pub(super) fn damaged(reference: &Ref) -> Error {
    Error::Corrupt {
        message: format!("revision {reference} is damaged in the store"),
        subject: Some(reference.to_string()),
    }
}
