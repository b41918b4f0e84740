//! Looking at leaves of `revisions` before LMDB reads them, where opening has not.
//!
//! Opening reads the last 4,096 leaves. Those before are looked at when a revision on one is first read or
//! written, 256 positions at a time, with the leaves beside them, since LMDB joins neighbours when it
//! deletes. Where large values may stand in what was not read, all is looked at before the first write:
//! LMDB might write to a page that is free by mistake.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use heed::types::Bytes;
use heed::{Database, Env, RoTxn, WithoutTls};

use super::disk::{Disk, Fault};
use super::raw::inspect::{self, LEAVES};
use super::{DATA_FILE, key};
use crate::Result;
use crate::graph::Pos;

/// Positions that are looked at together.
const STRETCH: u32 = 256;

/// What of a database was not looked at when it was opened.
pub(super) struct Vouch {
    /// The table of tables.
    main: Database<Bytes, Bytes>,
    /// A bit for each stretch that was looked at.
    seen: Vec<AtomicU64>,
    /// Whether all must be looked at before the first write.
    writes: AtomicBool,
    /// Whoever looks reads the file from where it stands.
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
        let stretches = u32::from_be_bytes(last.unwrap_or_default()) / STRETCH + 1;
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
}

impl Disk {
    /// Looks at the leaves of the positions from `first` to `end`, where nobody has.
    ///
    /// # Errors
    /// `Corrupt` where one does not hold together.
    pub(super) fn vouch(
        &self,
        txn: &RoTxn<'_, WithoutTls>,
        first: Pos,
        end: u32,
    ) -> Result<(), Fault> {
        let Some(vouch) = &self.vouch else { return Ok(()) };
        for stretch in first.get() / STRETCH..=end.max(first.get()) / STRETCH {
            let Some((word, bit)) = vouch.unseen(stretch) else { continue };
            let from = stretch * STRETCH;
            let range = (key(Pos::new(from)), key(Pos::new(from.saturating_add(STRETCH - 1))));
            let table = vouch.main.get(txn, b"revisions")?.unwrap_or_default();
            let _alone = vouch.looking.lock().unwrap_or_else(PoisonError::into_inner);
            inspect::check_leaves(self.sole.file(), table, (&range.0, &range.1))
                .map_err(|wrong| inspect::refusal(&self.path().join(DATA_FILE), wrong))?;
            word.fetch_or(bit, Ordering::AcqRel);
        }
        Ok(())
    }

    /// Looks at all before the first write, where that is needed.
    ///
    /// # Errors
    /// `Corrupt` where a page does not hold together, and at each write from then on.
    pub(super) fn vouch_for_writing(&self) -> Result<()> {
        match &self.vouch {
            Some(vouch) if vouch.writes.load(Ordering::Acquire) => self.vouch_for_all(),
            _ => Ok(()),
        }
    }

    /// Looks at all that opening has not.
    ///
    /// # Errors
    /// `Corrupt` where a page does not hold together.
    pub(super) fn vouch_for_all(&self) -> Result<()> {
        let Some(vouch) = &self.vouch else { return Ok(()) };
        let _alone = vouch.looking.lock().unwrap_or_else(PoisonError::into_inner);
        let _open = self.enter()?;
        inspect::check_all(&self.path().join(DATA_FILE), self.sole.file(), self.env())?;
        vouch.writes.store(false, Ordering::Release);
        Ok(())
    }
}
