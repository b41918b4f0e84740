//! A look at a data file before LMDB may touch it.
//!
//! LMDB trusts its file: given a foreign or damaged one it may write to it or crash. This reads the
//! meta pages and the trees by itself, without a map and without a lock, and refuses what does not
//! hold together. Reads all branch pages and at most 4,096 leaves of revisions and
//! chunks each: a few milliseconds a
//! million revisions. Never writes. Source of the layout: LMDB 0.9, `mdb.c`, `MDB_page`, `MDB_node`,
//! `MDB_db`, `MDB_meta`; 64-bit.

pub(in crate::store) mod page;
mod pair;
mod scan;
pub(in crate::store) mod tree;

use std::fs::File;
use std::io;
use std::path::Path;
use std::thread;

use heed::{Env, WithoutTls};

use crate::store::files::{fault, regular};
use crate::store::raw::snapshot::pin;
use crate::store::{FIRST_VERSION, FORMAT_KEY, FORMAT_VERSION};
use crate::{Error, Result};
use page::{Meta, Tree};
use pair::Pair;

/// Another process that commits meanwhile makes the file look torn: so often it is looked at again before
/// LMDB is asked to hold a state of it.
const TRIES: u32 = 3;
/// So often LMDB is asked; at most some 20 us each, of which one without a commit is enough.
const PINS: u32 = 100_000;

/// What is wrong with a file.
pub(in crate::store) enum Wrong {
    Io(io::Error),
    Damaged(&'static str),
    Foreign(&'static str),
    Newer(String),
}

impl From<io::Error> for Wrong {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// What a look at a file found.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::store) enum Look {
    /// It is one of ours and whole, new, or not there.
    Whole,
    /// Whoever has it open commits so fast that nothing can be told without a hold on one state.
    Moving,
}

/// Looks whether the file is one of ours and whole.
///
/// # Errors
/// `Corrupt` for a file that is damaged or not ours, `Store` for one that cannot be read or whose
/// format is newer.
pub(in crate::store) fn look(path: &Path) -> Result<Look> {
    let file = match regular::open(path, File::options().read(true)) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Look::Whole),
        Err(error) => return Err(fault::from_io("open", path, &error)),
    };
    for _ in 0..TRIES {
        let before = Pair::read(&file);
        let verdict = match &before {
            Ok(Some(pair)) => check_states(&file, pair),
            Ok(None) => Ok(()),
            Err(_) => Err(Wrong::Damaged("it is not an LMDB file")),
        };
        let Err(wrong) = verdict else { return Ok(Look::Whole) };
        match (before, Pair::read(&file)) {
            (Err(wrong), Err(_)) => return Err(refusal(path, wrong)),
            (Ok(before), Ok(after)) if before == after => return Err(refusal(path, wrong)),
            _ => {}
        }
    }
    Ok(Look::Moving)
}

/// As `look`, of a file that nobody else writes to.
///
/// # Errors
/// As `look`.
pub(crate) fn check(path: &Path) -> Result<()> {
    match look(path)? {
        Look::Whole => Ok(()),
        Look::Moving => Err(moving(path)),
    }
}

/// As `check`, of the state that readers of `env` see, while others go on.
///
/// # Errors
/// As `look`.
pub(in crate::store) fn check_pinned(path: &Path, env: &Env<WithoutTls>) -> Result<()> {
    let file = regular::open(path, File::options().read(true));
    let file = file.map_err(|error| fault::from_io("open", path, &error))?;
    for _ in 0..PINS {
        let pinned = pin(env, &file).map_err(|why| why.told(path))?;
        if let Some((meta, _, _held)) = pinned {
            return check_trees(&file, &meta).map_err(|wrong| refusal(path, wrong));
        }
        thread::yield_now();
    }
    Err(moving(path))
}

fn moving(path: &Path) -> Error {
    Error::Locked(format!("cannot open {}: another process commits all the time", path.display()))
}

