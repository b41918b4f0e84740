//! Texts in the file: what a new one is based on, and reading them.

use std::borrow::Cow;

use heed::{RoTxn, RwTxn, WithoutTls};

use super::chain::{Chain, Unpack};
use super::deltas::Before;
use super::disk::Disk;
use super::files::fault::Fault;
use super::format::key;
use super::format::record::{Body, Form};
use super::transaction::StoredChange;
use crate::Ref;
use crate::delta::chain::Known;
use crate::graph::Pos;
use crate::write::{Data, Staged};

impl Disk {
    /// What the text of a revision that is about to be written at `pos` is stored as; `room` is used again.
    pub(super) fn body_for<'b>(
        &self,
        txn: &RwTxn<'_>,
        before: &Before<'_, '_>,
        (pos, revision): (Pos, &Staged<'b>),
        room: (&'b mut Vec<u8>, &'b mut Vec<u8>),
    ) -> Result<Body<'b>, Fault> {
        if !self.deltas.stores_changes_of(revision.payload.len()) {
            return Ok(Body::raw(revision.payload));
        }
        self.deltas.writing().body_for(before, (pos, revision), room, |pos| self.known(txn, pos))
    }

    /// What is known of the text at a position; `None` where it is damaged.
    fn known(&self, txn: &RoTxn<'_, WithoutTls>, pos: Pos) -> Result<Option<Known>, Fault> {
        let Some(chain) = self.chain(txn, pos)? else { return Ok(None) };
        Ok(chain.known(&mut Unpack::new(Some(&self.deltas.pool)))?)
    }

    /// The records that the text at a position is made of; `None` where one is damaged.
    pub(super) fn chain<'t>(
        &self,
        txn: &'t RoTxn<'_, WithoutTls>,
        pos: Pos,
    ) -> Result<Option<Chain<'t>>, Fault> {
        Chain::follow(pos, |pos| {
            self.vouch(txn, pos, pos.get())?;
            Ok(self.tables.revisions.get(txn, &key(pos))?)
        })
    }

    /// Reads texts, one after another.
    pub(crate) fn reader(&self) -> Reader<'_> {
        Reader { disk: self, unpack: Unpack::new(Some(&self.deltas.pool)) }
    }
}

/// Reads texts. Those that are made of the same whole one cost less in a row.
pub(crate) struct Reader<'d> {
    disk: &'d Disk,
    unpack: Unpack<'d>,
}

impl Reader<'_> {
    /// How the text of the revision at a position is made of that of another one; `None` where it is not stored so, or
    /// as a snapshot, or is damaged.
    pub(crate) fn change<'t>(
        &mut self,
        txn: &'t RoTxn<'_, WithoutTls>,
        pos: Pos,
        reference: &Ref,
    ) -> Result<Option<StoredChange<'t>>, Fault> {
        let Some(record) = self.disk.record(txn, pos)? else { return Ok(None) };
        let Form::Hunks { base, is_snapshot: false, .. } = record.body.form else {
            return Ok(None);
        };
        let (true, Ok(meta)) = (record.reference == *reference && record.is_whole(), record.meta())
        else {
            return Ok(None);
        };
        let list = self.unpack.list(&record.body)?;
        let (kind, length) = (record.kind, record.body.length);
        Ok(list.map(|list| StoredChange { kind, meta, base, list, length }))
    }

    /// The text of the revision at a position, checked, and its meta; `None` where the text is damaged or not there.
    pub(crate) fn text<'t>(
        &mut self,
        txn: &'t RoTxn<'_, WithoutTls>,
        pos: Pos,
        reference: &Ref,
    ) -> Result<Option<Data<'t>>, Fault> {
        let Some(record) = self.disk.record(txn, pos)? else { return Ok(None) };
        if record.reference != *reference || !record.is_whole() {
            return Ok(None);
        }
        if record.body.form == Form::Raw {
            let payload = Cow::Borrowed(record.body.bytes);
            return Ok(Some(Data { kind: record.kind, payload, meta: record.meta() }));
        }
        let Some(chain) = self.disk.chain(txn, pos)? else { return Ok(None) };
        let text = chain.text(&mut self.unpack)?;
        let (kind, meta) = (record.kind, record.meta());
        Ok(text.map(|text| Data { kind, payload: Cow::Owned(text), meta }))
    }
}
