//! Checking leaves of `revisions`, `log`, `meta` and `names` before LMDB reads them, if opening has not.
//!
//! Opening checks the last 4,096 leaves of `revisions` and of `log`, the last 64 of `names`, and of `meta` the
//! last 64 and all without heads. The others are checked before a key on one is first read or written: 256
//! positions or 512 records of the log at a time, with the leaves beside them, since LMDB joins neighbours
//! when it deletes. If unchecked leaves may point to large values, everything is checked before the first
//! write: LMDB might write to a page that is wrongly listed as free.

use std::collections::BTreeMap;
use std::fs::File;
use std::ops::Bound;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use heed::types::Bytes;
use heed::{Database, Env, RoTxn, WithoutTls};

use super::files::DATA_FILE;
use super::files::fault::Fault;
use super::format::{key, log};
use super::raw::inspect::{self, LEAVES, META_LEAVES};
use super::table::TableHandle;
use super::tables::Tables;
use crate::Result;
use crate::graph::Pos;

/// Positions checked together.
const CHECK_BATCH: u32 = 256;
/// Records of the log checked together, at most 1,004 bytes each.
const LOG_BATCH: u64 = 512;

/// The part of a database that opening has not checked.
pub(super) struct LeafChecks {
    /// The table of tables.
    main: Database<Bytes, Bytes>,
    revisions: Unread,
    log: Unread,
    heads: Option<Seen>,
    names: Option<Seen>,
    /// Whether everything must be checked before the first write.
    writes: AtomicBool,
    /// Held while checking: one thread at a time, since reading moves the file's position.
    looking: Mutex<()>,
}

/// The unchecked parts of a table, in batches of keys: one bit each, set once checked. Empty if opening has
/// checked all.
struct Unread(Vec<AtomicU64>);

impl Unread {
    /// Makes it for a table with this many batches and leaves.
    fn of(batches: u64, leaves: usize) -> Self {
        let words = if leaves as u64 <= LEAVES { 0 } else { batches / 64 + 1 };
        Self((0..words).map(|_| AtomicU64::new(0)).collect())
    }

    /// Returns the word and the bit of a batch that was not checked yet.
    fn unseen(&self, batch: u64) -> Option<(&AtomicU64, u64)> {
        let word = self.0.get(usize::try_from(batch / 64).ok()?)?;
        let bit = 1 << (batch % 64);
        (word.load(Ordering::Acquire) & bit == 0).then_some((word, bit))
    }
}

/// A table whose keys are not consecutive numbers.
#[derive(Debug, Clone, Copy)]
pub(super) enum Keyed {
    Meta,
    Names,
}

/// The ranges of keys whose leaves were checked, by where they begin. A range without an end extends to that of
/// the table.
#[derive(Default)]
struct Seen(Mutex<BTreeMap<Vec<u8>, Option<Vec<u8>>>>);

impl Seen {
    fn has(&self, (from, to): (&[u8], &[u8])) -> bool {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = seen.range::<[u8], _>((Bound::Unbounded, Bound::Included(from))).next_back();
        before.is_some_and(|(_, end)| end.as_ref().is_none_or(|end| end.as_slice() > to))
    }

    fn add(&self, mut low: Vec<u8>, mut high: Option<Vec<u8>>) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let touches =
            |end: &Option<Vec<u8>>, start: &Vec<u8>| end.as_ref().is_none_or(|end| end >= start);
        if let Some((before, end)) = seen
            .range::<Vec<u8>, _>(..=low.clone())
            .next_back()
            .filter(|(_, end)| touches(end, &low))
        {
            (low, high) = (before.clone(), later(end.clone(), high));
        }
        while let Some((start, end)) = seen.range::<Vec<u8>, _>(low.clone()..).next() {
            if !touches(&high, start) {
                break;
            }
            let start = start.clone();
            high = later(end.clone(), high);
            seen.remove(&start);
        }
        seen.insert(low, high);
    }
}

/// Returns the later of two ends.
fn later(one: Option<Vec<u8>>, other: Option<Vec<u8>>) -> Option<Vec<u8>> {
    one.zip(other).map(|(one, other)| one.max(other))
}

