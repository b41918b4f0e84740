//! Reading revisions and heads.

use std::borrow::Cow;
use std::cell::Cell;

use super::{Engine, Move};
use crate::graph::{Graph, Pos};
use crate::revision::{Kind, StoredMeta};
use crate::store::{Remains, ShowMeta, View};
use crate::write::{Data, head_key, remote_key};
use crate::{Error, NameRange, Ref, Result, grow};

impl Engine {
    /// Returns the number of the last move.
    pub fn last_move(&self) -> u64 {
        self.moves.last()
    }

    /// Returns a mark for the next call, and the moves after `mark`, in order, or `None` if they are not known.
    /// Costs a read transaction.
    ///
    /// # Errors
    /// Any error of reading the store.
    pub fn moved_since(&self, mark: u64) -> Result<(u64, Option<Vec<Move>>)> {
        let seen = self.medium.read(|view| Ok(view.id()))?;
        Ok(self.moves.since(mark, seen))
    }

    /// Passes the payload of a revision, checked, to `show`. Does not copy it. Takes no snapshot of the graph, which would
    /// take a thirtieth of the time of reading a short one in JavaScript.
    ///
    /// # Errors
    /// `NotFound`; `Shallow` if it was deleted; `Corrupt`, naming the ref, if it is damaged.
    pub fn payload<R, F: FnOnce(Kind, &[u8]) -> R>(&self, reference: &Ref, show: F) -> Result<R> {
        let pos = self.position(reference)?;
        let is_lost = self.index().loss(pos).is_some();
        let mut show = Some(show);
        let answer = self.medium.read(|view| {
            let found = if is_lost { None } else { view.data(pos, reference)? };
            let shown = |data: Data<'_>| show.take().map(|show| show(data.kind, &data.payload));
            Ok(found.and_then(shown))
        })?;
        answer.ok_or_else(|| self.noted_absence(&self.graph(), pos))
    }

    /// Returns the bytes of a revision's payload. Does not read it.
    ///
    /// # Errors
    /// `NotFound`; `Shallow` if it was deleted.
    pub fn payload_len(&self, reference: &Ref) -> Result<usize> {
        let pos = self.position(reference)?;
        let graph = self.graph();
        if graph.loss(pos).is_some() {
            return Err(self.absence(&graph, pos));
        }
        self.medium.read(|view| view.data_len(pos))
    }

    /// Returns the payload of a revision, checked. Copies it only where it is stored whole.
    ///
    /// # Errors
    /// As `payload`; `TooLarge` without memory for it.
    pub fn owned_payload(&self, reference: &Ref) -> Result<(Kind, Vec<u8>)> {
        let pos = self.position(reference)?;
        let mut answer = None;
        self.data_up_to(&[pos], |data| {
            answer = Some(owned(data.payload).map(|payload| (data.kind, payload)));
            Some(false)
        })?;
        answer.unwrap_or_else(|| Err(damaged(reference)))
    }

    /// Passes the payloads of revisions to `show`, in order, in one transaction, until it returns `false`.
    ///
    /// # Errors
    /// As `payload`; earlier payloads were shown.
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
    /// As `payload`, and if the meta is damaged.
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

    /// Passes the metas of revisions to `show`, in order, in one transaction, until it returns `false`. Reads
    /// no data. An erased revision may have kept its meta.
    ///
    /// # Errors
    /// `Corrupt` if a meta, or what locates it, is damaged; any error of reading the store.
    pub fn metas_up_to<F: FnMut(Option<&[u8]>) -> bool>(
        &self,
        at: &[Pos],
        mut show: F,
    ) -> Result<()> {
        let graph = self.graph();
        let is_erased = |pos: &Pos| graph.loss(*pos).is_some();
        let (mut absent, shown) = (None, Cell::new(0));
        let mut show = |pos: Pos, meta: StoredMeta<'_>| {
            shown.set(shown.get() + 1);
            absent = meta.is_err().then_some(pos);
            meta.is_ok_and(&mut show)
        };
        self.medium.read(|view| {
            let rest = at.get(shown.get()..).unwrap_or_default();
            for part in rest.chunk_by(|one, other| is_erased(one) == is_erased(other)) {
                let goes_on = if part.first().is_some_and(is_erased) {
                    kept_metas(view, part, &graph, &mut show)?
                } else {
                    view.metas(part, &graph, &mut show)?
                };
                if !goes_on {
                    break;
                }
            }
            Ok(())
        })?;
        absent.map_or(Ok(()), |pos| Err(self.noted_absence(&graph, pos)))
    }

    /// Passes the data of revisions to `show`, in order, until it returns `Some(false)`. `None` means damaged.
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

    /// As `absence`, and remembers damage.
    pub(super) fn noted_absence(&self, graph: &Graph, pos: Pos) -> Error {
        let error = self.absence(graph, pos);
        if matches!(&error, Error::Corrupt { .. }) {
            self.damage.note(pos);
        }
        error
    }

    /// Returns the tombstone of a revision whose data was erased.
    pub(super) fn erased(&self, graph: &Graph, pos: Pos) -> Result<Remains> {
        let remains = self.medium.read(|view| view.tombstone(pos))?;
        let remains = remains.ok_or_else(|| self.absence(graph, pos))?;
        if remains.loss.is_cut() {
            return Err(remains.loss.error(&remains.reference));
        }
        Ok(remains)
    }

    /// Returns the direct ancestors of the revision at a position, in order.
    pub fn ancestors(&self, pos: Pos) -> Vec<Ref> {
        self.graph().parent_refs(pos)
    }

    /// Returns the head of a branch.
    ///
    /// # Errors
    /// Any error of reading the store.
    pub fn head(&self, branch: &str) -> Result<Option<Ref>> {
        self.key(&head_key(branch))
    }

    /// Returns the remembered head of a remote.
    ///
    /// # Errors
    /// Any error of reading the store.
    pub fn remote_head(&self, name: &str) -> Result<Option<Ref>> {
        self.key(&remote_key(name))
    }

    /// Returns branches with their heads, as of one moment. Costs what is in the range.
    ///
    /// # Errors
    /// Any error of reading the store.
    pub fn branches(&self, range: &NameRange<'_>) -> Result<Vec<(String, Ref)>> {
        self.medium.read(|view| view.heads(&head_key(""), range))
    }

    /// Returns remotes with their heads, as of one moment. Costs what is in the range.
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

fn owned(payload: Cow<'_, [u8]>) -> Result<Vec<u8>> {
    match payload {
        Cow::Owned(payload) => Ok(payload),
        Cow::Borrowed(payload) => {
            let mut copy = Vec::new();
            grow(&mut copy, payload.len())?;
            copy.extend_from_slice(payload);
            Ok(copy)
        }
    }
}

pub(super) fn damaged(reference: &Ref) -> Error {
    Error::Corrupt {
        message: format!("revision {reference} is damaged in the store"),
        subject: Some(reference.to_string()),
    }
}

/// As `View::metas`, of revisions whose data was erased.
fn kept_metas(view: &dyn View, at: &[Pos], graph: &Graph, show: ShowMeta<'_>) -> Result<bool> {
    for &pos in at {
        let goes_on = match view.tombstone(pos)? {
            Some(left) => show(pos, left.kept_meta()),
            None => view.metas(&[pos], graph, show)?,
        };
        if !goes_on {
            return Ok(false);
        }
    }
    Ok(true)
}
