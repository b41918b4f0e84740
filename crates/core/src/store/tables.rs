//! The tables of a database: found without a write transaction if all exist, made if one does not.
//!
//! LMDB's write lock has no timeout, and another process may keep its transaction open as long as it likes. So
//! opening takes the lock only if a table must be made.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use heed::types::{Bytes, Str};
use heed::{Database, Env, RoTxn, RwTxn, WithoutTls};

use super::files::fault::Fault;
use super::format::head::{NAME, NAME_SUM, name_sum};
use super::format::{FORMAT_KEY, FORMAT_VERSION, stamp};
use super::table::{self, Table, TableHandle};
use crate::{Error, Result};

/// Longest wait of an opening for other processes: for a moment without commits, and for the right to make tables.
/// Shorter where tests wait for it.
pub(super) const OPEN_TIMEOUT: Duration =
    Duration::from_secs(if cfg!(feature = "failpoints") { 1 } else { 10 });

/// A table other than `meta`, as inspecting a file expects it.
pub(super) struct TableSpec {
    pub(super) name: &'static str,
    /// Bytes of each key.
    pub(super) key_len: usize,
    /// Whether opening reads all its leaves, and not only the last ones.
    pub(super) read_whole: bool,
    /// Whether an older file may lack it.
    pub(super) may_lack: bool,
}

/// The type of a table, depending on whether a file may lack it.
macro_rules! table_type {
    (true) => { Table };
    (false) => { Database<Bytes, Bytes> };
}

