//! Looking at leaves of `revisions` and `log` before LMDB reads them, where opening has not.
//!
//! Opening reads the last 4,096 leaves of each. Those before are looked at when a revision on one is first read or
//! written, 256 positions or 4,096 records of the log at a time, with the leaves beside them, since LMDB joins neighbours when it
//! deletes. Where large values may stand in what was not read, all is looked at before the first write:
//! LMDB might write to a page that is free by mistake.

use std::fs::File;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use heed::types::Bytes;
use heed::{Database, Env, RoTxn, WithoutTls};

use super::files::DATA_FILE;
use super::files::fault::Fault;
use super::format::{key, log};
use super::raw::inspect::{self, LEAVES};
use super::table::TableHandle;
use super::tables::Tables;
use crate::Result;
use crate::graph::Pos;

/// Positions that are checked together.
const CHECK_BATCH: u32 = 256;
/// Records of the log that are checked together, some 40 bytes each.
const LOG_BATCH: u64 = 4096;

/// The part of a database that opening has not checked.
pub(super) struct Vouch {
    /// The table of tables.
    main: Database<Bytes, Bytes>,
    revisions: Unread,
    log: Unread,
    /// Whether all must be looked at before the first write.
    writes: AtomicBool,
    /// One reader at a time: reading moves the file's position.
    looking: Mutex<()>,
}

/// Stretches of a table that opening has not checked: a bit for each that was looked at since. Empty where opening has
/// read all.
struct Unread(Vec<AtomicU64>);

impl Unread {
    /// Of a table with so many stretches and leaves.
    fn of(stretches: u64, leaves: usize) -> Self {
        let words = if leaves as u64 <= LEAVES { 0 } else { stretches / 64 + 1 };
        Self((0..words).map(|_| AtomicU64::new(0)).collect())
    }

    /// The word and the bit of a stretch that was not looked at.
    fn unseen(&self, stretch: u64) -> Option<(&AtomicU64, u64)> {
        let word = self.0.get(usize::try_from(stretch / 64).ok()?)?;
        let bit = 1 << (stretch % 64);
        (word.load(Ordering::Acquire) & bit == 0).then_some((word, bit))
    }
}

impl Vouch {
    /// `None` where opening has read all.
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
        txn.commit()?;
        if revisions.0.is_empty() && unread.0.is_empty() {
            return Ok(None);
        }
        Ok(Some(Self {
            main,
            revisions,
            log: unread,
            writes: AtomicBool::new(overflow > 0),
            looking: Mutex::new(()),
        }))
    }

    /// Checks the leaves of the positions from `first` to `end` that were not checked before.
    ///
    /// # Errors
    /// `Corrupt` where one does not hold together.
    pub(super) fn check(
        &self,
        txn: &RoTxn<'_, WithoutTls>,
        (first, end): (Pos, u32),
        place: (&Path, &File),
    ) -> Result<(), Fault> {
        for stretch in first.get() / CHECK_BATCH..=end.max(first.get()) / CHECK_BATCH {
            let from = stretch * CHECK_BATCH;
            let range = (key(Pos::new(from)), key(Pos::new(from.saturating_add(CHECK_BATCH - 1))));
            let unseen = self.revisions.unseen(stretch.into());
            self.check_unseen(txn, b"revisions", unseen, (&range.0, &range.1), place)?;
        }
        Ok(())
    }

    /// Checks the leaves of the log that may hold the record of that number, and those beside it.
    ///
    /// # Errors
    /// As `check`.
    pub(super) fn check_log(
        &self,
        txn: &RoTxn<'_, WithoutTls>,
        number: u64,
        place: (&Path, &File),
    ) -> Result<(), Fault> {
        let stretch = number / LOG_BATCH;
        let Some(unseen) = self.log.unseen(stretch) else { return Ok(()) };
        let from = stretch * LOG_BATCH;
        let range = (log::key(from), log::key(from + LOG_BATCH - 1));
        self.check_unseen(txn, b"log", Some(unseen), (&range.0, &range.1), place)
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

    /// Whether all must be looked at before the first write.
    pub(super) fn is_due_before_writing(&self) -> bool {
        self.writes.load(Ordering::Acquire)
    }

    /// Looks at all that opening has not.
    ///
    /// # Errors
    /// `Corrupt` where a page does not hold together, and at each write from then on.
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
