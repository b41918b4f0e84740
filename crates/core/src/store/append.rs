//! Writing revisions: new ones behind the others with the chunks that they fill, and those that came again
//! in their places.

use std::io::Write;

use heed::{PutFlags, RwTxn};

use super::disk::Disk;
use super::files::fault::Fault;
use super::format::chunk::{CHUNK, Encoder};
use super::format::{key, record};
use super::transaction::Dead;
use crate::Result;
use crate::graph::{Graph, Pos};
use crate::write::{Changes, Staged};

/// Payloads from this size on are copied into their pages apart from their header. They stand on pages of their
/// own, so LMDB gains nothing from being told that they are appended.
const COPIED_ALONE: usize = 1 << 20;

impl Disk {
    /// Appends revisions behind those of `graph`, with the chunks that they fill, and writes damaged
    /// and deleted ones anew in their places.
    pub(crate) fn append(
        &self,
        txn: &mut RwTxn<'_>,
        graph: &Graph,
        changes: &Changes<'_>,
    ) -> Result<Dead, Fault> {
        let Changes { staged, healed, fresh, .. } = changes;
        let first = graph.len();
        let mut value = Vec::new();
        for (pos, revision) in (first..).map(Pos::new).zip(staged) {
            if revision.erased.is_some() {
                continue;
            }
            self.append_record(txn, pos, revision, &mut value)?;
        }
        let mut deletion = None;
        for (pos, revision) in healed {
            record::encode(*pos, revision, &mut value);
            self.vouch(txn, *pos, pos.get())?;
            let had_record = self.tables.revisions.get(txn, &key(*pos))?.is_some();
            self.tables.revisions.put(txn, &key(*pos), &value)?;
            self.revive(txn, graph, *pos, had_record, &mut deletion)?;
        }
        self.append_erased(txn, graph, changes, &mut deletion)?;
        let dead = deletion.map(|deletion| deletion.end(txn)).transpose()?;
        self.unmark(txn, fresh)?;
        let len = first + u32::try_from(staged.len()).unwrap_or(u32::MAX);
        for chunk in first / CHUNK..len / CHUNK {
            let start = Pos::new(chunk * CHUNK);
            let value = encode_chunk(graph, staged, start);
            self.tables.graph.put(txn, &key(start), &value)?;
        }
        Ok(dead.unwrap_or_default())
    }

    /// Appends one record; `value` is room that is used again. A large payload is copied straight into
    /// LMDB's pages, so that there is no third copy of it.
    pub(super) fn append_record(
        &self,
        txn: &mut RwTxn<'_>,
        pos: Pos,
        revision: &Staged<'_>,
        value: &mut Vec<u8>,
    ) -> Result<(), Fault> {
        let payload = revision.payload;
        if payload.len() < COPIED_ALONE {
            record::encode(pos, revision, value);
            self.tables.revisions.put_with_flags(txn, PutFlags::APPEND, &key(pos), value)?;
            return Ok(());
        }
        record::encode_header(pos, revision, value);
        let len = value.len() + payload.len();
        self.tables.revisions.put_reserved(txn, &key(pos), len, |room| {
            room.write_all(value)?;
            room.write_all(payload)
        })?;
        Ok(())
    }

    /// Writes a chunk that was missing or damaged anew.
    pub(crate) fn put_chunk(&self, graph: &Graph, start: Pos) -> Result<()> {
        let value = encode_chunk(graph, &[], start);
        self.write(|txn| {
            self.tables.graph.put(txn, &key(start), &value)?;
            self.stamp(txn)
        })
        .map(|_| ())
    }
}

fn encode_chunk(graph: &Graph, staged: &[Staged<'_>], start: Pos) -> Vec<u8> {
    let mut encoder = Encoder::default();
    let mut parents = Vec::new();
    for pos in (start.get()..start.get() + CHUNK).map(Pos::new) {
        if let Some(later) = pos.get().checked_sub(graph.len()) {
            if let Some(revision) = staged.get(later as usize) {
                encoder.push(pos, &revision.reference, &revision.parents);
            }
        } else {
            parents.clear();
            parents.extend(graph.parents(pos));
            encoder.push(pos, graph.ref_at(pos), &parents);
        }
    }
    encoder.finish(start)
}
