//! Texts in the file: choosing the base of a new one, and reading them.

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
    /// Chooses how to store the text of a revision that is about to be written at `pos`; `room` is reused.
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
        self.deltas
            .writing()
            .body_for(before, (pos, revision), room, |pos, most| self.known(txn, pos, most))
    }

    /// Returns what is known of the text at a position; `None` if it has more than `most` bytes or is damaged.
    fn known(
        &self,
        txn: &RoTxn<'_, WithoutTls>,
        pos: Pos,
        most: usize,
    ) -> Result<Option<Known>, Fault> {
        let Some(chain) = self.chain(txn, pos, most)? else { return Ok(None) };
        Ok(chain.known(&mut Unpack::new(Some(&self.deltas.pool)))?)
    }

    /// Returns the chain of records that make the text at a position; `None` if that has more than `most` bytes,
    /// or one is damaged.
    pub(super) fn chain<'t>(
        &self,
        txn: &'t RoTxn<'_, WithoutTls>,
        pos: Pos,
        most: usize,
    ) -> Result<Option<Chain<'t>>, Fault> {
        Chain::follow((pos, most), |pos| self.value(txn, pos))
    }

    /// Returns the value of the record at a position.
    fn value<'t>(
        &self,
        txn: &'t RoTxn<'_, WithoutTls>,
        pos: Pos,
    ) -> Result<Option<&'t [u8]>, Fault> {
        self.check_leaves(txn, pos, pos.get())?;
        Ok(self.tables.revisions.get(txn, &key(pos))?)
    }

    /// Returns a reader for several texts, one after another.
    pub(crate) fn reader(&self) -> Reader<'_> {
        Reader { disk: self, unpack: Unpack::new(Some(&self.deltas.pool)) }
    }
}

/// Reads texts. Successive texts that share a whole one cost less.
pub(crate) struct Reader<'d> {
    disk: &'d Disk,
    unpack: Unpack<'d>,
}

impl Reader<'_> {
    /// Returns how the text of the revision at a position is made from that of another one; `None` if it is not
    /// stored so, or is damaged.
    pub(crate) fn change<'t>(
        &mut self,
        txn: &'t RoTxn<'_, WithoutTls>,
        pos: Pos,
        reference: &Ref,
    ) -> Result<Option<StoredChange<'t>>, Fault> {
        let Some(record) = self.disk.record(txn, pos)? else { return Ok(None) };
        let Form::Hunks { base, is_snapshot, .. } = record.body.form else { return Ok(None) };
        let (true, Ok(meta)) = (record.reference == *reference && record.is_whole(), record.meta())
        else {
            return Ok(None);
        };
        let list = self.unpack.list(&record.body)?;
        let (kind, Body { length, sum, .. }) = (record.kind, record.body);
        Ok(list.map(|list| StoredChange { kind, meta, base, list, is_snapshot, length, sum }))
    }

    /// Returns the text of the revision at a position, checked, and its meta; `None` if the text is damaged or
    /// missing.
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
        let (kind, meta) = (record.kind, record.meta());
        let chain = Chain::below((pos, record), |pos| self.disk.value(txn, pos))?;
        let Some(chain) = chain else { return Ok(None) };
        let text = chain.text(&mut self.unpack)?;
        Ok(text.map(|text| Data { kind, payload: Cow::Owned(text), meta }))
    }
}
