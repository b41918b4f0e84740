//! The table `meta`: the name, and the heads.

use std::ops::Bound;

use heed::types::Bytes;
use heed::{RoTxn, RwTxn, WithoutTls};

use super::disk::Disk;
use super::files::fault::Fault;
use super::format::head::{HEAD_LEN, NAME, NAME_SUM, checked, name_sum, whole_head};
use super::leaf_checks::Keyed;
use super::name_range::{KeyRange, NameRange};
use super::tables::put_name;
use crate::write::{head_key, remote_key};
use crate::{Ref, Result};

/// Entries checked on either side of those asked for. Two reveal a damaged key that replaced another.
const BESIDE: usize = 2;

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
    /// `Corrupt` if there is none, or its checksum is wrong.
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
    /// `Corrupt` if it is damaged, or if there is none and the table is damaged.
    pub(crate) fn meta_ref(
        &self,
        txn: &RoTxn<'_, WithoutTls>,
        key: &str,
    ) -> Result<Option<Ref>, Fault> {
        self.check_key_leaves(txn, Keyed::Meta, (key.as_bytes(), key.as_bytes()))?;
        if let Some(value) = self.tables.meta.get(txn, key)? {
            return Ok(Some(self.head_of(key, value)?));
        }
        self.expect_absent(txn, key)?;
        Ok(None)
    }

    /// Returns the refs of `space` (`heads/` or `remotes/`) whose names are in a range, in order. Costs what is
    /// in the range.
    pub(crate) fn meta_refs(
        &self,
        txn: &RoTxn<'_, WithoutTls>,
        space: &str,
        range: &NameRange<'_>,
    ) -> Result<Vec<(String, Ref)>, Fault> {
        let KeyRange { prefix, start, limit } = KeyRange::of(space, range);
        let start = start.as_ref().map(String::as_bytes);
        let mut order = self.before(txn, start)?;
        let mut heads = Vec::new();
        let mut beyond = 0;
        let table = self.tables.meta.remap_key_type::<Bytes>();
        for entry in table.range(txn, &(start, Bound::Unbounded))? {
            let (key, value) = entry?;
            let head = order.follow(key, value)?;
            self.check_key_leaves(txn, Keyed::Meta, (key, key))?; // before the next leaf is read
            let name = std::str::from_utf8(key).unwrap_or_default().strip_prefix(space);
            match (head, name) {
                (Some(head), Some(name))
                    if beyond == 0 && heads.len() < limit && key.starts_with(prefix.as_bytes()) =>
                {
                    heads.push((name.to_owned(), head));
                }
                _ => beyond += 1,
            }
            if beyond == BESIDE {
                break;
            }
        }
        Ok(heads)
    }

    /// Returns how many branches and remotes have a head. Looks at all entries except branches.
    pub(crate) fn count_heads(&self, txn: &RoTxn<'_, WithoutTls>) -> Result<(u64, u64), Fault> {
        self.check_key_leaves(txn, Keyed::Meta, (b"remotes/", b"remotes0"))?;
        let table = self.tables.meta.remap_key_type::<Bytes>();
        let (heads, end) = (head_key(""), "heads0"); // the character after a slash
        let before = (Bound::Unbounded, Bound::Excluded(heads.as_bytes()));
        let behind = (Bound::Included(end.as_bytes()), Bound::Unbounded);
        let (mut others, mut remotes) = (0, 0);
        for entry in table.range(txn, &before)?.chain(table.range(txn, &behind)?) {
            let (key, _) = entry?;
            others += 1;
            remotes += u64::from(key.starts_with(remote_key("").as_bytes()));
        }
        Ok((table.len(txn)?.saturating_sub(others), remotes))
    }

    /// Ensures that a key that was not found does not exist. A damaged key that led the search astray is beside
    /// the place where it ended, so the entries there are checked.
    fn expect_absent(&self, txn: &RoTxn<'_, WithoutTls>, key: &str) -> Result<(), Fault> {
        let start = Bound::Included(key.as_bytes());
        let mut order = self.before(txn, start)?;
        order.follow_absent(key.as_bytes())?;
        let table = self.tables.meta.remap_key_type::<Bytes>();
        for entry in table.range(txn, &(start, Bound::Unbounded))?.take(BESIDE) {
            let (key, value) = entry?;
            order.follow(key, value)?;
        }
        Ok(())
    }

    /// Checks the entries before a place, and returns them as the start of an order.
    fn before<'d>(
        &'d self,
        txn: &RoTxn<'_, WithoutTls>,
        place: Bound<&[u8]>,
    ) -> Result<InOrder<'d>, Fault> {
        let end = match place {
            Bound::Excluded(key) => Bound::Included(key),
            Bound::Included(key) => Bound::Excluded(key),
            Bound::Unbounded => return Ok(InOrder { disk: self, last: Vec::new() }),
        };
        self.check_key_leaves(txn, Keyed::Meta, ends_of(place))?;
        let table = self.tables.meta.remap_key_type::<Bytes>();
        let last = table.rev_range(txn, &(Bound::Unbounded, end))?.take(BESIDE);
        let last = last.collect::<Result<Vec<_>, _>>()?;
        let mut order = InOrder { disk: self, last: Vec::new() };
        for (key, value) in last.into_iter().rev() {
            order.follow(key, value)?;
        }
        Ok(order)
    }

    /// Writes or removes the ref under a key of the `meta` table.
    pub(crate) fn put_meta(
        &self,
        txn: &mut RwTxn<'_>,
        key: &str,
        reference: Option<Ref>,
    ) -> Result<(), Fault> {
        self.check_key_leaves(txn, Keyed::Meta, (key.as_bytes(), key.as_bytes()))?;
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

/// Returns the key of a place as a range.
const fn ends_of(place: Bound<&[u8]>) -> (&[u8], &[u8]) {
    match place {
        Bound::Excluded(key) | Bound::Included(key) => (key, key),
        Bound::Unbounded => (b"", b""),
    }
}

/// Checks entries of the `meta` table, each after the one before it.
struct InOrder<'d> {
    disk: &'d Disk,
    last: Vec<u8>,
}

impl InOrder<'_> {
    /// Returns the head of the next entry; `None` if that is not a head.
    ///
    /// # Errors
    /// `Corrupt` if it is out of order, or a damaged head.
    fn follow(&mut self, key: &[u8], value: &[u8]) -> Result<Option<Ref>> {
        self.follow_absent(key)?;
        let text = std::str::from_utf8(key).unwrap_or_default();
        if text.starts_with(&head_key("")) || text.starts_with(&remote_key("")) {
            return self.disk.head_of(text, value).map(Some);
        }
        if value.len() == HEAD_LEN && key != NAME.as_bytes() {
            return Err(self.disk.corrupt(&format!("the key of a head, now {text:?}")));
        }
        Ok(None)
    }

    /// Succeeds if a key comes after the last one.
    fn follow_absent(&mut self, key: &[u8]) -> Result<()> {
        if key <= self.last.as_slice() {
            return Err(self.disk.corrupt("its heads are out of order"));
        }
        self.last.clear();
        self.last.extend_from_slice(key);
        Ok(())
    }
}
