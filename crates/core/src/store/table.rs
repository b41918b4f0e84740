//! A table: how its keys are compared, and that an older file may lack it.
//!
//! Opening a file for writing makes a table that is lacking. Opening it for reading leaves it lacking, and it reads as
//! empty.

use std::cmp::Ordering;
use std::ops::RangeBounds;

use heed::types::Bytes;
use heed::{Comparator, Database, Env, MdbError, RoTxn, RwTxn, WithoutTls};

type Rows = Database<Bytes, Bytes>;
type Row<'t> = Result<(&'t [u8], &'t [u8]), heed::Error>;

/// Compares keys in the order of LMDB's own function, bytewise, but those of 4 bytes at once. A look-up compares some 20 keys:
/// 60 ns of it, and of a `get`, a twentieth.
enum InOrder {}

impl Comparator for InOrder {
    #[expect(clippy::big_endian_bytes, reason = "keys sort bytewise")]
    #[inline]
    fn compare(a: &[u8], b: &[u8]) -> Ordering {
        match (<[u8; 4]>::try_from(a), <[u8; 4]>::try_from(b)) {
            (Ok(a), Ok(b)) => u32::from_be_bytes(a).cmp(&u32::from_be_bytes(b)),
            _ => a.cmp(b),
        }
    }
}

/// Opens a table with keys of that length, if it exists.
pub(super) fn find(
    env: &Env<WithoutTls>,
    txn: &RoTxn<'_, WithoutTls>,
    (name, key_len): (&str, usize),
) -> Result<Option<Rows>, heed::Error> {
    if key_len == 4 {
        // LMDB remembers the function for the table, whichever handle is used.
        let options = env.database_options().types::<Bytes, Bytes>().key_comparator::<InOrder>();
        let _handle: Option<Database<_, _, InOrder>> = { options }.name(name).open(txn)?;
    }
    env.open_database(txn, Some(name))
}

/// A table that may be lacking.
#[derive(Clone, Copy)]
pub(super) struct Table(Option<Rows>);

/// The handle of a table, found or lacking.
pub(super) trait TableHandle: Sized {
    /// Returns the handle for what was found; `None` if it is lacking and that is not allowed. `lenient`: allow
    /// it where the table may be lacking.
    fn of(found: Option<Rows>, lenient: bool) -> Option<Self>;

    /// LMDB's handle, if the table exists.
    fn handle(&self) -> Option<Rows>;
}

impl TableHandle for Rows {
    fn of(found: Option<Rows>, _: bool) -> Option<Self> {
        found
    }

    fn handle(&self) -> Option<Rows> {
        Some(*self)
    }
}

impl TableHandle for Table {
    fn of(found: Option<Rows>, lenient: bool) -> Option<Self> {
        (lenient || found.is_some()).then_some(Self(found))
    }

    fn handle(&self) -> Option<Rows> {
        self.0
    }
}

impl Table {
    pub(super) fn get<'t>(
        &self,
        txn: &'t RoTxn<'_, WithoutTls>,
        key: &[u8],
    ) -> Result<Option<&'t [u8]>, heed::Error> {
        self.0.map_or(Ok(None), |table| table.get(txn, key))
    }

    pub(super) fn is_empty(&self, txn: &RoTxn<'_, WithoutTls>) -> Result<bool, heed::Error> {
        self.0.map_or(Ok(true), |table| table.is_empty(txn))
    }

    pub(super) fn rows<'t>(
        &self,
        txn: &'t RoTxn<'_, WithoutTls>,
    ) -> Result<impl Iterator<Item = Row<'t>> + use<'t>, heed::Error> {
        Ok(self.0.map(|table| table.iter(txn)).transpose()?.into_iter().flatten())
    }

    pub(super) fn range<'t, R: RangeBounds<[u8]>>(
        &self,
        txn: &'t RoTxn<'_, WithoutTls>,
        range: &R,
    ) -> Result<impl Iterator<Item = Row<'t>> + use<'t, R>, heed::Error> {
        Ok(self.0.map(|table| table.range(txn, range)).transpose()?.into_iter().flatten())
    }

    pub(super) fn rev_range<'t, R: RangeBounds<[u8]>>(
        &self,
        txn: &'t RoTxn<'_, WithoutTls>,
        range: &R,
    ) -> Result<impl Iterator<Item = Row<'t>> + use<'t, R>, heed::Error> {
        Ok(self.0.map(|table| table.rev_range(txn, range)).transpose()?.into_iter().flatten())
    }

    pub(super) fn put(
        &self,
        txn: &mut RwTxn<'_>,
        key: &[u8],
        value: &[u8],
    ) -> Result<(), heed::Error> {
        self.to_write()?.put(txn, key, value)
    }

    pub(super) fn delete(&self, txn: &mut RwTxn<'_>, key: &[u8]) -> Result<bool, heed::Error> {
        self.to_write()?.delete(txn, key)
    }

    pub(super) fn clear(&self, txn: &mut RwTxn<'_>) -> Result<(), heed::Error> {
        self.to_write()?.clear(txn)
    }

    /// Returns the table for writing; a file open for writing has all tables.
    fn to_write(self) -> Result<Rows, heed::Error> {
        self.0.ok_or(heed::Error::Mdb(MdbError::BadDbi))
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn keys_are_in_the_order_of_their_bytes(
            one in vec(any::<u8>(), 0..6),
            other in vec(any::<u8>(), 0..6),
            numbers in any::<[u32; 2]>(),
        ) {
            prop_assert_eq!(InOrder::compare(&one, &other), one.cmp(&other));
            let [one, other] = numbers.map(u32::to_le_bytes);
            prop_assert_eq!(InOrder::compare(&one, &other), one.cmp(&other));
            prop_assert_eq!(InOrder::compare(&one, &one), Ordering::Equal);
        }
    }
}
