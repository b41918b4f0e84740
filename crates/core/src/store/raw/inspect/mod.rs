//! Inspecting a data file before LMDB may touch it.
//!
//! LMDB trusts its file: it may write to a foreign or damaged one, or crash. This reads the meta pages, the
//! trees and the list of free pages itself, without a map or a lock, and refuses a file with any inconsistent
//! bit. Reads all branch pages, and at most 4,096 leaves of `revisions`: a few milliseconds a million
//! revisions. Never writes. Source of the layout: LMDB 0.9, `mdb.c`, `MDB_page`, `MDB_node`, `MDB_db`,
//! `MDB_meta`; 64-bit.

mod free;
pub(in crate::store) mod page;
mod pages;
mod pair;
mod scan;
pub(in crate::store) mod tree;
mod whole;
pub(in crate::store) mod wrong;

use std::fs::File;
use std::io;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use heed::{Env, WithoutTls};

use crate::store::files::{fault, regular};
use crate::store::format::{FIRST_VERSION, FORMAT_KEY, FORMAT_VERSION};
use crate::store::raw::pin::pin;
use crate::store::tables::{OPEN_TIMEOUT, SPECS};
use crate::{Error, Result};
use free::Free;
use page::{Meta, Node, Tree};
use pages::Pages;
use pair::Pair;
pub(in crate::store) use tree::LEAVES;
use whole::Keys;
use wrong::{BAD_PAGE, Wrong};

/// Tries to read a file that another process commits to, and that looks torn for that reason, before LMDB is
/// asked to hold a state of it.
const UNPINNED_TRIES: u32 = 3;
/// Tries to hold a state between two pauses. One during which nobody commits is enough.
const PINNED_TRIES: u32 = 50;
/// Length of a pause.
const PAUSE: Duration = Duration::from_millis(1);

/// Leaves of `meta`, and of `names`, that are checked, from the end: some 4,000 heads.
pub(in crate::store) const META_LEAVES: u64 = 64;
/// The ranges of `meta` without heads: before the branches, between branches and remotes, and after these.
const NO_HEADS: [(&[u8], &[u8]); 3] =
    [(b"", b"heads/"), (b"heads0", b"remotes/"), (b"remotes0", &[0xff; 4])];

/// Result of inspecting a file.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::store) enum Look {
    /// It is ours and undamaged, or empty, or does not exist.
    Whole,
    /// Another process commits so fast that only a held state can be checked.
    Moving,
}

/// Inspects whether the file is ours and undamaged.
///
/// # Errors
/// `Corrupt` for a file that is damaged or not ours; `Store` for one that cannot be read or whose format is
/// newer.
pub(in crate::store) fn look(path: &Path) -> Result<Look> {
    let file = match regular::open(path, File::options().read(true)) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Look::Whole),
        Err(error) => return Err(fault::from_io("open", path, &error)),
    };
    for _ in 0..UNPINNED_TRIES {
        let before = Pair::read(&file);
        let verdict = match &before {
            Ok(Some(pair)) => check_states(&file, pair),
            Ok(None) => Ok(()),
            Err(_) => Err(Wrong::Damaged("it is not an LMDB file")),
        };
        let Err(wrong) = verdict else { return Ok(Look::Whole) };
        match (before, Pair::read(&file)) {
            (Err(wrong), Err(_)) => return Err(wrong.refusal(path)),
            (Ok(before), Ok(after)) if before == after => return Err(wrong.refusal(path)),
            _ => {}
        }
    }
    Ok(Look::Moving)
}

/// As `look`, for a file that no other process writes to.
///
/// # Errors
/// As `look`.
pub(crate) fn check(path: &Path) -> Result<()> {
    match look(path)? {
        Look::Whole => Ok(()),
        Look::Moving => Err(moving(path)),
    }
}

/// As `check`, for the state that readers of `env` see, while others may write.
///
/// # Errors
/// As `look`.
pub(in crate::store) fn check_pinned(path: &Path, env: &Env<WithoutTls>) -> Result<()> {
    let file = regular::open(path, File::options().read(true));
    let file = file.map_err(|error| fault::from_io("open", path, &error))?;
    check_state(path, &file, env, LEAVES)
}

/// As `check_pinned`, but reads all leaves.
///
/// # Errors
/// As `look`.
pub(in crate::store) fn check_all(path: &Path, file: &File, env: &Env<WithoutTls>) -> Result<()> {
    check_state(path, file, env, u64::MAX)
}

fn check_state(path: &Path, file: &File, env: &Env<WithoutTls>, most: u64) -> Result<()> {
    #[expect(clippy::disallowed_methods, reason = "ends a wait; no result depends on it")]
    let began = Instant::now(); // counted pauses take forty times as long on a busy machine
    while began.elapsed() < OPEN_TIMEOUT {
        for _ in 0..PINNED_TRIES {
            let pinned = pin(env, file).map_err(|why| why.told(path))?;
            if let Some((meta, _, _held)) = pinned {
                return check_trees(file, &meta, most).map_err(|wrong| wrong.refusal(path));
            }
            thread::yield_now();
        }
        thread::sleep(PAUSE);
    }
    Err(moving(path))
}

