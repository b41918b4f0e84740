//! Writing the records of a new file, in order. The base of each text is chosen again, among ancestors that
//! have much in common with it. Texts stored whole, because an older version wrote them or their base was
//! deleted, then cost only what changed.

use heed::types::Bytes;
use heed::{Database, PutFlags, RwTxn};

use super::chain::{Chain, Remaker};
use super::deltas::{History, Writing};
use super::disk::Disk;
use super::files::fault::Fault;
use super::format::bases;
use super::format::chunk::{CHUNK, first_of};
use super::format::key;
use super::format::record::{self, Form, Record};
use crate::delta::chain::Known;
use crate::graph::Pos;
use crate::write::Staged;

/// Writes records of `disk` into another file.
pub(crate) struct Rebasing<'d> {
    disk: &'d Disk,
    to: Target,
    remaker: Remaker,
    writing: Writing,
    /// How many positions back the bases are in the chunk that is being written.
    back: Vec<u32>,
    /// The first position of that chunk.
    first: Pos,
    value: Vec<u8>,
}

/// The tables that are written.
#[derive(Clone, Copy)]
pub(crate) struct Target {
    pub(crate) revisions: Database<Bytes, Bytes>,
    pub(crate) bases: Database<Bytes, Bytes>,
}

/// The records written so far.
struct Written<'t, 'p>(Target, &'t RwTxn<'p>);

impl<'d> Rebasing<'d> {
    pub(crate) fn new(disk: &'d Disk, to: Target) -> Self {
        Self {
            disk,
            to,
            remaker: Remaker::default(),
            writing: Writing::new(),
            back: vec![0; CHUNK as usize],
            first: Pos::new(0),
            value: Vec::new(),
        }
    }

    /// Writes the next record. Copies a damaged one as it is.
    pub(crate) fn put(
        &mut self,
        txn: &mut RwTxn<'_>,
        (pos, value): (Pos, &[u8]),
    ) -> Result<(), Fault> {
        while first_of(pos) != self.first {
            self.end_chunk(txn)?;
        }
        let base = match record::decode(pos, value) {
            Some(old) if self.is_changed(&old) => self.put_anew(txn, (pos, value), &old)?,
            old => {
                self.append(txn, pos, value)?;
                old.and_then(|old| old.body.base())
            }
        };
        if let Some(slot) = self.back.get_mut((pos.get() - self.first.get()) as usize) {
            *slot = base.map_or(0, |base| pos.get() - base.get());
        }
        Ok(())
    }

    /// Writes the bases of the full chunks; all positions below `next` are assigned.
    pub(crate) fn finish(&mut self, txn: &mut RwTxn<'_>, next: u32) -> Result<(), Fault> {
        while self.first.get().saturating_add(CHUNK) <= next {
            self.end_chunk(txn)?;
        }
        Ok(())
    }

    /// Whether a text is stored as a change, or may be.
    fn is_changed(&self, old: &Record<'_>) -> bool {
        let deltas = &self.disk.deltas;
        deltas.is_on && (old.body.form != Form::Raw || deltas.stores_changes_of(old.body.length))
    }

    /// Writes a record with a newly chosen base; returns the base.
    fn put_anew(
        &mut self,
        txn: &mut RwTxn<'_>,
        (pos, value): (Pos, &[u8]),
        old: &Record<'_>,
    ) -> Result<Option<Pos>, Fault> {
        let disk = self.disk;
        let value_at = |pos| {
            let read = disk.read(|txn| {
                let value = disk.tables.revisions.get(txn, &key(pos))?;
                Ok(value.map(<[u8]>::to_vec))
            });
            read.ok().flatten()
        };
        let text = self.remaker.text(pos, value, &value_at)?;
        let Some(text) = text else {
            self.append(txn, pos, value)?;
            return Ok(old.body.base());
        };
        let staged = old.staged(&text);
        let (mut list, mut out) = (Vec::new(), Vec::new());
        let body = if disk.deltas.stores_changes_of(text.len()) {
            let written = Written(self.to, txn);
            let room = (&mut list, &mut out);
            self.writing
                .body_for(&written, (pos, &staged), room, |pos, most| written.known(pos, most))?
        } else {
            record::Body::raw(&text)
        };
        self.writing.take_over(); // if anything fails, this file is not used
        // A damaged meta is copied as it is, so that the body survives.
        record::encode_with_meta(pos, &staged, &body, old.raw_meta(), &mut self.value);
        self.value.extend_from_slice(body.bytes);
        self.to.revisions.put_with_flags(txn, PutFlags::APPEND, &key(pos), &self.value)?;
        Ok(body.base())
    }

    fn append(&self, txn: &mut RwTxn<'_>, pos: Pos, value: &[u8]) -> Result<(), Fault> {
        Ok(self.to.revisions.put_with_flags(txn, PutFlags::APPEND, &key(pos), value)?)
    }

    fn end_chunk(&mut self, txn: &mut RwTxn<'_>) -> Result<(), Fault> {
        let value = bases::encode(self.first, &self.back);
        self.to.bases.put(txn, &key(self.first), &value)?;
        self.back.fill(0);
        self.first = Pos::new(self.first.get().saturating_add(CHUNK));
        Ok(())
    }
}

impl Written<'_, '_> {
    fn value(&self, pos: Pos) -> Result<Option<&[u8]>, Fault> {
        let Self(to, txn) = self;
        Ok(to.revisions.get(txn, &key(pos))?)
    }

    /// Returns what is known of the text at a position; `None` if it has more than `most` bytes or is damaged.
    fn known(&self, pos: Pos, most: usize) -> Result<Option<Known>, Fault> {
        let chain = Chain::follow((pos, most), |pos| self.value(pos))?;
        let Some(chain) = chain else { return Ok(None) };
        Ok(chain.known(&mut super::chain::Unpack::new(None))?)
    }
}

impl History for Written<'_, '_> {
    fn is_there(&self, pos: Pos) -> bool {
        matches!(self.value(pos), Ok(Some(_)))
    }

    fn first_parent(&self, pos: Pos) -> Option<Pos> {
        let value = self.value(pos).ok().flatten()?;
        record::decode(pos, value)?.parents().next()
    }
}

impl Record<'_> {
    /// Returns the revision with its text, to be written again; `encode_with_meta` takes its stored meta.
    pub(super) fn staged<'b>(&self, text: &'b [u8]) -> Staged<'b> {
        Staged {
            reference: self.reference,
            generation: self.generation,
            parents: self.parents().collect(),
            kind: self.kind,
            payload: text,
            meta: None,
            erased: None,
        }
    }
}