impl LeafChecks {
    /// Returns `None` if opening has checked all.
    pub(super) fn of(env: &Env<WithoutTls>, tables: &Tables) -> Result<Option<Self>, heed::Error> {
        let txn = env.read_txn()?;
        let stat = tables.revisions.stat(&txn)?;
        let Some(main) = env.open_database::<Bytes, Bytes>(&txn, None)? else {
            return Ok(None);
        };
        let last = tables.revisions.last(&txn)?.and_then(|(last, _)| last.first_chunk().copied());
        #[expect(clippy::big_endian_bytes, reason = "keys sort bytewise")]
        let last = u32::from_be_bytes(last.unwrap_or_default());
        let revisions = Unread::of(u64::from(last / CHECK_BATCH) + 1, stat.leaf_pages);
        let mut overflow = if revisions.0.is_empty() { 0 } else { stat.overflow_pages };
        let mut unread = Unread(Vec::new());
        if let Some(table) = tables.log.handle() {
            let stat = table.stat(&txn)?;
            let last = table.last(&txn)?.and_then(|(last, _)| log::number(last));
            unread = Unread::of(last.unwrap_or_default() / LOG_BATCH + 1, stat.leaf_pages);
            overflow += if unread.0.is_empty() { 0 } else { stat.overflow_pages };
        }
        let leaves = tables.meta.stat(&txn)?.leaf_pages as u64;
        let heads = (leaves > META_LEAVES).then(Seen::default);
        let names = match tables.names.handle() {
            Some(table) => table.stat(&txn)?.leaf_pages as u64,
            None => 0,
        };
        let names = (names > META_LEAVES).then(Seen::default);
        txn.commit()?;
        if revisions.0.is_empty() && unread.0.is_empty() && heads.is_none() && names.is_none() {
            return Ok(None);
        }
        Ok(Some(Self {
            main,
            revisions,
            log: unread,
            heads,
            names,
            writes: AtomicBool::new(overflow > 0),
            looking: Mutex::new(()),
        }))
    }

    /// Checks the leaves of the positions from `first` to `end` that were not checked before.
    ///
    /// # Errors
    /// `Corrupt` if one is inconsistent.
    pub(super) fn check(
        &self,
        txn: &RoTxn<'_, WithoutTls>,
        (first, end): (Pos, u32),
        place: (&Path, &File),
    ) -> Result<(), Fault> {
        for batch in first.get() / CHECK_BATCH..=end.max(first.get()) / CHECK_BATCH {
            let from = batch * CHECK_BATCH;
            let range = (key(Pos::new(from)), key(Pos::new(from.saturating_add(CHECK_BATCH - 1))));
            let unseen = self.revisions.unseen(batch.into());
            self.check_unseen(txn, b"revisions", unseen, (&range.0, &range.1), place)?;
        }
        Ok(())
    }

    /// Checks the leaves of the log that may contain the record with that number, and those beside it.
    ///
    /// # Errors
    /// As `check`.
    pub(super) fn check_log(
        &self,
        txn: &RoTxn<'_, WithoutTls>,
        number: u64,
        place: (&Path, &File),
    ) -> Result<(), Fault> {
        let batch = number / LOG_BATCH;
        let Some(unseen) = self.log.unseen(batch) else { return Ok(()) };
        let from = batch * LOG_BATCH;
        let range = (log::key(from), log::key(from + LOG_BATCH - 1));
        self.check_unseen(txn, b"log", Some(unseen), (&range.0, &range.1), place)
    }

    /// Checks the leaves of `meta` or `names` that may contain keys, and those beside them, if not done before.
    ///
    /// # Errors
    /// As `check`.
    pub(super) fn check_keys(
        &self,
        txn: &RoTxn<'_, WithoutTls>,
        table: Keyed,
        range: (&[u8], &[u8]),
        (folder, file): (&Path, &File),
    ) -> Result<(), Fault> {
        let (seen, name) = match table {
            Keyed::Meta => (&self.heads, b"meta".as_slice()),
            Keyed::Names => (&self.names, b"names".as_slice()),
        };
        let Some(seen) = seen.as_ref().filter(|seen| !seen.has(range)) else { return Ok(()) };
        let tree = self.main.get(txn, name)?.unwrap_or_default();
        let _alone = self.looking.lock().unwrap_or_else(PoisonError::into_inner);
        let (low, high) = inspect::check_keys(file, tree, range)
            .map_err(|wrong| wrong.refusal(&folder.join(DATA_FILE)))?;
        seen.add(low, high);
        Ok(())
    }

    fn check_unseen(
        &self,
        txn: &RoTxn<'_, WithoutTls>,
        table: &[u8],
        unseen: Option<(&AtomicU64, u64)>,
        range: (&[u8], &[u8]),
        (folder, file): (&Path, &File),
    ) -> Result<(), Fault> {
        let Some((word, bit)) = unseen else { return Ok(()) };
        let tree = self.main.get(txn, table)?.unwrap_or_default();
        let _alone = self.looking.lock().unwrap_or_else(PoisonError::into_inner);
        inspect::check_leaves(file, tree, range)
            .map_err(|wrong| wrong.refusal(&folder.join(DATA_FILE)))?;
        word.fetch_or(bit, Ordering::AcqRel);
        Ok(())
    }

    /// Whether everything must be checked before the first write.
    pub(super) fn is_due_before_writing(&self) -> bool {
        self.writes.load(Ordering::Acquire)
    }

    /// Checks everything that opening has not.
    ///
    /// # Errors
    /// `Corrupt` if a page is inconsistent; each later write fails the same way.
    pub(super) fn check_all(
        &self,
        folder: &Path,
        file: &File,
        env: &Env<WithoutTls>,
    ) -> Result<()> {
        let _alone = self.looking.lock().unwrap_or_else(PoisonError::into_inner);
        inspect::check_all(&folder.join(DATA_FILE), file, env)?;
        self.writes.store(false, Ordering::Release);
        Ok(())
    }
}