/// Defines `Tables`, with a field for each line, and `SPECS`.
macro_rules! tables {
    ($($(#[$doc:meta])* $name:ident: $key_len:literal, $read_whole:literal, $may_lack:tt;)*) => {
        /// The tables, open.
        #[derive(Clone, Copy)]
        pub(super) struct Tables {
            /// The format, the name, the heads.
            pub(super) meta: Database<Str, Bytes>,
            $($(#[$doc])* pub(super) $name: table_type!($may_lack),)*
        }

        /// All tables but `meta`.
        pub(super) const SPECS: &[TableSpec] = &[$(TableSpec {
            name: stringify!($name),
            key_len: $key_len,
            read_whole: $read_whole,
            may_lack: $may_lack,
        }),*];

        impl Tables {
            /// All tables by name.
            pub(super) fn all(&self) -> Vec<(&'static str, Database<Bytes, Bytes>)> {
                let tables = [$((stringify!($name), self.$name.handle()),)*];
                let meta = ("meta", self.meta.remap_key_type());
                let there = tables.into_iter().filter_map(|(name, table)| Some((name, table?)));
                there.chain([meta]).collect()
            }

            /// The tables that are lacking.
            pub(super) fn lacking(&self) -> Vec<&'static str> {
                let tables = [$((stringify!($name), self.$name.handle())),*];
                tables.into_iter().filter(|(_, table)| table.is_none()).map(|it| it.0).collect()
            }

            /// Opens the tables if all exist; with `lenient`, except those that may be lacking.
            fn of(
                env: &Env<WithoutTls>,
                txn: &RoTxn<'_, WithoutTls>,
                lenient: bool,
            ) -> Result<Option<Self>, heed::Error> {
                let Some(meta) = env.open_database(txn, Some("meta"))? else { return Ok(None) };
                $(let found = table::find(env, txn, (stringify!($name), $key_len))?;
                let Some($name) = TableHandle::of(found, lenient) else { return Ok(None) };)*
                Ok(Some(Self { meta, $($name),* }))
            }
        }
    };
}

// One line for each table: its name, bytes of a key, `read_whole`, `may_lack`.
tables! {
    /// Records by position.
    revisions: 4, false, false;
    /// Chunks by the position of their first revision.
    graph: 4, true, false;
    /// The bases of the records of a chunk, by the position of its first.
    bases: 4, true, true;
    /// Tombstones by position.
    dead: 4, true, true;
    /// Positions of which nothing is left.
    gone: 4, true, true;
    /// When revisions were first found unreachable.
    marks: 4, true, true;
    /// Prints of revisions that were cut away.
    cut: 8, true, true;
    /// Moves of heads by number.
    log: 6, false, true;
    /// The branches and remotes that the log names.
    names: 4, false, true;
}

impl Tables {
    /// Opens the tables. Makes them first in a new database, which gets the name `name()`, or in one from
    /// before one of them existed.
    ///
    /// # Errors
    /// `Locked` if tables must be made and another process has a transaction open.
    pub(super) fn open(
        env: &Env<WithoutTls>,
        is_new: bool,
        name: &dyn Fn() -> String,
    ) -> Result<Self, Fault> {
        if let Some(tables) = Self::find(env, false)? {
            return Ok(tables);
        }
        if is_new {
            make(env, &name())?;
        } else {
            make_in_time(env, name(), OPEN_TIMEOUT)?;
        }
        let lacking = || Error::Internal("a table that was just made is missing".into());
        Self::find(env, false)?.ok_or_else(|| lacking().into())
    }

    /// Opens the tables that exist; `None` if this is no database, or one that is being made. Writes nothing.
    ///
    /// # Errors
    /// Any error of LMDB.
    pub(super) fn open_to_read(env: &Env<WithoutTls>) -> Result<Option<Self>, heed::Error> {
        Self::find(env, true)
    }

    /// Opens the tables if they exist, as `of` says, and the format is named.
    fn find(env: &Env<WithoutTls>, lenient: bool) -> Result<Option<Self>, heed::Error> {
        let txn = env.read_txn()?;
        let Some(tables) = Self::of(env, &txn, lenient)? else { return Ok(None) };
        let is_told = tables.meta.get(&txn, FORMAT_KEY)?.is_some();
        txn.commit()?; // else LMDB shuts the tables again
        Ok(is_told.then_some(tables))
    }
}

/// Writes the name of the database into its `meta` table.
pub(super) fn put_name(
    meta: Database<Str, Bytes>,
    txn: &mut RwTxn<'_>,
    name: &str,
) -> Result<(), heed::Error> {
    meta.put(txn, NAME, name.as_bytes())?;
    meta.put(txn, NAME_SUM, &name_sum(name))
}

/// Makes the missing tables.
fn make(env: &Env<WithoutTls>, name: &str) -> Result<(), heed::Error> {
    let mut txn = env.write_txn()?;
    for table in SPECS {
        env.create_database::<Bytes, Bytes>(&mut txn, Some(table.name))?;
    }
    let meta: Database<Str, Bytes> = env.create_database(&mut txn, Some("meta"))?;
    if meta.get(&txn, FORMAT_KEY)?.is_none() {
        meta.put(&mut txn, FORMAT_KEY, FORMAT_VERSION.to_string().as_bytes())?;
        put_name(meta, &mut txn, name)?;
    }
    stamp::put(meta, &mut txn)?;
    txn.commit()?;
    // So that both of LMDB's states name the format.
    let mut txn = env.write_txn()?;
    stamp::put(meta, &mut txn)?;
    txn.commit()
}

/// As `make`, on a thread of its own, which is abandoned if it waits too long.
fn make_in_time(env: &Env<WithoutTls>, name: String, timeout: Duration) -> Result<(), Fault> {
    let (tell, told) = mpsc::channel();
    let own = env.clone();
    let made = move || drop(tell.send(make(&own, &name)));
    let started = thread::Builder::new().name("histo-tables".into()).spawn(made);
    started.map_err(heed::Error::Io)?;
    match told.recv_timeout(timeout) {
        Ok(made) => Ok(made?),
        Err(_) => Err(Error::Locked(format!(
            "cannot open {}: another process is in the middle of a write",
            env.path().display()
        ))
        .into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use heed::EnvOpenOptions;

    /// An environment with the tables that the first databases had.
    fn old(folder: &tempfile::TempDir) -> Env<WithoutTls> {
        let mut open = EnvOpenOptions::new().read_txn_without_tls();
        open.map_size(1 << 20).max_dbs(16);
        #[expect(unsafe_code, reason = "heed marks mapping a file unsafe")]
        // SAFETY: nobody else knows the folder.
        let env = unsafe { open.open(folder.path()) }.unwrap();
        let mut txn = env.write_txn().unwrap();
        for name in ["revisions", "graph"] {
            env.create_database::<Bytes, Bytes>(&mut txn, Some(name)).unwrap();
        }
        let meta: Database<Str, Bytes> = env.create_database(&mut txn, Some("meta")).unwrap();
        meta.put(&mut txn, FORMAT_KEY, b"1").unwrap();
        put_name(meta, &mut txn, "old").unwrap();
        txn.commit().unwrap();
        env
    }

    #[test]
    fn tables_that_are_lacking_are_made_once() {
        let folder = tempfile::tempdir().unwrap();
        let env = old(&folder);
        assert!(Tables::find(&env, false).unwrap().is_none());
        let tables = Tables::open(&env, false, &|| "new".into()).unwrap();
        let made = env.info().last_txn_id;
        Tables::open(&env, false, &|| "new".into()).unwrap();
        let txn = env.read_txn().unwrap();
        assert_eq!(env.info().last_txn_id, made);
        assert!(tables.cut.is_empty(&txn).unwrap());
        assert_eq!(tables.meta.get(&txn, "name").unwrap(), Some(b"old".as_slice()));
    }

    #[test]
    fn making_tables_while_another_process_writes_fails_in_time() {
        let folder = tempfile::tempdir().unwrap();
        let env = old(&folder);
        let writing = env.write_txn().unwrap();
        let refused = make_in_time(&env, "new".into(), Duration::from_millis(50));
        assert!(matches!(refused, Err(Fault::Ours(Error::Locked(_)))));
        drop(writing);
        make_in_time(&env, "new".into(), OPEN_TIMEOUT).unwrap();
        assert!(Tables::find(&env, false).unwrap().is_some());
    }
}
