//! The log of heads: one entry for each move of a head, written in the commit of the move.
//!
//! Each commit drops a bounded number of old entries. `store/log.rs` finds names and records.

use std::ops::ControlFlow;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Engine;
use super::log_numbers::Numbers;
use crate::graph::Pos;
use crate::store::format::log::{self as format, Entry, Writer};
use crate::store::format::log_names;
use crate::store::{Fault, Txn, View};
use crate::write::{Moves, Step};
use crate::{Error, Result};

/// Milliseconds between two searches for old records, so that not every commit touches the oldest page.
const DROP_INTERVAL: u64 = 3_600_000;
/// At most this many records, and names, are dropped by a commit. The next commit continues after one that
/// dropped as many.
const DROP_BATCH: usize = 256;
/// At most this many records in the log of a database in memory, some 100 bytes each.
const MEMORY_RECORDS: u64 = 1 << 16;

/// The state of the log that this engine has cached.
#[derive(Debug, Default)]
pub(super) struct Log(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    /// The transaction that the numbers were read or written in. They may differ after one of another process.
    txn: usize,
    /// The last record, if known.
    last: Option<Writer>,
    numbers: Numbers,
    /// The time of the last search for old records.
    looked: u64,
    /// Whether that search found more than it dropped.
    has_more: bool,
    /// The number after the last name that was searched.
    swept: u32,
}

impl Log {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets what a failed transaction wrote.
    pub(super) fn given_up(&self) {
        self.known().forget();
    }
}

impl Engine {
    /// Writes moves of heads into the log, and drops some of the records that are too old.
    pub(super) fn log_moves(&self, txn: &mut dyn Txn, moves: &Moves) -> Result<(), Fault> {
        if moves.list.is_empty() {
            return Ok(());
        }
        let mut known = self.log.known();
        if known.txn.wrapping_add(1) != txn.id() {
            known.forget();
        }
        let mut record = match known.last.take() {
            Some(record) => record,
            None => last_record(txn)?,
        };
        let time = moves.time.max(record.last());
        if self.is_memory() {
            record.begin(record.number() + 1, time); // the number of records is bounded there
        } else {
            record.begin_unless_continued(time);
        }
        for moved in &moves.list {
            if record.is_full() {
                txn.put_log(record.number(), Some(record.value()))?;
                record.begin(record.number() + 1, time);
            }
            let numbers = &mut known.numbers;
            let branch = numbers.of_branch(txn, &moved.branch, time)?;
            let remote = moved.remote.as_deref();
            let remote = remote.map(|name| numbers.of_remote(txn, name, time)).transpose()?;
            let step =
                Step { from: moved.from, to: moved.to, cause: moved.cause, steps: moved.steps };
            let is_same_call = moved.is_same_call;
            record.add(&Entry { time, branch, remote, is_same_call, step });
        }
        let number = record.number();
        txn.put_log(number, Some(record.value()))?;
        known.drop_old(txn, (time, moves.days), self.is_memory().then_some(number))?;
        (known.txn, known.last) = (txn.id(), Some(record));
        Ok(())
    }

    /// Deletes the records up to a number, and the names that no record uses any more.
    pub(super) fn forget_log(&self, txn: &mut dyn Txn, up_to: u64) -> Result<(), Fault> {
        let record = last_record(txn)?;
        let (last, time) = (record.number(), record.last());
        let mut numbers = Vec::new();
        txn.log_forward(&mut |number, _| {
            numbers.push(number);
            Ok(number < up_to)
        })?;
        for number in numbers.into_iter().filter(|&number| number <= up_to && number < last) {
            txn.put_log(number, None)?;
        }
        if last <= up_to {
            txn.put_log(last, Some(Writer::new(last, time).value()))?;
        }
        let mut known = self.log.known();
        known.forget();
        known.swept = 0;
        while known.sweep_names(txn)? {}
        Ok(())
    }
}

