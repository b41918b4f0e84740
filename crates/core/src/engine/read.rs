//! Reading revisions and heads.

use std::sync::{PoisonError, RwLockReadGuard};

use heed::{RoTxn, WithoutTls};

use super::{Engine, Medium};
use crate::graph::Pos;
use crate::memory::Memory;
use crate::revision::Kind;
use crate::store::{Disk, Fault};
use crate::sync::frame;
use crate::write::{Stored, head_key, remote_key};
use crate::{Error, Ref, Result, grow, room};

impl Engine {
    /// Shows the payload of a revision, checked, where it stands.
    ///
    /// # Errors
    /// `NotFound`, or `Corrupt` naming the ref where it is damaged.
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

    /// Shows the payloads of revisions in order, in one transaction, until `show` answers `false`.
    ///
    /// # Errors
    /// As `payload`; what was shown before stays shown.
    pub fn payloads_up_to<F: FnMut(Kind, &[u8]) -> bool>(
        &self,
        at: &[Pos],
        mut show: F,
    ) -> Result<()> {
        let graph = self.graph();
        match &self.medium {
            Medium::Memory(memory) => {
                let memory = locked(memory);
                for &pos in at {
                    let payload = memory.payload(pos);
                    let (kind, payload) = payload.ok_or_else(|| damaged(graph.ref_at(pos)))?;
                    if !show(kind, payload) {
                        break;
                    }
                }
                Ok(())
            }
            Medium::Disk(disk) => {
                let mut rest = at.iter();
                disk.read(|txn| {
                    for &pos in rest.by_ref() {
                        let (kind, payload) = stored(disk, txn, pos, graph.ref_at(pos))?;
                        if !show(kind, payload) {
                            break;
                        }
                    }
                    Ok(())
                })
            }
        }
    }

    /// Appends revisions to `out` as frames, in order, until `limit` bytes are reached.
    /// Returns how many, at least one of those that are given, and the bytes of their payloads.
    ///
    /// # Errors
    /// As `payload`.
    pub fn export(&self, at: &[Pos], limit: usize, out: &mut Vec<u8>) -> Result<(usize, u64)> {
        let graph = self.graph();
        let mut count = 0;
        let mut bytes = 0;
        let mut positions = at.iter();
        let mut fits = Ok(());
        self.payloads_up_to(at, |kind, payload| {
            fits = room(payload.len()).and_then(|()| grow(out, payload.len()));
            let Some(&pos) = positions.next().filter(|_| fits.is_ok()) else {
                return false;
            };
            let ancestors = graph.parents(pos).map(|parent| *graph.ref_at(parent));
            frame::encode(graph.ref_at(pos), ancestors, kind, payload, out);
            count += 1;
            bytes += payload.len() as u64;
            out.len() < limit
        })?;
        fits?;
        Ok((count, bytes))
    }

    /// The direct ancestors of the revision at a position, in order.
    pub fn ancestors(&self, pos: Pos) -> Vec<Ref> {
        let graph = self.graph();
        graph.parents(pos).map(|parent| *graph.ref_at(parent)).collect()
    }

    /// The head of a branch.
    ///
    /// # Errors
    /// What reading the store can end in.
    pub fn head(&self, branch: &str) -> Result<Option<Ref>> {
        self.key(&head_key(branch))
    }

    /// The remembered head of a remote.
    ///
    /// # Errors
    /// What reading the store can end in.
    pub fn remote_head(&self, name: &str) -> Result<Option<Ref>> {
        self.key(&remote_key(name))
    }

    /// All branches with their heads, by name.
    ///
    /// # Errors
    /// What reading the store can end in.
    pub fn branches(&self) -> Result<Vec<(String, Ref)>> {
        self.keys(&head_key(""))
    }

    /// All remotes with their heads, by name.
    ///
    /// # Errors
    /// What reading the store can end in.
    pub fn remotes(&self) -> Result<Vec<(String, Ref)>> {
        self.keys(&remote_key(""))
    }

    fn key(&self, key: &str) -> Result<Option<Ref>> {
        match &self.medium {
            Medium::Memory(memory) => locked(memory).read(key),
            Medium::Disk(disk) => disk.read(|txn| disk.meta_ref(txn, key)),
        }
    }

    fn keys(&self, prefix: &str) -> Result<Vec<(String, Ref)>> {
        match &self.medium {
            Medium::Memory(memory) => Ok(locked(memory).heads(prefix)),
            Medium::Disk(disk) => disk.read(|txn| disk.meta_refs(txn, prefix)),
        }
    }
}

fn stored<'t>(
    disk: &Disk,
    txn: &'t RoTxn<'_, WithoutTls>,
    pos: Pos,
    reference: &Ref,
) -> Result<(Kind, &'t [u8]), Fault> {
    disk.record(txn, pos)?
        .filter(|record| record.reference == *reference && record.is_whole())
        .map(|record| (record.kind, record.payload))
        .ok_or_else(|| damaged(reference).into())
}

fn damaged(reference: &Ref) -> Error {
    Error::Corrupt {
        message: format!("revision {reference} is damaged in the store"),
        subject: Some(*reference),
    }
}

fn locked(memory: &std::sync::RwLock<Memory>) -> RwLockReadGuard<'_, Memory> {
    memory.read().unwrap_or_else(PoisonError::into_inner)
}
