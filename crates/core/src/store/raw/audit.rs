//! Showing all content of a file, page by page and without LMDB, which trusts its pages.

use std::borrow::Cow;
use std::io;

use crate::graph::{Pos, Step};
use crate::store::disk::Disk;
use crate::store::files::{DATA_FILE, fault};
use crate::store::format::head::{HEAD_LEN, NAME, whole_head};
use crate::store::format::{key, log, log_names, position};
use crate::store::raw::inspect;
use crate::store::raw::inspect::page::Meta;
use crate::store::raw::inspect::tree::Walker;
use crate::store::raw::snapshot::Snapshot;
use crate::write::{head_key, remote_key};
use crate::{Ref, Result};

/// The keys of a file's heads and remotes with their refs, `None` where damaged; and the first inconsistency of
/// the file itself.
pub(crate) struct Framework {
    pub(crate) heads: Vec<(String, Option<Ref>)>,
    pub(crate) fault: Option<&'static str>,
}

impl Disk {
    /// Shows the values of the positions from `next` to before `end`, in order, `None` if there is none, about
    /// `budget` bytes of them. Also passes a function that looks up any other value. Returns the position after
    /// the last one shown, or `next` if no consistent state of the file was found yet.
    ///
    /// # Errors
    /// `Store` if the file cannot be opened or read. `Locked` if it is read without locks and others have
    /// written; what was shown is not valid then.
    pub(crate) fn audit<F: FnMut(Pos, Option<&[u8]>, &dyn Fn(Pos) -> Option<Vec<u8>>)>(
        &self,
        next: u32,
        end: u32,
        budget: usize,
        mut show: F,
    ) -> Result<u32> {
        let Step::Done(snapshot) = self.snapshot()? else {
            return Ok(next);
        };
        let walker = self.walker(&snapshot)?;
        let mut next = next;
        let mut left = budget;
        let table = walker.table(&snapshot.meta, "revisions");
        self.readable(walker.failure())?;
        let Ok(table) = table else {
            (next..end).for_each(|pos| show(Pos::new(pos), None, &|_| None));
            return Ok(end);
        };
        let from = key(Pos::new(next));
        let value_at = |pos: Pos| {
            let (wanted, mut found) = (key(pos), None);
            walker.scan(&table, &wanted, |node| {
                let value = || walker.value_of(node).map(Cow::into_owned);
                found = if node.key == wanted { value() } else { None };
                false
            });
            found
        };
        walker.scan(&table, &from, |node| {
            let Some(pos) = position(node.key).map(Pos::get).filter(|&pos| pos >= next) else {
                return true; // no key of ours, or out of order: the positions that are missing then are shown below
            };
            (next..pos.min(end)).for_each(|absent| show(Pos::new(absent), None, &value_at));
            if pos >= end {
                next = end;
                return false;
            }
            let value = walker.value_of(node);
            left = left.saturating_sub(value.as_ref().map_or(0, |value| value.len()) + ROW_COST);
            show(Pos::new(pos), value.as_deref(), &value_at);
            next = pos + 1;
            next < end && left > 0
        });
        self.readable(walker.failure())?;
        self.expect_kept(snapshot.txn.id())?;
        if left > 0 {
            (next..end).for_each(|absent| show(Pos::new(absent), None, &value_at));
            next = end;
        }
        Ok(next)
    }

    /// Checks everything but the revisions; `Pending` if no consistent state of the file was found yet.
    ///
    /// # Errors
    /// `Store` if the file cannot be opened or read.
    pub(crate) fn framework(&self) -> Result<Step<Framework>> {
        let Step::Done(snapshot) = self.snapshot()? else {
            return Ok(Step::Pending);
        };
        let walker = self.walker(&snapshot)?;
        let mut heads = Vec::new();
        if let Ok(table) = walker.table(&snapshot.meta, "meta") {
            walker.scan(&table, b"", |node| {
                let key = String::from_utf8_lossy(node.key);
                let value = walker.value_of(node).unwrap_or_default();
                let is_head = key.starts_with(&head_key("")) || key.starts_with(&remote_key(""));
                if is_head || (value.len() == HEAD_LEN && key != NAME) {
                    let head = whole_head(&key, &value);
                    heads.push((key.into_owned(), head));
                }
                true
            });
        }
        self.readable(walker.failure())?;
        let fault = self.readable(inspect::fault_of(&snapshot.file, &snapshot.meta))?;
        let fault = fault.or_else(|| log_fault(&walker, &snapshot.meta));
        self.readable(walker.failure())?;
        self.expect_kept(snapshot.txn.id())?;
        Ok(Step::Done(Framework { heads, fault }))
    }

    fn walker<'s>(&self, snapshot: &'s Snapshot) -> Result<Walker<'s>> {
        let walker = Walker::new(&snapshot.file, snapshot.meta.page_size);
        walker.map_err(|wrong| wrong.refusal(&self.path().join(DATA_FILE)))
    }

    fn readable<R>(&self, read: io::Result<R>) -> Result<R> {
        read.map_err(|error| fault::from_io("read", &self.path().join(DATA_FILE), &error))
    }
}

/// Returns the first fault in the values of the log of heads.
fn log_fault(walker: &Walker<'_>, meta: &Meta) -> Option<&'static str> {
    let is_record = |key: &[u8], value: &[u8]| {
        log::number(key).is_some_and(|number| log::decode(number, value).is_some())
    };
    let is_name = |key: &[u8], value: &[u8]| {
        log_names::number(key).is_some_and(|number| log_names::decode(number, value).is_some())
    };
    let all = |name: &str, is_whole: &dyn Fn(&[u8], &[u8]) -> bool| {
        let Ok(table) = walker.table(meta, name) else { return true }; // an old file lacks it
        let mut whole = true;
        walker.scan(&table, b"", |node| {
            whole = walker.value_of(node).is_some_and(|value| is_whole(node.key, &value));
            whole
        });
        whole
    };
    if !all("log", &is_record) {
        return Some("a record of the log of the heads");
    }
    (!all("names", &is_name)).then_some("a name in the log of the heads")
}

/// Cost of checking a revision beside its bytes, in bytes: mostly hashing its ref.
const ROW_COST: usize = 512;
