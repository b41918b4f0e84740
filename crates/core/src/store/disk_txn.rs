//! The store on disk as one LMDB transaction sees it.

use std::cell::RefCell;
use std::ops::ControlFlow;

use heed::{RoTxn, RwTxn, WithoutTls};

use super::disk::Disk;
use super::downward::Downward;
use super::files::fault::Fault;
use super::format::gc_marks::Marks;
use super::format::tombstone::Remains;
use super::log;
use super::name_range::NameRange;
use super::texts::Reader;
use super::transaction::{Dead, Doomed, ShowMeta, ShowName, ShowRecord, StoredChange, Txn, View};
use crate::graph::{DeadBlock, Graph, Index, Pos};
use crate::revision::Damaged;
use crate::write::{Changes, Data, Step, Stored, Swept};
use crate::{Ref, Result};

/// A store and its transaction.
pub(super) struct DiskTxn<'d, T> {
    pub(super) disk: &'d Disk,
    pub(super) txn: T,
    pub(super) reader: RefCell<Reader<'d>>,
}

impl<'d, T> DiskTxn<'d, T> {
    pub(super) fn new(disk: &'d Disk, txn: T) -> Self {
        Self { disk, txn, reader: RefCell::new(disk.reader()) }
    }
}

/// A transaction, of either kind, that can be read through.
pub(super) trait Reading {
    fn reading(&self) -> &RoTxn<'_, WithoutTls>;
}

impl Reading for &RoTxn<'_, WithoutTls> {
    fn reading(&self) -> &RoTxn<'_, WithoutTls> {
        self
    }
}

impl Reading for &mut RwTxn<'_> {
    fn reading(&self) -> &RoTxn<'_, WithoutTls> {
        self
    }
}

impl<T: Reading> DiskTxn<'_, T> {
    fn get<'t, R>(
        &'t self,
        get: impl FnOnce(&'t Disk, &'t RoTxn<'_, WithoutTls>) -> Result<R, Fault>,
    ) -> Result<R> {
        get(self.disk, self.txn.reading()).map_err(|fault| self.disk.ours(fault))
    }
}

impl<T: Reading> Stored for DiskTxn<'_, T> {
    fn read(&self, key: &str) -> Result<Option<Ref>> {
        self.get(|disk, txn| disk.meta_ref(txn, key))
    }

    fn data(&self, pos: Pos, reference: &Ref) -> Result<Option<Data<'_>>> {
        let mut reader = self.reader.borrow_mut();
        self.get(|_, txn| reader.text(txn, pos, reference))
    }

    fn is_marked(&self, pos: Pos) -> Result<bool> {
        Ok(self.get(|disk, txn| disk.mark(txn, pos))?.is_some())
    }

    fn was_cut(&self, reference: &Ref) -> Result<bool> {
        self.get(|disk, txn| disk.was_cut(txn, reference))
    }

    fn moves_back(&self, branch: &str, show: &mut dyn FnMut(&Step) -> bool) -> Result<()> {
        log::moves_back(self, branch, show)
    }
}

impl<T: Reading> View for DiskTxn<'_, T> {
    fn id(&self) -> usize {
        self.txn.reading().id()
    }

    fn next(&self) -> Result<u32> {
        self.get(Disk::next)
    }

    fn load_some(&self, next: u32, index: &mut Index) -> Result<()> {
        self.get(|disk, txn| disk.load_some(txn, next, index)).map(drop)
    }

    fn metas(&self, at: &[Pos], graph: &Graph, show: ShowMeta<'_>) -> Result<bool> {
        self.get(|disk, txn| {
            let mut records = Downward::new(disk, txn);
            for &pos in at {
                let record = records.at(pos)?;
                let record = record.filter(|record| record.reference == *graph.ref_at(pos));
                if !show(pos, record.map_or(Err(Damaged), |record| record.meta())) {
                    return Ok(false);
                }
            }
            Ok(true)
        })
    }

    fn change(&self, pos: Pos, reference: &Ref) -> Result<Option<StoredChange<'_>>> {
        let mut reader = self.reader.borrow_mut();
        self.get(|_, txn| reader.change(txn, pos, reference))
    }

    fn data_len(&self, pos: Pos) -> Result<usize> {
        let record = self.get(|disk, txn| disk.record(txn, pos))?;
        Ok(record.map_or(0, |record| record.body.length))
    }

    fn sizes(&self, pos: Pos) -> Result<(usize, usize)> {
        let record = self.get(|disk, txn| disk.record(txn, pos))?;
        Ok(record.map_or((0, 0), |record| (record.body.length, record.body.bytes.len())))
    }

    fn count_heads(&self) -> Result<(u64, u64)> {
        self.get(Disk::count_heads)
    }

    fn heads(&self, space: &str, range: &NameRange<'_>) -> Result<Vec<(String, Ref)>> {
        self.get(|disk, txn| disk.meta_refs(txn, space, range))
    }

    fn tombstone(&self, pos: Pos) -> Result<Option<Remains>> {
        self.get(|disk, txn| disk.remains(txn, pos))
    }

    fn marks(&self) -> Result<Marks> {
        self.get(Disk::marks)
    }

    fn deletions(&self) -> Result<(u64, u32)> {
        let counts = self.get(Disk::deletions)?;
        Ok((counts.generation, counts.unswept))
    }

    fn dead_since(&self, generation: u64) -> Result<Vec<(Pos, DeadBlock)>> {
        self.get(|disk, txn| disk.dead_since(txn, generation))
    }

    fn log_back(&self, before: u64, show: ShowRecord<'_>) -> Result<()> {
        self.get(|disk, txn| disk.log_back(txn, before, show))
    }

    fn log_forward(&self, show: ShowRecord<'_>) -> Result<()> {
        self.get(|disk, txn| disk.log_forward(txn, show))
    }

    fn log_name(&self, number: u32, show: ShowName<'_>) -> Result<Option<ControlFlow<u32>>> {
        self.get(|disk, txn| disk.log_name(txn, number, show))
    }

    fn log_names(&self, first: u32, show: &mut dyn FnMut(u32, &[u8]) -> bool) -> Result<()> {
        self.get(|disk, txn| disk.log_names(txn, first, show))
    }
}

impl Txn for DiskTxn<'_, &mut RwTxn<'_>> {
    fn append(&mut self, graph: &Graph, changes: &Changes<'_>) -> Result<Dead, Fault> {
        self.disk.append(self.txn, graph, changes)
    }

    fn put_head(&mut self, key: &str, head: Option<Ref>) -> Result<(), Fault> {
        self.disk.put_meta(self.txn, key, head)
    }

    fn delete(&mut self, doomed: &Doomed<'_>) -> Result<Dead, Fault> {
        self.disk.delete(self.txn, doomed)
    }

    fn sweep(&mut self, start: u32) -> Result<Swept, Fault> {
        self.disk.sweep(self.txn, start)
    }

    fn put_marks(&mut self, old: &Marks, new: &Marks) -> Result<(), Fault> {
        self.disk.put_changed_marks(self.txn, old, new)
    }

    fn put_log(&mut self, number: u64, value: Option<&[u8]>) -> Result<(), Fault> {
        self.disk.put_log(self.txn, number, value)
    }

    fn put_log_name(&mut self, number: u32, value: Option<Vec<u8>>) -> Result<(), Fault> {
        self.disk.put_log_name(self.txn, number, value.as_deref())
    }

    fn clear_cuts(&mut self) -> Result<(), Fault> {
        self.disk.clear_cuts(self.txn)
    }

    fn stamp(&mut self) -> Result<(), Fault> {
        self.disk.stamp(self.txn)
    }
}
