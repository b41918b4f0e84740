//! The table `meta`: the name, and the heads.

use heed::types::Bytes;
use heed::{RoTxn, RwTxn, WithoutTls};

use super::disk::Disk;
use super::files::fault::Fault;
use super::format::head::{HEAD_LEN, NAME, NAME_SUM, checked, name_sum, whole_head};
use super::tables::put_name;
use crate::write::{head_key, remote_key};
use crate::{Ref, Result};

impl Disk {
    /// Reads a value of the `meta` table that is text.
    fn meta_text(&self, txn: &RoTxn<'_, WithoutTls>, key: &str) -> Result<Option<String>, Fault> {
        let Some(value) = self.tables.meta.get(txn, key)? else {
            return Ok(None);
        };
        let text =
            std::str::from_utf8(value).map_err(|_| self.corrupt(&format!("meta {key:?}")))?;
        Ok(Some(text.to_owned()))
    }

    /// Reads the name of the database.
    ///
    /// # Errors
    /// `Corrupt` where there is none, or it is not what its sum says.
    pub(crate) fn name(&self, txn: &RoTxn<'_, WithoutTls>) -> Result<String, Fault> {
        let name = self.meta_text(txn, NAME)?.ok_or_else(|| self.corrupt("it has no name"))?;
        let sum = self.tables.meta.get(txn, NAME_SUM)?;
        if sum.is_some_and(|sum| sum != name_sum(&name)) {
            return Err(self.corrupt("its name").into());
        }
        Ok(name)
    }

    /// Writes the name of the database.
    pub(super) fn put_name(&self, txn: &mut RwTxn<'_>, name: &str) -> Result<(), Fault> {
        Ok(put_name(self.tables.meta, txn, name)?)
    }

    /// Reads the ref under a key of the `meta` table.
    ///
    /// # Errors
    /// `Corrupt` where it is damaged, or where there is none and the table is damaged.
    pub(crate) fn meta_ref(
        &self,
        txn: &RoTxn<'_, WithoutTls>,
        key: &str,
    ) -> Result<Option<Ref>, Fault> {
        if let Some(value) = self.tables.meta.get(txn, key)? {
            return Ok(Some(self.head_of(key, value)?));
        }
        // It may only not be found: a key that is damaged, or one that leads to it.
        if self.all_heads(txn)?.iter().any(|(other, _)| other == key) {
            return Err(self.corrupt("its heads are out of order").into());
        }
        Ok(None)
    }

    /// Reads all refs whose key starts with `prefix`, the prefix cut off.
    pub(crate) fn meta_refs(
        &self,
        txn: &RoTxn<'_, WithoutTls>,
        prefix: &str,
    ) -> Result<Vec<(String, Ref)>, Fault> {
        let heads = self.all_heads(txn)?.into_iter();
        Ok(heads
            .filter_map(|(key, head)| Some((key.strip_prefix(prefix)?.to_owned(), head)))
            .collect())
    }

    /// Reads all heads and remotes, and sees to it that the table hides none.
    fn all_heads(&self, txn: &RoTxn<'_, WithoutTls>) -> Result<Vec<(String, Ref)>, Fault> {
        let mut heads = Vec::new();
        let mut count = 0_u64;
        let mut last: &[u8] = b"";
        for entry in self.tables.meta.remap_key_type::<Bytes>().iter(txn)? {
            let (key, value) = entry?;
            if key <= last {
                return Err(self.corrupt("its heads are out of order").into());
            }
            last = key;
            count += 1;
            let text = std::str::from_utf8(key).unwrap_or_default();
            if text.starts_with(&head_key("")) || text.starts_with(&remote_key("")) {
                heads.push((text.to_owned(), self.head_of(text, value)?));
            } else if value.len() == HEAD_LEN && key != NAME.as_bytes() {
                return Err(self.corrupt(&format!("the key of a head, now {text:?}")).into());
            }
        }
        if count != self.tables.meta.len(txn)? {
            return Err(self.corrupt("a head is missing").into());
        }
        Ok(heads)
    }

    /// Writes or removes the ref under a key of the `meta` table.
    pub(crate) fn put_meta(
        &self,
        txn: &mut RwTxn<'_>,
        key: &str,
        reference: Option<Ref>,
    ) -> Result<(), Fault> {
        match reference {
            Some(reference) => self.tables.meta.put(txn, key, &checked(key, reference))?,
            None => drop(self.tables.meta.delete(txn, key)?),
        }
        Ok(())
    }

    fn head_of(&self, key: &str, value: &[u8]) -> Result<Ref> {
        whole_head(key, value).ok_or_else(|| self.corrupt(&format!("meta {key:?}")))
    }
}
