//! Engines that only read: files of older formats are read as they are, without changing a byte.

#![cfg(test)]

use std::fs;
use std::path::{Path, PathBuf};

use heed::types::{Bytes, Str};
use heed::{Database, EnvOpenOptions};
use histo_core::revision::{Kind, digest, ref_with_meta};
use histo_core::write::Pruning;
use histo_core::{DiskOptions, Engine, Error, Ref};

use crate::engine_support::{assert_sound, chain, open, put, read, verified};
use histo_core::write::{Action, Chains, Deed, Outcome};

/// Revisions of the old file: the data of each, which follows the one before it.
const DATA: [&str; 3] = ["\"first\"", "\"second\"", "\"third\""];

/// A file as formats 1 and 2 had it, without the tables that came later.
fn make_old(folder: &Path, format: &str, tables: &[&str]) -> Vec<Ref> {
    let mut options = EnvOpenOptions::new();
    options.map_size(1 << 20).max_dbs(16);
    #[expect(unsafe_code, reason = "heed marks mapping a file unsafe")]
    // SAFETY: nobody else knows the folder.
    let env = unsafe { options.open(folder) }.unwrap();
    let mut txn = env.write_txn().unwrap();
    for name in ["graph"].iter().chain(tables) {
        env.create_database::<Bytes, Bytes>(&mut txn, Some(name)).unwrap();
    }
    let revisions: Database<Bytes, Bytes> =
        env.create_database(&mut txn, Some("revisions")).unwrap();
    let refs = refs();
    for (number, reference) in (0u8..).zip(&refs) {
        let key = [0, 0, 0, number];
        revisions.put(&mut txn, &key, &old_record(key, *reference)).unwrap();
    }
    let meta: Database<Str, Bytes> = env.create_database(&mut txn, Some("meta")).unwrap();
    meta.put(&mut txn, "histo-revisions/format", format.as_bytes()).unwrap();
    meta.put(&mut txn, "name", b"old").unwrap();
    let head = refs[DATA.len() - 1].as_bytes().as_slice();
    let sum = crc32c::crc32c_append(crc32c::crc32c(b"heads/main"), head).to_le_bytes();
    meta.put(&mut txn, "heads/main", &[head, &sum].concat()).unwrap();
    txn.commit().unwrap();
    refs
}

fn refs() -> Vec<Ref> {
    let mut refs: Vec<Ref> = Vec::new();
    for data in DATA {
        let ancestors: Vec<Ref> = refs.last().copied().into_iter().collect();
        refs.push(ref_with_meta(&ancestors, Kind::Json, &digest(data.as_bytes()), None));
    }
    refs
}

/// The record of a revision by the layout of formats 1 and 2.
fn old_record(key: [u8; 4], reference: Ref) -> Vec<u8> {
    let payload = DATA[usize::from(key[3])].as_bytes();
    let sum = crc32c::crc32c(payload).to_le_bytes();
    let mut header = [reference.as_bytes(), &sum[..], &[0, key[3] + 1]].concat();
    header.extend(if key[3] == 0 { vec![0] } else { vec![1, key[3] - 1] });
    let sum = crc32c::crc32c_append(crc32c::crc32c(&key), &header).to_le_bytes();
    [&sum[..], &header, payload].concat()
}

fn data_file(folder: &Path) -> PathBuf {
    folder.join("data.mdb")
}

#[test]
fn files_of_old_formats_are_read_as_they_are() {
    let former: [(&str, &[&str]); 2] = [("1", &[]), ("2", &["dead", "gone", "marks", "cut"])];
    for (format, tables) in former {
        let folder = tempfile::tempdir().unwrap();
        let refs = make_old(folder.path(), format, tables);
        let before = fs::read(data_file(folder.path())).unwrap();
        let engine = Engine::open_to_read(folder.path(), 7).unwrap();
        assert_eq!((engine.name(), engine.is_read_only()), ("old", true));
        assert_eq!(engine.head("main"), Ok(Some(refs[2])));
        for (reference, data) in refs.iter().zip(DATA) {
            assert_eq!(read(&engine, reference).unwrap(), data.as_bytes());
        }
        assert_sound(&engine);
        let unknown = Ref::from_bytes([9; 32]);
        assert_eq!(engine.find(&unknown), Ok(None));
        let pruning = Pruning { now: 0, grace: 0, dry_run: true, ..Pruning::default() };
        let outcomes = engine.commit(&[alone(Deed::Prune(pruning))], &mut Chains::new());
        assert!(matches!(&outcomes[..], [Ok(Outcome::Pruned(pruned))] if pruned.deleted == 0));
        let outcomes = engine.commit(&[put("1", None)], &mut Chains::new());
        assert!(matches!(&outcomes[..], [Err(Error::Denied { .. })]));
        drop(engine);
        assert!(fs::read(data_file(folder.path())).unwrap() == before, "format {format}");
        let engine = open(&folder, &DiskOptions::default());
        assert_eq!(read(&engine, &chain(&engine, 2)[1]).unwrap(), b"{\"i\":1}");
        assert_eq!(verified(&engine), (vec![], vec![]));
    }
}

#[test]
fn writes_of_others_are_read_and_missing_revisions_are_none() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(Engine::open_to_read(folder.path(), 7), Err(Error::Store { .. })));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    let refs = chain(&open(&folder, &DiskOptions::default()), 5000);
    let engine = Engine::open_to_read(folder.path(), 7).unwrap();
    assert_eq!(engine.graph().len(), 5000);
    assert_eq!(read(&engine, &refs[4999]).unwrap(), b"{\"i\":4999}");
}

fn alone(deed: Deed) -> histo_core::write::Op {
    crate::engine_support::op(Action::Alone(deed))
}
