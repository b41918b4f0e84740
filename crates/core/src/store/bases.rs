//! The bases of records: which records a deletion concerns, and giving these another base.
//!
//! The table is exact or absent: each change of a base updates it. Where it lacks a chunk, or a value is
//! damaged, the records are read instead.

use std::ops::Bound;

use heed::{RoTxn, RwTxn, WithoutTls};

use super::chain::Unpack;
use super::disk::Disk;
use super::files::fault::Fault;
use super::format::bases;
use super::format::chunk::{CHUNK, first_of};
use super::format::key;
use super::format::record::{self, Form};
use crate::delta::chain::as_one;
use crate::graph::Pos;

/// A record and its base.
type Anew = (Vec<u8>, Option<Pos>);

impl Disk {
    /// Writes the bases of the chunks between the positions `from` and `to` that the table lacks.
    pub(super) fn put_bases(&self, txn: &mut RwTxn<'_>, from: u32, to: u32) -> Result<(), Fault> {
        for chunk in from / CHUNK..to / CHUNK {
            let first = Pos::new(chunk * CHUNK);
            if self.tables.bases.get(txn, &key(first))?.is_none() {
                let back = self.read_bases(txn, first)?;
                self.tables.bases.put(txn, &key(first), &bases::encode(first, &back))?;
            }
        }
        Ok(())
    }

    /// Returns how many positions back each base of a chunk is, from the table or the records.
    fn bases_of(&self, txn: &RoTxn<'_, WithoutTls>, first: Pos) -> Result<Vec<u32>, Fault> {
        let value = self.tables.bases.get(txn, &key(first))?;
        match value.and_then(|value| bases::decode(first, value)) {
            Some(back) => Ok(back),
            None => self.read_bases(txn, first),
        }
    }

    /// As `bases_of`, from the records. A record with a damaged header counts as whole: it is lost anyway.
    fn read_bases(&self, txn: &RoTxn<'_, WithoutTls>, first: Pos) -> Result<Vec<u32>, Fault> {
        let end = first.get().saturating_add(CHUNK);
        self.check_leaves(txn, first, end)?;
        let (from, to) = (key(first), key(Pos::new(end)));
        let range = (Bound::Included(&from[..]), Bound::Excluded(&to[..]));
        let mut back = vec![0; CHUNK as usize];
        for entry in self.tables.revisions.range(txn, &range)? {
            let (found, value) = entry?;
            let pos = self.position_of(found)?;
            let base = record::decode(pos, value).and_then(|record| record.body.base());
            if let Some(slot) = back.get_mut((pos.get() - first.get()) as usize) {
                *slot = base.map_or(0, |base| pos.get() - base.get());
            }
        }
        Ok(back)
    }

    /// Returns the positions of the records whose base `is_doomed`, ascending; `lowest` is the first doomed
    /// one.
    fn based_on(
        &self,
        txn: &RoTxn<'_, WithoutTls>,
        lowest: Pos,
        is_doomed: impl Fn(Pos) -> bool,
    ) -> Result<Vec<Pos>, Fault> {
        let mut found = Vec::new();
        let mut first = first_of(lowest);
        let next = self.next(txn)?;
        while first.get() < next {
            let back = self.bases_of(txn, first)?;
            for (pos, back) in (first.get()..).zip(back) {
                if back != 0 && is_doomed(Pos::new(pos - back)) {
                    found.push(Pos::new(pos));
                }
            }
            first = Pos::new(first.get().saturating_add(CHUNK));
        }
        Ok(found)
    }

    /// Gives each record that stays, and whose base goes, another one: the nearest base that stays, by one
    /// fold, or none. `doomed` ascends. Damaged records stay as they are.
    pub(crate) fn base_anew(&self, txn: &mut RwTxn<'_>, doomed: &[Pos]) -> Result<(), Fault> {
        let Some(&lowest) = doomed.first() else { return Ok(()) };
        let is_doomed = |pos: Pos| doomed.binary_search(&pos).is_ok();
        let found = self.based_on(txn, lowest, is_doomed)?;
        self.deltas.forget();
        for pos in found {
            if !is_doomed(pos) {
                self.rebase(txn, pos, is_doomed)?;
            }
        }
        Ok(())
    }

