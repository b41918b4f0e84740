//! Reading the log of the heads, by pages.

use std::collections::{HashMap, hash_map};

use super::Engine;
use super::log_newest::{Newest, NewestMoves, SCAN_BATCH};
use crate::graph::{Graph, Pos};
use crate::store::View;
use crate::store::format::log::Entry;
use crate::store::log::{entries, name_of, number_of};
use crate::write::{Cause, head_key};
use crate::{Error, Ref, Result};

/// The id of an entry: the number of its record, and its index in the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LogId {
    /// The number of the record.
    pub record: u64,
    /// The index in the record, from 0.
    pub entry: u8,
}

/// Where a head was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoggedPlace {
    /// Nowhere: there was no head.
    None,
    /// At a revision.
    At(Ref),
    /// At a revision of which nothing is left.
    Gone,
}

/// A move of a head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// Its id; later entries have greater ones.
    pub id: LogId,
    /// In ms since 1970.
    pub time: u64,
    /// The branch.
    pub branch: String,
    /// Where the head was.
    pub from: LoggedPlace,
    /// Where it went.
    pub to: LoggedPlace,
    /// What moved it.
    pub cause: Cause,
    /// Number of moves of an undo or redo.
    pub steps: u32,
    /// The remote database that asked for the move.
    pub remote: Option<String>,
}

/// A part of the log, newest first.
#[derive(Debug, Default)]
pub struct LogPage {
    /// The entries.
    pub entries: Vec<LogEntry>,
    /// Where to continue; `None` at the end.
    pub next: Option<LogId>,
}

impl Engine {
    /// Returns how many names the log has.
    ///
    /// # Errors
    /// Any error of reading the store.
    pub fn log_names(&self) -> Result<usize> {
        self.medium.read(|view| {
            let mut count = 0;
            view.log_names(0, &mut |_, _| {
                count += 1;
                true
            })?;
            Ok(count)
        })
    }

    /// Returns at most `limit` entries of the log below `before`, newest first, of `branch` or of all. May
    /// return fewer so as not to take long; `next` says where to continue. The newest entry of a branch costs the
    /// same, however many others there are: each record is read once for all branches.
    ///
    /// # Errors
    /// `Corrupt` if the log is damaged; any error of reading the store.
    pub fn log_page(
        &self,
        branch: Option<&str>,
        before: Option<LogId>,
        limit: usize,
    ) -> Result<LogPage> {
        let found =
            self.medium.read(|view| scan(view, &self.newest_moves, (branch, before, limit)));
        let (rows, names, next) = found?;
        let mut graph = self.graph();
        let places = || rows.iter().flat_map(|row| [row.entry.step.from, row.entry.step.to]);
        if places().flatten().any(|pos| !graph.contains(pos)) {
            while !self.take_in_some()? {}
            graph = self.graph();
        }
        self.notice_deletions()?;
        let name = |number: u32, prefix: &str| {
            let name = names.get(&number).map(String::as_str).unwrap_or_default();
            name.strip_prefix(prefix).unwrap_or(name).to_owned()
        };
        let entries = rows.iter().map(|Row { id, entry }| LogEntry {
            id: *id,
            time: entry.time,
            branch: name(entry.branch, "heads/"),
            from: place(&graph, entry.step.from),
            to: place(&graph, entry.step.to),
            cause: entry.step.cause,
            steps: entry.step.steps,
            remote: entry.remote.map(|number| name(number, "remotes/")),
        });
        Ok(LogPage { entries: entries.collect(), next })
    }
}

struct Row {
    id: LogId,
    entry: Entry,
}

/// Rows of a page, the names in them, and where to continue.
type Scanned = (Vec<Row>, HashMap<u32, String>, Option<LogId>);

fn scan(
    view: &dyn View,
    newest: &NewestMoves,
    (branch, before, limit): (Option<&str>, Option<LogId>, usize),
) -> Result<Scanned> {
    if limit == 0 {
        return Ok(Scanned::default());
    }
    let mut rows: Vec<Row> = Vec::new();
    let wanted = match branch.map(|branch| number_of(view, &head_key(branch))).transpose()? {
        Some(None) => return Ok(Scanned::default()),
        number => number.flatten(),
    };
    let mut looks = 0;
    let mut next = None;
    let mut start = before.map_or(u64::MAX, |before| before.record.saturating_add(1));
    if let Some(number) = wanted {
        match newest.look(view, number, start)? {
            Newest::In(record) => start = start.min(record.saturating_add(1)),
            Newest::Before(record) if record < start => {
                next = Some(LogId { record, entry: 0 });
                return Ok((rows, HashMap::new(), next));
            }
            Newest::Before(_) => {}
            Newest::Nowhere => return Ok(Scanned::default()),
        }
    }
    view.log_back(start, &mut |record, value| {
        if looks >= SCAN_BATCH {
            next = Some(LogId { record: record + 1, entry: 0 });
            return Ok(false);
        }
        let entries = entries(record, value)?;
        looks += 1 + entries.len();
        for (at, entry) in entries.into_iter().enumerate().rev() {
            let id = LogId { record, entry: u8::try_from(at).unwrap_or(u8::MAX) };
            let is_before = before.is_none_or(|before| id < before);
            if !is_before || wanted.is_some_and(|number| number != entry.branch) {
                continue;
            }
            rows.push(Row { id, entry });
            if rows.len() >= limit {
                next = Some(id);
                return Ok(false);
            }
        }
        Ok(true)
    })?;
    let mut names = HashMap::new();
    for number in rows.iter().flat_map(|row| [Some(row.entry.branch), row.entry.remote]).flatten() {
        if let hash_map::Entry::Vacant(place) = names.entry(number) {
            place.insert(name_of(view, number)?);
        }
    }
    Ok((rows, names, next))
}

fn place(graph: &Graph, pos: Option<Pos>) -> LoggedPlace {
    match pos {
        None => LoggedPlace::None,
        Some(pos) if !graph.contains(pos) || graph.dead().is_deleted(pos) => LoggedPlace::Gone,
        Some(pos) => LoggedPlace::At(*graph.ref_at(pos)),
    }
}

impl LogId {
    /// Its form in the API: 14 digits that sort as ids do.
    pub fn text(self) -> String {
        format!("{:012x}{:02x}", self.record, self.entry)
    }

    /// Reads `text`.
    ///
    /// # Errors
    /// `NotFound` for what is no id.
    pub fn parse(text: &str) -> Result<Self> {
        let digits = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let parsed = text.split_at_checked(12).filter(|(_, entry)| digits && entry.len() == 2);
        let parsed = parsed.and_then(|(record, entry)| {
            let record = u64::from_str_radix(record, 16).ok()?;
            Some(Self { record, entry: u8::from_str_radix(entry, 16).ok()? })
        });
        parsed.ok_or_else(|| Error::Misuse(format!("{text:?} is no id of the log")))
    }
}