/// Returns the positions that the log names, ascending, except in records that a prune deletes; and the number
/// of the last of these.
pub(super) fn logged(
    view: &dyn View,
    is_old: impl Fn(u64) -> bool,
) -> Result<(Vec<Pos>, Option<u64>)> {
    let (mut held, mut forgotten, mut begins) = (Vec::new(), None, true);
    view.log_forward(&mut |number, value| {
        // A damaged record keeps nothing: its positions are unknown.
        let record = format::decode(number, value).unwrap_or_default();
        begins &= is_old(record.last);
        if begins {
            forgotten = Some(number);
        } else {
            let places = record.entries.iter().flat_map(|entry| [entry.step.from, entry.step.to]);
            held.extend(places.flatten());
        }
        Ok(true)
    })?;
    held.sort_unstable();
    held.dedup();
    Ok((held, forgotten))
}

/// Returns the last record, to be continued; number 0 if there is none.
fn last_record(view: &dyn View) -> Result<Writer> {
    let mut last = None;
    view.log_back(u64::MAX, &mut |number, value| {
        last = Some(Writer::of(number, value));
        Ok(false)
    })?;
    Ok(last.unwrap_or_else(|| Writer::new(0, 0)))
}

fn is_damaged(looked: &Result<()>) -> bool {
    matches!(looked, Err(Error::Corrupt { .. }))
}

impl Known {
    /// Forgets what another transaction may have changed.
    fn forget(&mut self) {
        self.last = None;
        self.numbers.clear();
    }

    /// Drops some of the records older than `days`. In memory `last` is the number of the last record, and
    /// records over the maximum are dropped too.
    fn drop_old(
        &mut self,
        txn: &mut dyn Txn,
        (time, days): (u64, u32),
        last: Option<u64>,
    ) -> Result<(), Fault> {
        let is_time = time.abs_diff(self.looked) >= DROP_INTERVAL;
        let is_due = last.is_some_and(|last| last.is_multiple_of(DROP_BATCH as u64 / 2));
        if !(is_time || is_due || self.has_more) {
            return Ok(());
        }
        let oldest = log_names::days_before(time, days);
        let fewest = last.map_or(0, |last| last.saturating_sub(MEMORY_RECORDS));
        let mut old = Vec::new();
        let looked = txn.log_forward(&mut |number, value| {
            let record = format::decode(number, value).unwrap_or_default();
            let is_old = record.last < oldest || number <= fewest;
            if is_old {
                old.push(number);
            }
            Ok(is_old && old.len() < DROP_BATCH)
        });
        if is_damaged(&looked) {
            old.clear(); // kept: a damaged leaf of old moves must not fail a write
        } else {
            looked?;
        }
        for &number in &old {
            txn.put_log(number, None)?;
        }
        if !old.is_empty() {
            match self.sweep_names(txn) {
                Ok(_) | Err(Fault::Ours(Error::Corrupt { .. })) => {}
                Err(fault) => return Err(fault),
            }
        }
        (self.looked, self.has_more) = (time, old.len() == DROP_BATCH);
        Ok(())
    }

    /// Removes some of the names that no record uses; returns whether there are more to search.
    fn sweep_names(&mut self, txn: &mut dyn Txn) -> Result<bool, Fault> {
        let mut today = u32::MAX;
        txn.log_forward(&mut |number, value| {
            let first = format::decode(number, value).map_or(0, |record| record.first);
            today = log_names::day(first);
            Ok(false)
        })?;
        let mut seen = Vec::new();
        txn.log_names(self.swept, &mut |number, value| {
            let name = log_names::decode(number, value);
            seen.push((number, name.is_some_and(|(day, _)| day < today)));
            seen.len() < DROP_BATCH
        })?;
        let has_more = seen.len() == DROP_BATCH;
        self.swept = match seen.last() {
            Some(&(number, _)) if has_more => number.wrapping_add(1),
            _ => 0,
        };
        let mut dropped = false;
        for (number, is_unused) in seen.into_iter().rev() {
            let behind =
                txn.log_name(number.wrapping_add(1), &mut |_| ControlFlow::Continue(()))?;
            if is_unused && behind.is_none() {
                txn.put_log_name(number, None)?;
                dropped = true;
            }
        }
        if dropped {
            self.numbers.clear();
        }
        Ok(has_more && self.swept != 0)
    }
}