    fn rebase(
        &self,
        txn: &mut RwTxn<'_>,
        pos: Pos,
        is_doomed: impl Fn(Pos) -> bool,
    ) -> Result<(), Fault> {
        let Some((value, base)) = self.rebased(txn, pos, is_doomed)? else { return Ok(()) };
        self.tables.revisions.put(txn, &key(pos), &value)?;
        self.note_base(txn, pos, base)
    }

    /// Returns the record at a position on the nearest base that stays, and that base; `None` if it is damaged.
    fn rebased(
        &self,
        txn: &RoTxn<'_, WithoutTls>,
        pos: Pos,
        is_doomed: impl Fn(Pos) -> bool,
    ) -> Result<Option<Anew>, Fault> {
        let Some(chain) = self.chain(txn, pos, usize::MAX)? else { return Ok(None) };
        let mut unpack = Unpack::new(Some(&self.deltas.pool));
        let Some(text) = chain.text(&mut unpack)? else { return Ok(None) };
        let Some(((_, own), below)) = chain.records().split_first() else { return Ok(None) };
        let stays = below.iter().find(|(pos, _)| !is_doomed(*pos));
        let staged = own.staged(&text);
        let folded = match stays {
            Some((base, record)) => chain.list_on(*base, record.body.length, &mut unpack)?,
            None => None,
        };
        let (mut out, mut value) = (Vec::new(), Vec::new());
        let body = match (stays, &folded) {
            (Some((base, _)), Some(list)) if list.len() <= text.len() / 4 => {
                let is_snapshot = matches!(own.body.form, Form::Hunks { is_snapshot: true, .. });
                let on = (*base, &**list, is_snapshot);
                self.deltas.writing().hunks((own.body.length, own.body.sum), on, &mut out)?
            }
            _ => self.deltas.whole(&text, &mut out)?,
        };
        // A damaged meta is copied as it is, so that the body survives.
        record::encode_with_meta(pos, &staged, &body, own.raw_meta(), &mut value);
        value.extend_from_slice(body.bytes);
        Ok(Some((value, body.base())))
    }

    /// Records in the table the base of a record that is written again.
    pub(super) fn note_base(
        &self,
        txn: &mut RwTxn<'_>,
        pos: Pos,
        base: Option<Pos>,
    ) -> Result<(), Fault> {
        let first = first_of(pos);
        if self.next(txn)? < first.get().saturating_add(CHUNK) {
            return Ok(()); // its chunk is not full and so not in the table
        }
        let mut back = self.bases_of(txn, first)?;
        let own = base.map_or(0, |base| pos.get() - base.get());
        if let Some(slot) = back.get_mut((pos.get() - first.get()) as usize) {
            *slot = own;
        }
        Ok(self.tables.bases.put(txn, &key(first), &bases::encode(first, &back))?)
    }
}

impl super::chain::Chain<'_> {
    /// Returns the hunks that make the text from that of a base in the chain, which has `length` bytes; `None`
    /// if there are too many to fold.
    fn list_on(
        &self,
        base: Pos,
        length: usize,
        unpack: &mut Unpack<'_>,
    ) -> Result<Option<Vec<u8>>, Fault> {
        let number = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        let above = self.records().iter().take_while(|(pos, _)| *pos != base).count();
        let mut lists = Vec::new();
        for (_, record) in self.records()[..above].iter().rev() {
            let Some(bytes) = unpack.list(&record.body)? else { return Ok(None) };
            lists.push((bytes, number(record.body.length)));
        }
        let all = lists.iter().map(|(bytes, length)| (&**bytes, *length));
        Ok(as_one(number(length), all))
    }
}
