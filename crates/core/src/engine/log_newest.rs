//! The record of the log with the newest entry of each branch, so that nobody searches the entries of all others for it.
//!
//! Kept in memory, and found by reading: each record is read once, newest first, a bounded number in each call. A hint: a
//! record is never before the newest entry of its branch, but may be after it, where the log was forgotten since.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Mutex, PoisonError};

use crate::Result;
use crate::store::View;
use crate::store::log::entries;

/// A question reads about this many entries that it does not show, then says where to continue: under 1 ms.
pub(super) const SCAN_BATCH: usize = 1 << 14;

/// At most this many branches are remembered, some 20 bytes each; in a log of more, entries are searched for.
const KNOWN_BRANCHES: usize = 1 << 18;

/// Where to search for the newest entry of a branch.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Newest {
    /// In this record, or before.
    In(u64),
    /// Before this record, if anywhere. Not all records were read, so as not to take long.
    Before(u64),
    /// The log has no entry of the branch.
    Nowhere,
}

/// The newest entries, as far as the log was read.
#[derive(Debug, Default)]
pub(super) struct NewestMoves(Mutex<Seen>);

#[derive(Debug, Default)]
struct Seen {
    /// Records by the number of a branch.
    records: HashMap<u32, u64>,
    /// The first and the last record that was read; all between were.
    range: Option<(u64, u64)>,
    /// Whether there is none before these.
    is_whole: bool,
}

impl NewestMoves {
    /// Looks for a branch by its number, in records before `end`.
    ///
    /// # Errors
    /// `Corrupt` if a record that it reads is damaged; any error of reading the store.
    pub(super) fn look(&self, view: &dyn View, branch: u32, end: u64) -> Result<Newest> {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut looks = 0;
        seen.read_newer(view, &mut looks)?;
        if let Some(&record) = seen.records.get(&branch) {
            return Ok(Newest::In(record));
        }
        if seen.range.is_none_or(|(first, _)| first < end) {
            seen.read_older(view, branch, &mut looks)?;
        }
        let Seen { records, range, is_whole } = &*seen;
        let newest = match (records.get(&branch), range) {
            (Some(&record), _) => Newest::In(record),
            (None, Some((first, _))) if !is_whole => Newest::Before(*first),
            (None, _) => Newest::Nowhere,
        };
        if records.len() > KNOWN_BRANCHES {
            *seen = Seen::default();
        }
        Ok(newest)
    }
}

impl Seen {
    /// Reads what was written since, and the last record again, which may have grown.
    fn read_newer(&mut self, view: &dyn View, looks: &mut usize) -> Result<()> {
        let Some((first, last)) = self.range else { return Ok(()) };
        let mut newer = Self::default();
        let mut meets = true;
        view.log_back(u64::MAX, &mut |number, value| {
            meets = number < last || *looks < SCAN_BATCH;
            if number < last || !meets {
                return Ok(false);
            }
            newer.read(number, value, looks)?;
            Ok(true)
        })?;
        if !meets {
            *self = newer; // with a gap to what was read before, which is read again
            return Ok(());
        }
        for (branch, record) in newer.records {
            let known = self.records.entry(branch).or_insert(record);
            *known = record.max(*known);
        }
        self.range = Some((first, newer.range.map_or(last, |(_, newest)| newest.max(last))));
        Ok(())
    }

    /// Reads on before the first record that was read, until it finds the branch.
    fn read_older(&mut self, view: &dyn View, branch: u32, looks: &mut usize) -> Result<()> {
        if self.is_whole {
            return Ok(());
        }
        let first = self.range.map_or(u64::MAX, |(first, _)| first);
        let mut is_whole = true;
        view.log_back(first, &mut |number, value| {
            is_whole = *looks < SCAN_BATCH && !self.records.contains_key(&branch);
            if is_whole {
                self.read(number, value, looks)?;
            }
            Ok(is_whole)
        })?;
        self.is_whole = is_whole && self.range.is_some();
        Ok(())
    }

    /// Reads the record before all that were read.
    fn read(&mut self, number: u64, value: &[u8], looks: &mut usize) -> Result<()> {
        let entries = entries(number, value)?;
        *looks += 1 + entries.len();
        for entry in entries {
            if let Entry::Vacant(place) = self.records.entry(entry.branch) {
                place.insert(number);
            }
        }
        self.range = Some((number, self.range.map_or(number, |(_, last)| last)));
        Ok(())
    }
}
