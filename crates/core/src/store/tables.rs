//! The tables of a database: found without a write transaction where all are there, made where one is not.
//!
//! LMDB's write lock has no deadline, and another process may stand in a transaction for as long as it
//! likes: nobody who only opens waits for that.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use heed::types::{Bytes, Str};
use heed::{Database, Env, WithoutTls};

use super::disk::Fault;
use super::heads::put_name;
use super::{FIRST_VERSION, FORMAT_KEY, stamp};
use crate::{Error, Result};

/// Longest wait of the making of tables for a process that stands in a transaction.
const PATIENCE: Duration = Duration::from_secs(10);

/// The tables, open.
#[derive(Clone, Copy)]
pub(super) struct Tables {
    pub(super) revisions: Database<Bytes, Bytes>,
    pub(super) graph: Database<Bytes, Bytes>,
    pub(super) meta: Database<Str, Bytes>,
    pub(super) dead: Database<Bytes, Bytes>,
    pub(super) gone: Database<Bytes, Bytes>,
    pub(super) marks: Database<Bytes, Bytes>,
    pub(super) cut: Database<Bytes, Bytes>,
}

const NAMES: [&str; 6] = ["revisions", "graph", "dead", "gone", "marks", "cut"];

impl Tables {
    /// Opens the tables; makes them first in a database that is new, named by `name()` then, or was made
    /// before one of them.
    ///
    /// # Errors
    /// `Locked` where they are to be made and a process stands in a transaction.
    pub(super) fn open(
        env: &Env<WithoutTls>,
        is_new: bool,
        name: &dyn Fn() -> String,
    ) -> Result<Self, Fault> {
        if let Some(tables) = Self::find(env)? {
            return Ok(tables);
        }
        if is_new {
            make(env, &name())?;
        } else {
            make_in_time(env, name(), PATIENCE)?;
        }
        let lacking = || Error::Internal("a table that was made is not there".into());
        Self::find(env)?.ok_or_else(|| lacking().into())
    }

    /// Opens the tables where all are there, and the format is told.
    fn find(env: &Env<WithoutTls>) -> Result<Option<Self>, heed::Error> {
        let txn = env.read_txn()?;
        let Some(meta) = env.open_database::<Str, Bytes>(&txn, Some("meta"))? else {
            return Ok(None);
        };
        let mut found = Vec::new();
        for name in NAMES {
            found.extend(env.open_database::<Bytes, Bytes>(&txn, Some(name))?);
        }
        let is_told = meta.get(&txn, FORMAT_KEY)?.is_some();
        txn.commit()?; // else LMDB shuts the tables again
        let Ok([revisions, graph, dead, gone, marks, cut]) = <[_; NAMES.len()]>::try_from(found)
        else {
            return Ok(None);
        };
        let tables = Self { revisions, graph, meta, dead, gone, marks, cut };
        Ok(is_told.then_some(tables))
    }
}

/// Makes what is not there.
fn make(env: &Env<WithoutTls>, name: &str) -> Result<(), heed::Error> {
    let mut txn = env.write_txn()?;
    for table in NAMES {
        env.create_database::<Bytes, Bytes>(&mut txn, Some(table))?;
    }
    let meta: Database<Str, Bytes> = env.create_database(&mut txn, Some("meta"))?;
    if meta.get(&txn, FORMAT_KEY)?.is_none() {
        meta.put(&mut txn, FORMAT_KEY, FIRST_VERSION.to_string().as_bytes())?;
        put_name(meta, &mut txn, name)?;
    }
    stamp::put(meta, &mut txn)?;
    txn.commit()?;
    // So that the format stands in both of LMDB's states.
    let mut txn = env.write_txn()?;
    stamp::put(meta, &mut txn)?;
    txn.commit()
}

/// As `make`, on a thread of its own, which is left to itself where it waits too long.
fn make_in_time(env: &Env<WithoutTls>, name: String, patience: Duration) -> Result<(), Fault> {
    let (tell, told) = mpsc::channel();
    let own = env.clone();
    let made = move || drop(tell.send(make(&own, &name)));
    let started = thread::Builder::new().name("histo-tables".into()).spawn(made);
    started.map_err(heed::Error::Io)?;
    match told.recv_timeout(patience) {
        Ok(made) => Ok(made?),
        Err(_) => Err(Error::Locked(format!(
            "cannot open {}: another process is in the midst of a write",
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
        assert!(Tables::find(&env).unwrap().is_none());
        let tables = Tables::open(&env, false, &|| "new".into()).unwrap();
        let made = env.info().last_txn_id;
        Tables::open(&env, false, &|| "new".into()).unwrap();
        let txn = env.read_txn().unwrap();
        assert_eq!(env.info().last_txn_id, made);
        assert_eq!(tables.cut.len(&txn).unwrap(), 0);
        assert_eq!(tables.meta.get(&txn, "name").unwrap(), Some(b"old".as_slice()));
    }

    #[test]
    fn who_must_make_one_while_somebody_writes_is_told_in_time() {
        let folder = tempfile::tempdir().unwrap();
        let env = old(&folder);
        let writing = env.write_txn().unwrap();
        let refused = make_in_time(&env, "new".into(), Duration::from_millis(50));
        assert!(matches!(refused, Err(Fault::Ours(Error::Locked(_)))));
        drop(writing);
        make_in_time(&env, "new".into(), PATIENCE).unwrap();
        assert!(Tables::find(&env).unwrap().is_some());
    }
}
