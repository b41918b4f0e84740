//! The store's checks of pages before LMDB reads them (`vouch`).

use heed::{RoTxn, WithoutTls};

use super::disk::Disk;
use super::files::fault::Fault;
use super::vouch::Keyed;
use crate::Result;
use crate::graph::Pos;

impl Disk {
    /// Checks the leaves of the positions from `first` to `end` that were not checked before.
    ///
    /// # Errors
    /// `Corrupt` if one is inconsistent.
    pub(super) fn vouch(
        &self,
        txn: &RoTxn<'_, WithoutTls>,
        first: Pos,
        end: u32,
    ) -> Result<(), Fault> {
        match &self.vouch {
            Some(vouch) => vouch.check(txn, (first, end), (self.path(), self.process_lock.file())),
            None => Ok(()),
        }
    }

    /// Checks the leaves of the log that may contain a record, and those beside it, if not done before.
    ///
    /// # Errors
    /// `Corrupt` if one is inconsistent.
    pub(super) fn vouch_log(&self, txn: &RoTxn<'_, WithoutTls>, number: u64) -> Result<(), Fault> {
        let place = (self.path(), self.process_lock.file());
        self.vouch.as_ref().map_or(Ok(()), |vouch| vouch.check_log(txn, number, place))
    }

    /// Checks the leaves of `meta` or `names` that may contain keys, and those beside them, if not done before.
    ///
    /// # Errors
    /// `Corrupt` if one is inconsistent.
    pub(super) fn vouch_keys(
        &self,
        txn: &RoTxn<'_, WithoutTls>,
        table: Keyed,
        range: (&[u8], &[u8]),
    ) -> Result<(), Fault> {
        let place = (self.path(), self.process_lock.file());
        self.vouch.as_ref().map_or(Ok(()), |vouch| vouch.check_keys(txn, table, range, place))
    }

    /// Checks everything that opening has not.
    ///
    /// # Errors
    /// `Corrupt` if a page is inconsistent.
    pub(super) fn vouch_for_all(&self) -> Result<()> {
        let Some(vouch) = &self.vouch else { return Ok(()) };
        let _open = self.enter()?;
        vouch.check_all(self.path(), self.process_lock.file(), self.env())
    }
}