fn moving(path: &Path) -> Error {
    Error::Locked(format!("cannot open {}: another process commits all the time", path.display()))
}

/// Checks the last state, and that it is the last one.
fn check_states(file: &File, pair: &Pair) -> Result<(), Wrong> {
    let walker = tree::Walker::new(file, pair.newer.page_size)?;
    pair.check(walker.pages)?;
    let stamps = [&pair.older, &pair.newer].map(|meta| pair::stamp_of(&walker, meta));
    walker.failure()?; // unread pages prove nothing
    let [older, newer] = stamps;
    pair.check_stamps(older, newer)?;
    match check_trees(file, &pair.newer, LEAVES) {
        // A writer that raises the format commits twice (`docs/format.md`).
        Err(Wrong::Newer(_)) if knows_format(&walker, &pair.older) => {
            Err(Wrong::Damaged("the version of its format"))
        }
        other => other,
    }
}

/// Whether a state has a version of the format that this code reads.
fn knows_format(walker: &tree::Walker<'_>, meta: &Meta) -> bool {
    let version = pair::value_of(walker, meta, FORMAT_KEY);
    let version = version.map(|version| String::from_utf8_lossy(&version).into_owned());
    version.is_some() && check_version(version).is_ok()
}

/// Returns the first fault of a database's file in the state of `meta`. Reads all of it except the insides of
/// large values.
///
/// # Errors
/// Any error of reading.
pub(in crate::store) fn fault_of(file: &File, meta: &Meta) -> io::Result<Option<&'static str>> {
    match check_trees(file, meta, u64::MAX) {
        Ok(()) => Ok(None),
        Err(Wrong::Damaged(what) | Wrong::Foreign(what)) => Ok(Some(what)),
        Err(Wrong::Io(error)) => Err(error),
        Err(Wrong::Newer(_)) => Ok(Some("the version of its format makes no sense")),
    }
}

fn check_trees(file: &File, meta: &Meta, most: u64) -> Result<(), Wrong> {
    let walker = tree::Walker::of(file, meta)?;
    let mut used = Pages::none(meta.last_page.saturating_add(1));
    let free = Free::read(&walker, meta, &mut used)?;
    let mut tables: Vec<(Vec<u8>, Tree)> = Vec::new();
    let mut others = 0_u32;
    whole::check(&walker, (&meta.main, Keys::Any), u64::MAX, &mut used, |node| {
        match node.table() {
            Some(tree) => tables.push((node.key.to_vec(), tree)),
            None => others = others.saturating_add(1),
        }
        Ok(())
    })?;
    if tables.is_empty() && others == 0 {
        return free.check(&used, (walker.file_pages()?, meta.last_page));
    }
    check_tables(&walker, (&tables, others), most, &mut used)?;
    free.check(&used, (walker.file_pages()?, meta.last_page))
}

fn check_tables(
    walker: &tree::Walker<'_>,
    (tables, others): (&[(Vec<u8>, Tree)], u32),
    most: u64,
    used: &mut Pages,
) -> Result<(), Wrong> {
    let table = |name: &str| tables.iter().find(|(key, _)| key == name.as_bytes()).map(|(_, t)| t);
    let meta_table = table("meta").ok_or(Wrong::Foreign("it has no table of that format"))?;
    let lost = |name: &str| {
        table(name).is_none() && tables.iter().any(|(key, _)| is_a_bit_off(key, name.as_bytes()))
    };
    let lacks = SPECS.iter().any(|spec| lost(spec.name));
    if others > 0 || meta_table.flags != 0 || lacks {
        return Err(Wrong::Damaged("the table of its tables"));
    }
    let of_meta = if most == u64::MAX { most } else { META_LEAVES };
    check_meta(walker, meta_table, of_meta, used)?;
    for spec in SPECS {
        let most = match spec.name {
            _ if spec.read_whole => u64::MAX,
            "names" => of_meta, // as long as the list of branches
            _ => most,
        };
        match table(spec.name) {
            Some(tree) if tree.flags == 0 => {
                whole::check(walker, (tree, Keys::Bytes(spec.key_len)), most, used, value_only)?;
            }
            None if spec.may_lack => {}
            _ => return Err(Wrong::Damaged("a table is missing")),
        }
    }
    Ok(())
}

/// Checks some leaves of the table `meta` and, if these are not all, the leaves without heads. The others are
/// checked before they are first read.
fn check_meta(
    walker: &tree::Walker<'_>,
    table: &Tree,
    most: u64,
    used: &mut Pages,
) -> Result<(), Wrong> {
    let tree = (table, Keys::Any);
    let mut version = None;
    let mut note = |node: &Node<'_>| {
        if node.key == FORMAT_KEY.as_bytes() {
            version = Some(String::from_utf8_lossy(node.inline()).into_owned());
        }
        value_only(node)
    };
    if !whole::check(walker, tree, most, used, &mut note)? {
        for (from, to) in NO_HEADS {
            whole::check_range(walker, tree, (from, to), &mut note)?;
        }
    }
    check_version(version)
}