pub(in crate::store) fn refusal(path: &Path, wrong: Wrong) -> Error {
    let path_text = path.display();
    let message = match wrong {
        Wrong::Io(error) => return fault::from_io("read", path, &error),
        Wrong::Newer(version) => {
            return Error::Store {
                message: format!(
                    "{path_text} has the newer format {version}; update histo-revisions"
                ),
                cause: format!("this version reads format {FORMAT_VERSION}"),
            };
        }
        Wrong::Damaged(what) => format!("{path_text} is damaged: {what}"),
        Wrong::Foreign(what) => format!("{path_text} is not a database of histo-revisions: {what}"),
    };
    Error::Corrupt { message, subject: None }
}

/// Checks the last state, and that it is the last one.
fn check_states(file: &File, pair: &Pair) -> Result<(), Wrong> {
    let walker = tree::Walker::new(file, pair.newer.page_size)?;
    pair.check(walker.pages)?;
    pair.check_stamps(pair::stamp_of(&walker, &pair.older), pair::stamp_of(&walker, &pair.newer))?;
    match check_trees(file, &pair.newer) {
        // Who makes a newer format commits twice (`docs/design.md`).
        Err(Wrong::Newer(_)) if knows_format(&walker, &pair.older) => {
            Err(Wrong::Damaged("the version of its format"))
        }
        other => other,
    }
}

/// Whether a state is of a version of the format that this code reads.
fn knows_format(walker: &tree::Walker<'_>, meta: &Meta) -> bool {
    let version = pair::value_of(walker, meta, FORMAT_KEY);
    let version = version.map(|version| String::from_utf8_lossy(&version).into_owned());
    version.is_some() && check_version(version).is_ok()
}

/// What does not hold together in the file of a database as `meta` has it; its tables whole, but for the
/// leaves of revisions and chunks beyond the first that `check` looks at.
///
/// # Errors
/// What reading ends in.
pub(in crate::store) fn fault_of(file: &File, meta: &Meta) -> io::Result<Option<&'static str>> {
    match check_trees(file, meta) {
        Ok(()) => Ok(None),
        Err(Wrong::Damaged(what) | Wrong::Foreign(what)) => Ok(Some(what)),
        Err(Wrong::Io(error)) => Err(error),
        Err(Wrong::Newer(_)) => Ok(Some("the version of its format makes no sense")),
    }
}

fn check_trees(file: &File, meta: &Meta) -> Result<(), Wrong> {
    let walker = tree::Walker::new(file, meta.page_size)?;
    walker.check(&meta.free, u32::MAX, |_, _| Ok(()))?;
    let mut tables: Vec<(Vec<u8>, Tree)> = Vec::new();
    let mut others = 0_u32;
    walker.check(&meta.main, u32::MAX, |key, value| {
        match value.table() {
            Some(tree) => tables.push((key.to_vec(), tree)),
            None => others = others.saturating_add(1),
        }
        Ok(())
    })?;
    if tables.is_empty() && others == 0 {
        return Ok(());
    }
    let table = |name: &str| tables.iter().find(|(key, _)| key == name.as_bytes()).map(|(_, t)| t);
    let meta_table = table("meta").ok_or(Wrong::Foreign("it has no table of that format"))?;
    let mut version = None;
    walker.check(meta_table, u32::MAX, |key, value| {
        if key == FORMAT_KEY.as_bytes() {
            version = Some(String::from_utf8_lossy(value.inline()).into_owned());
        }
        Ok(())
    })?;
    check_version(version)?;
    for name in ["revisions", "graph"] {
        let tree = table(name).ok_or(Wrong::Damaged("a table is missing"))?;
        walker.check(tree, tree::LEAVES, |_, _| Ok(()))?;
    }
    // What a database that was made before them has not.
    for name in ["dead", "gone", "marks", "cut"] {
        let most = if matches!(name, "dead" | "gone") { u32::MAX } else { tree::LEAVES };
        if let Some(tree) = table(name) {
            walker.check(tree, most, |_, _| Ok(()))?;
        }
    }
    Ok(())
}

fn check_version(version: Option<String>) -> Result<(), Wrong> {
    let version = version.ok_or(Wrong::Foreign("it names no format"))?;
    match version.parse::<u32>() {
        Ok(FIRST_VERSION..=FORMAT_VERSION) => Ok(()),
        Ok(newer) if newer > FORMAT_VERSION => Err(Wrong::Newer(version)),
        _ => Err(Wrong::Damaged("the version of its format makes no sense")),
    }
}
