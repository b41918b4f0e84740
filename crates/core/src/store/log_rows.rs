//! The rows of the tables `log` and `names` on disk.

use std::ops::{Bound, ControlFlow};

use heed::{RoTxn, RwTxn, WithoutTls};

use super::disk::Disk;
use super::files::fault::Fault;
use super::format::log::{key, number};
use super::format::log_names;
use super::leaf_checks::Keyed;
use super::transaction::{ShowName, ShowRecord};

impl Disk {
    /// As `View::log_back`.
    pub(super) fn log_back(
        &self,
        txn: &RoTxn<'_, WithoutTls>,
        before: u64,
        show: ShowRecord<'_>,
    ) -> Result<(), Fault> {
        let end = key(before.min((1 << 48) - 1));
        // Where this leads beyond the last leaf: opening has checked that one.
        self.check_log_leaves(txn, before)?;
        let range = (Bound::Unbounded, Bound::Excluded(end.as_slice()));
        for row in self.tables.log.rev_range(txn, &range)? {
            let (key, value) = row?;
            let number = self.record_number(key)?;
            self.check_log_leaves(txn, number)?; // and the leaf before its own
            if !show(number, value)? {
                break;
            }
        }
        Ok(())
    }

    /// As `View::log_forward`.
    pub(super) fn log_forward(
        &self,
        txn: &RoTxn<'_, WithoutTls>,
        show: ShowRecord<'_>,
    ) -> Result<(), Fault> {
        self.check_log_leaves(txn, 0)?; // the first leaf, whatever it contains
        for row in self.tables.log.rows(txn)? {
            let (key, value) = row?;
            let number = self.record_number(key)?;
            self.check_log_leaves(txn, number)?;
            if !show(number, value)? {
                break;
            }
        }
        Ok(())
    }

    /// As `View::log_name`.
    pub(super) fn log_name(
        &self,
        txn: &RoTxn<'_, WithoutTls>,
        number: u32,
        show: ShowName<'_>,
    ) -> Result<Option<ControlFlow<u32>>, Fault> {
        let key = log_names::key(number);
        self.check_key_leaves(txn, Keyed::Names, (&key, &key))?;
        Ok(self.tables.names.get(txn, &key)?.map(show))
    }

    /// As `View::log_names`.
    pub(super) fn log_names(
        &self,
        txn: &RoTxn<'_, WithoutTls>,
        first: u32,
        show: &mut dyn FnMut(u32, &[u8]) -> bool,
    ) -> Result<(), Fault> {
        let first = log_names::key(first);
        self.check_key_leaves(txn, Keyed::Names, (&first, &first))?;
        let range = (Bound::Included(first.as_slice()), Bound::Unbounded);
        for row in self.tables.names.range(txn, &range)? {
            let (key, value) = row?;
            let number = log_names::number(key).ok_or_else(|| self.corrupt("a name of the log"))?;
            self.check_key_leaves(txn, Keyed::Names, (key, key))?; // before the next leaf is read
            if !show(number, value) {
                break;
            }
        }
        Ok(())
    }

    /// As `Txn::put_log`.
    pub(super) fn put_log(
        &self,
        txn: &mut RwTxn<'_>,
        number: u64,
        value: Option<&[u8]>,
    ) -> Result<(), Fault> {
        match value {
            Some(value) => self.tables.log.put(txn, &key(number), value)?,
            None => drop(self.tables.log.delete(txn, &key(number))?),
        }
        Ok(())
    }

    /// As `Txn::put_log_name`.
    pub(super) fn put_log_name(
        &self,
        txn: &mut RwTxn<'_>,
        number: u32,
        value: Option<&[u8]>,
    ) -> Result<(), Fault> {
        let key = log_names::key(number);
        self.check_key_leaves(txn, Keyed::Names, (&key, &key))?;
        match value {
            Some(value) => self.tables.names.put(txn, &key, value)?,
            None => drop(self.tables.names.delete(txn, &key)?),
        }
        Ok(())
    }

    fn record_number(&self, key: &[u8]) -> Result<u64, Fault> {
        Ok(number(key).ok_or_else(|| self.corrupt("the key of a record of the log"))?)
    }
}
