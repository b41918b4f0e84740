//! The values of the `meta` table: the format, the name, and heads with their sums.
//!
//! | key | value |
//! |---|---|
//! | `heads/<branch>`, `remotes/<name>` | ref (32), CRC-32C over key and ref (4, little-endian) |
//! | `name`, the format's | text |

use heed::{RoTxn, RwTxn, WithoutTls};

use super::disk::{Disk, Fault};
use super::fault;
use crate::graph::Pos;
use crate::write::Stored;
use crate::{Error, Ref, Result};

impl Disk {
    /// Reads a value of the `meta` table that is text.
    pub(crate) fn meta_text(
        &self,
        txn: &RoTxn<'_, WithoutTls>,
        key: &str,
    ) -> Result<Option<String>, Fault> {
        let Some(value) = self.meta.get(txn, key)? else {
            return Ok(None);
        };
        let text =
            std::str::from_utf8(value).map_err(|_| self.corrupt(&format!("meta {key:?}")))?;
        Ok(Some(text.to_owned()))
    }

    /// Reads the ref under a key of the `meta` table.
    pub(crate) fn meta_ref(
        &self,
        txn: &RoTxn<'_, WithoutTls>,
        key: &str,
    ) -> Result<Option<Ref>, Fault> {
        let Some(value) = self.meta.get(txn, key)? else {
            return Ok(None);
        };
        Ok(Some(self.head_of(key, value)?))
    }

    /// Reads all refs whose key starts with `prefix`, the prefix cut off.
    pub(crate) fn meta_refs(
        &self,
        txn: &RoTxn<'_, WithoutTls>,
        prefix: &str,
    ) -> Result<Vec<(String, Ref)>, Fault> {
        let mut refs = Vec::new();
        for entry in self.meta.prefix_iter(txn, prefix)? {
            let (key, value) = entry?;
            let name = key.strip_prefix(prefix).unwrap_or(key);
            refs.push((name.to_owned(), self.head_of(key, value)?));
        }
        Ok(refs)
    }

    /// Writes or removes the ref under a key of the `meta` table.
    pub(crate) fn put_meta(
        &self,
        txn: &mut RwTxn<'_>,
        key: &str,
        reference: Option<Ref>,
    ) -> Result<(), Fault> {
        match reference {
            Some(reference) => self.meta.put(txn, key, &checked(key, reference))?,
            None => drop(self.meta.delete(txn, key)?),
        }
        Ok(())
    }

    fn head_of(&self, key: &str, value: &[u8]) -> Result<Ref> {
        whole_head(key, value).ok_or_else(|| self.corrupt(&format!("meta {key:?}")))
    }
}

/// The ref that a value is, if it is undamaged.
pub(super) fn whole_head(key: &str, value: &[u8]) -> Option<Ref> {
    let reference = value.first_chunk::<32>().map(|bytes| Ref::from_bytes(*bytes))?;
    (checked(key, reference) == value).then_some(reference)
}

/// A ref with its CRC-32C over key and ref behind it: the value of a head.
fn checked(key: &str, reference: Ref) -> [u8; 36] {
    let mut value = [0; 36];
    let sum = crc32c::crc32c_append(crc32c::crc32c(key.as_bytes()), reference.as_bytes());
    value[..32].copy_from_slice(reference.as_bytes());
    value[32..].copy_from_slice(&sum.to_le_bytes());
    value
}

/// The store as one transaction sees it.
pub(crate) struct TxnStored<'a, 't>(pub(crate) &'a Disk, pub(crate) &'a RwTxn<'t>);

impl Stored for TxnStored<'_, '_> {
    fn read(&self, key: &str) -> Result<Option<Ref>> {
        self.0.meta_ref(self.1, key).map_err(|fault| ours(self.0, fault))
    }

    fn is_whole(&self, pos: Pos, reference: &Ref) -> Result<bool> {
        let record = self.0.record(self.1, pos).map_err(|fault| ours(self.0, fault))?;
        Ok(record.is_some_and(|record| record.reference == *reference && record.is_whole()))
    }
}

pub(super) fn ours(disk: &Disk, fault: Fault) -> Error {
    match fault {
        Fault::Lmdb(error) => fault::lmdb("read", disk.path(), &error),
        Fault::Ours(error) => error,
    }
}