/// Whether two keys differ in one bit.
fn is_a_bit_off(one: &[u8], other: &[u8]) -> bool {
    let bits = one.iter().zip(other).map(|(one, other)| (one ^ other).count_ones()).sum::<u32>();
    one.len() == other.len() && bits == 1
}

fn value_only(node: &Node<'_>) -> Result<(), Wrong> {
    if node.is_table() { Err(BAD_PAGE) } else { Ok(()) }
}

/// Checks the leaves of a table that may contain some keys, all of one length. `table` is its record in the
/// table of tables.
pub(in crate::store) fn check_leaves(
    file: &File,
    table: &[u8],
    range: (&[u8], &[u8]),
) -> Result<(), Wrong> {
    let page_size = Meta::read(file, 0)?.page_size;
    let walker = tree::Walker::new(file, page_size)?;
    let tree = Tree::parse(table).ok_or(BAD_PAGE)?;
    let keys = Keys::Bytes(range.0.len());
    whole::check_range(&walker, (&tree, keys), range, &mut value_only).map(drop)
}

/// As `check_leaves`, for keys of any length. Returns where the keys of the checked leaves begin and end; no
/// end means that of the table.
pub(in crate::store) fn check_keys(
    file: &File,
    table: &[u8],
    range: (&[u8], &[u8]),
) -> Result<(Vec<u8>, Option<Vec<u8>>), Wrong> {
    let page_size = Meta::read(file, 0)?.page_size;
    let walker = tree::Walker::new(file, page_size)?;
    let tree = Tree::parse(table).ok_or(BAD_PAGE)?;
    whole::check_range(&walker, (&tree, Keys::Any), range, &mut value_only)
}

fn check_version(version: Option<String>) -> Result<(), Wrong> {
    let version = version.ok_or(Wrong::Foreign("it names no format"))?;
    match version.parse::<u32>() {
        Ok(FIRST_VERSION..=FORMAT_VERSION) => Ok(()),
        Ok(newer) if newer > FORMAT_VERSION => Err(Wrong::Newer(version)),
        _ => Err(Wrong::Damaged("the version of its format makes no sense")),
    }
}

#[cfg(test)]
mod tests {
    use heed::types::Bytes;
    use heed::{Database, EnvOpenOptions};

    use super::*;
    use crate::store::files::DATA_FILE;

    const PAGE: u32 = 4096;

    fn next(seed: &mut u64) -> u32 {
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (*seed >> 33) as u32
    }

    /// Every file that LMDB writes is accepted: 1,000 commits of values of all sizes, deletions and
    /// tables that are emptied, some given up.
    #[test]
    fn every_file_that_lmdb_writes_is_accepted() {
        let folder = tempfile::tempdir().unwrap();
        let mut open = EnvOpenOptions::new().read_txn_without_tls();
        open.map_size(1 << 26).max_dbs(16);
        #[expect(unsafe_code, reason = "heed marks all flags unsafe")]
        // SAFETY: nobody needs the file after a crash.
        unsafe {
            open.flags(heed::EnvFlags::NO_SYNC)
        };
        #[expect(unsafe_code, reason = "heed marks mapping a file unsafe")]
        // SAFETY: nobody else knows the folder.
        let env = unsafe { open.open(folder.path()) }.unwrap();
        let mut txn = env.write_txn().unwrap();
        let tables = ["revisions", "graph", "dead", "gone", "marks"]
            .map(|name| env.create_database::<Bytes, Bytes>(&mut txn, Some(name)).unwrap());
        let meta: Database<Bytes, Bytes> = env.create_database(&mut txn, Some("meta")).unwrap();
        meta.put(&mut txn, FORMAT_KEY.as_bytes(), b"1").unwrap();
        txn.commit().unwrap();
        let mut seed = 7;
        for commit in 0..1000 {
            let mut txn = env.write_txn().unwrap();
            for _ in 0..next(&mut seed) % 60 {
                let table = tables[next(&mut seed) as usize % tables.len()];
                let key = (next(&mut seed) % 3000).to_le_bytes();
                match next(&mut seed) % 10 {
                    0..5 => drop(table.delete(&mut txn, &key).unwrap()),
                    5..9 => {
                        let size = next(&mut seed) % (PAGE / 12);
                        table.put(&mut txn, &key, &vec![1; size as usize]).unwrap();
                    }
                    _ => {
                        let size = next(&mut seed) % (PAGE * 9);
                        table.put(&mut txn, &key, &vec![2; size as usize]).unwrap();
                    }
                }
                let name = vec![b'n'; 1 + next(&mut seed) as usize % 400];
                meta.put(&mut txn, &name, &name).unwrap();
            }
            match next(&mut seed) % 200 {
                0 => tables[next(&mut seed) as usize % tables.len()].clear(&mut txn).unwrap(),
                1..20 => {
                    txn.abort();
                    continue;
                }
                _ => {}
            }
            txn.commit().unwrap();
            let found = check(&folder.path().join(DATA_FILE));
            found.unwrap_or_else(|error| panic!("after commit {commit}: {error}"));
        }
    }
}
