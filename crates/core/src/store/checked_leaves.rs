//! The store's checks of pages before LMDB reads them (`leaf_checks`).

use heed::{RoTxn, WithoutTls};

use super::disk::Disk;
use super::files::fault::Fault;
use super::leaf_checks::Keyed;
use crate::Result;
use crate::graph::Pos;

impl Disk {
    /// Checks the leaves of the positions from `first` to `end` that were not checked before.
    ///
    /// # Errors
    /// `Corrupt` if one is inconsistent.
    pub(super) fn check_leaves(
        &self,
        txn: &RoTxn<'_, WithoutTls>,
        first: Pos,
        end: u32,
    ) -> Result<(), Fault> {
        match &self.leaf_checks {
            Some(leaf_checks) => {
                leaf_checks.check(txn, (first, end), (self.path(), self.process_lock.file()))
            }
            None => Ok(()),
        }
    }

    /// Checks the leaves of the log that may contain a record, and those beside it, if not done before.
    ///
    /// # Errors
    /// `Corrupt` if one is inconsistent.
    pub(super) fn check_log_leaves(
        &self,
        txn: &RoTxn<'_, WithoutTls>,
        number: u64,
    ) -> Result<(), Fault> {
        let place = (self.path(), self.process_lock.file());
        self.leaf_checks
            .as_ref()
            .map_or(Ok(()), |leaf_checks| leaf_checks.check_log(txn, number, place))
    }

    /// Checks the leaves of `meta` or `names` that may contain keys, and those beside them, if not done before.
    ///
    /// # Errors
    /// `Corrupt` if one is inconsistent.
    pub(super) fn check_key_leaves(
        &self,
        txn: &RoTxn<'_, WithoutTls>,
        table: Keyed,
        range: (&[u8], &[u8]),
    ) -> Result<(), Fault> {
        let place = (self.path(), self.process_lock.file());
        self.leaf_checks
            .as_ref()
            .map_or(Ok(()), |leaf_checks| leaf_checks.check_keys(txn, table, range, place))
    }

    /// Checks everything that opening has not.
    ///
    /// # Errors
    /// `Corrupt` if a page is inconsistent.
    pub(super) fn check_all_leaves(&self) -> Result<()> {
        let Some(leaf_checks) = &self.leaf_checks else { return Ok(()) };
        let _open = self.enter()?;
        leaf_checks.check_all(self.path(), self.process_lock.file(), self.env())
    }
}
