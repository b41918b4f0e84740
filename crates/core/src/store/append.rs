//! Writing revisions: new ones after the existing, with the chunks that they fill; and those that came again,
//! in their places.

use std::io::Write;

use heed::{PutFlags, RwTxn};

use super::delete::Deletion;
use super::deltas::Before;
use super::disk::Disk;
use super::files::fault::Fault;
use super::format::bases;
use super::format::chunk::{CHUNK, Encoder};
use super::format::record::Body;
use super::format::{FORMAT_VERSION, key, record};
use super::transaction::Dead;
use crate::Result;
use crate::graph::{Graph, Pos};
use crate::write::{Changes, Staged};

/// Bodies of at least this many bytes are copied into their pages apart from their header. They have pages of
/// their own, so LMDB gains nothing from the hint that they are appended.
const COPIED_ALONE: usize = 1 << 20;

impl Disk {
    /// Appends revisions after those of `graph`, with the chunks that they fill. Writes damaged and deleted
    /// ones again in their places. Raises the format of an older file, also for the log of heads alone.
    pub(crate) fn append(
        &self,
        txn: &mut RwTxn<'_>,
        graph: &Graph,
        changes: &Changes<'_>,
    ) -> Result<Dead, Fault> {
        let Changes { staged, healed, fresh, moves, .. } = changes;
        let first = graph.len();
        if !(staged.is_empty() && healed.is_empty() && moves.list.is_empty()) {
            self.raise_format(txn, FORMAT_VERSION)?;
        }
        self.append_records(txn, &Before { graph, staged })?;
        let mut deletion = None;
        self.heal(txn, graph, healed, &mut deletion)?;
        self.append_erased(txn, graph, changes, &mut deletion)?;
        let dead = deletion.map(|deletion| deletion.end(txn)).transpose()?;
        self.unmark(txn, fresh)?;
        let len = first + u32::try_from(staged.len()).unwrap_or(u32::MAX);
        self.put_bases(txn, first, len)?;
        for chunk in first / CHUNK..len / CHUNK {
            let start = Pos::new(chunk * CHUNK);
            let value = encode_chunk(graph, staged, start);
            self.tables.graph.put(txn, &key(start), &value)?;
        }
        Ok(dead.unwrap_or_default())
    }

    /// Appends the records of all revisions that have data, and the bases of a chunk that they fill.
    fn append_records(&self, txn: &mut RwTxn<'_>, before: &Before<'_, '_>) -> Result<(), Fault> {
        let first = Pos::new(before.graph.len());
        let (mut value, mut list, mut out) = (Vec::new(), Vec::new(), Vec::new());
        // Taken out, so that nothing is locked for each record. It stays out, and begins anew, where one fails.
        let mut tail = std::mem::take(&mut self.deltas.writing().tail);
        if !before.staged.is_empty() {
            tail.begin(first, txn.id());
        }
        for (pos, revision) in (first.get()..).map(Pos::new).zip(before.staged) {
            let mut base = None;
            if revision.erased.is_none() {
                let room = (&mut list, &mut out);
                let body = self.body_for(txn, before, (pos, revision), room)?;
                base = body.base();
                self.append_record(txn, (pos, revision), &body, &mut value)?;
            }
            if let Some((chunk, back)) = tail.push(pos, base) {
                self.tables.bases.put(txn, &key(chunk), &bases::encode(chunk, &back))?;
            }
        }
        self.deltas.writing().tail = tail;
        Ok(())
    }

    /// Writes revisions again in their places, whole: their old bases may be damaged too.
    fn heal<'d>(
        &'d self,
        txn: &mut RwTxn<'_>,
        graph: &Graph,
        healed: &[(Pos, Staged<'_>)],
        deletion: &mut Option<Deletion<'d>>,
    ) -> Result<(), Fault> {
        if healed.is_empty() {
            return Ok(());
        }
        self.deltas.forget();
        let (mut value, mut out) = (Vec::new(), Vec::new());
        for (pos, revision) in healed {
            let body = self.deltas.whole(revision.payload, &mut out)?;
            record::encode(*pos, revision, &body, &mut value);
            self.check_leaves(txn, *pos, pos.get())?;
            let had_record = self.tables.revisions.get(txn, &key(*pos))?.is_some();
            self.tables.revisions.put(txn, &key(*pos), &value)?;
            self.note_base(txn, *pos, None)?;
            self.revive(txn, graph, *pos, had_record, deletion)?;
        }
        Ok(())
    }

    /// Appends one record; `value` is a reused buffer. Copies a large body straight into LMDB's pages, which
    /// saves a third copy of it.
    pub(super) fn append_record(
        &self,
        txn: &mut RwTxn<'_>,
        (pos, revision): (Pos, &Staged<'_>),
        body: &Body<'_>,
        value: &mut Vec<u8>,
    ) -> Result<(), Fault> {
        record::encode_header(pos, revision, body, value);
        if body.bytes.len() < COPIED_ALONE {
            value.extend_from_slice(body.bytes);
            self.tables.revisions.put_with_flags(txn, PutFlags::APPEND, &key(pos), value)?;
            return Ok(());
        }
        let len = value.len() + body.bytes.len();
        self.tables.revisions.put_reserved(txn, &key(pos), len, |room| {
            room.write_all(value)?;
            room.write_all(body.bytes)
        })?;
        Ok(())
    }

    /// Writes a chunk that was missing or damaged.
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
