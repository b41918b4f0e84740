//! Looking at leaves of `revisions` before LMDB reads them, where opening has not.
//!
//! Opening reads the last 4,096 leaves. Those before are looked at when a revision on one is first read or
//! written, 256 positions at a time, with the leaves beside them, since LMDB joins neighbours when it
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
use super::format::key;
use super::raw::inspect::{self, LEAVES};
use crate::Result;
use crate::graph::Pos;

/// Positions that are checked together.
const CHECK_BATCH: u32 = 256;

/// The part of a database that opening has not checked.
pub(super) struct Vouch {
    /// The table of tables.
    main: Database<Bytes, Bytes>,
    /// A bit for each stretch that was looked at.
    seen: Vec<AtomicU64>,
    /// Whether all must be looked at before the first write.
    writes: AtomicBool,
    /// One reader at a time: reading moves the file's position.
    looking: Mutex<()>,
}

impl Vouch {
    /// `None` where opening has read all.
    pub(super) fn of(
        env: &Env<WithoutTls>,
        revisions: Database<Bytes, Bytes>,
    ) -> Result<Option<Self>, heed::Error> {
        let txn = env.read_txn()?;
        let stat = revisions.stat(&txn)?;
        let Some(main) = env.open_database::<Bytes, Bytes>(&txn, None)? else {
            return Ok(None);
        };
        if stat.leaf_pages as u64 <= LEAVES {
            return Ok(None);
        }
        let last = revisions.last(&txn)?.and_then(|(last, _)| last.first_chunk().copied());
        #[expect(clippy::big_endian_bytes, reason = "keys sort bytewise")]
        let stretches = u32::from_be_bytes(last.unwrap_or_default()) / CHECK_BATCH + 1;
        txn.commit()?;
        Ok(Some(Self {
            main,
            seen: (0..=stretches / 64).map(|_| AtomicU64::new(0)).collect(),
            writes: AtomicBool::new(stat.overflow_pages > 0),
            looking: Mutex::new(()),
        }))
    }

    /// The word and the bit of a stretch that was not looked at.
    fn unseen(&self, stretch: u32) -> Option<(&AtomicU64, u64)> {
        let word = self.seen.get(stretch as usize / 64)?;
        let bit = 1 << (stretch % 64);
        (word.load(Ordering::Acquire) & bit == 0).then_some((word, bit))
    }

    /// Checks the leaves of the positions from `first` to `end` that were not checked before.
    ///
    /// # Errors
    /// `Corrupt` where one does not hold together.
    pub(super) fn check(
        &self,
        txn: &RoTxn<'_, WithoutTls>,
        (first, end): (Pos, u32),
        (folder, file): (&Path, &File),
    ) -> Result<(), Fault> {
        for stretch in first.get() / CHECK_BATCH..=end.max(first.get()) / CHECK_BATCH {
            let Some((word, bit)) = self.unseen(stretch) else { continue };
            let from = stretch * CHECK_BATCH;
            let range = (key(Pos::new(from)), key(Pos::new(from.saturating_add(CHECK_BATCH - 1))));
            let table = self.main.get(txn, b"revisions")?.unwrap_or_default();
            let _alone = self.looking.lock().unwrap_or_else(PoisonError::into_inner);
            inspect::check_leaves(file, table, (&range.0, &range.1))
                .map_err(|wrong| wrong.refusal(&folder.join(DATA_FILE)))?;
            word.fetch_or(bit, Ordering::AcqRel);
        }
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
