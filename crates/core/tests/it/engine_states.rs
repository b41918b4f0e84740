//! Which state of a file is the last one: no flipped bit of a meta page brings back the one before.
//!
//! Seen to fail without `check_stamps` (`store/raw/inspect/pair.rs`): bit 1 of a number selects the state
//! before.

#![cfg(test)]

use std::fs;
use std::path::Path;

use heed::types::{Bytes, Str};
use heed::{Database, EnvOpenOptions, WithoutTls};
use histo_core::write::Chains;
use histo_core::{DiskOptions, Engine, Error, Ref};
use tempfile::TempDir;

use crate::engine_support::{open, put, read, reference};

const RELAXED: DiskOptions =
    DiskOptions { relaxed: true, map_size: Some(1 << 24), whole: false, smallest_delta: 0 };
const PAGE: usize = 4096;

/// A file of `count` commits, each of which moves the head, with the refs put.
fn made(count: usize) -> (Vec<u8>, Vec<Ref>) {
    let folder = TempDir::new().unwrap();
    let engine = open(&folder, &RELAXED);
    let refs = put_each(&engine, 0..count);
    drop(engine);
    (fs::read(folder.path().join("data.mdb")).unwrap(), refs)
}

fn put_each(engine: &Engine, numbers: std::ops::Range<usize>) -> Vec<Ref> {
    let put = |i| put(&format!("{{\"i\":{i}}}"), None);
    let commit = |i| reference(&engine.commit(&[put(i)], &mut Chains::new())[0]);
    numbers.map(commit).collect()
}

fn reopen(bytes: &[u8]) -> Result<(TempDir, Engine), Error> {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("data.mdb"), bytes).unwrap();
    let engine = Engine::open(folder.path(), &RELAXED, 7, &|| "test".into())?;
    Ok((folder, engine))
}

/// Whether the file is refused as damaged; otherwise it must contain all that was put.
fn is_refused(bytes: &[u8], refs: &[Ref], what: &str) -> bool {
    match reopen(bytes) {
        Err(Error::Corrupt { .. }) => true,
        Err(other) => panic!("{what}: {other}"),
        Ok((_folder, engine)) => {
            assert_eq!(engine.head("main").unwrap(), refs.last().copied(), "{what}");
            for reference in refs {
                read(&engine, reference).unwrap_or_else(|error| panic!("{what}: {error}"));
            }
            false
        }
    }
}

fn without_stamps(path: &Path) {
    let env = raw(path);
    for _ in 0..2 {
        let mut txn = env.write_txn().unwrap();
        let meta: Database<Str, Bytes> = env.open_database(&txn, Some("meta")).unwrap().unwrap();
        meta.delete(&mut txn, "transaction").unwrap();
        meta.put(&mut txn, "of somebody else", b"1").unwrap();
        txn.commit().unwrap();
    }
}

fn raw(path: &Path) -> heed::Env<WithoutTls> {
    let mut options = EnvOpenOptions::new().read_txn_without_tls();
    options.map_size(1 << 24).max_dbs(16);
    #[expect(unsafe_code, reason = "heed marks mapping a file unsafe")]
    // SAFETY: nobody else has the file open.
    unsafe {
        options.open(path).unwrap()
    }
}

#[test]
fn no_flipped_bit_of_a_meta_page_brings_back_the_state_before() {
    for count in [1, 6, 7] {
        let (bytes, refs) = made(count);
        assert!(!is_refused(&bytes, &refs, "whole"));
        let mut refused = 0;
        for bit in (0..152 * 8).chain(PAGE * 8..(PAGE + 152) * 8) {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let what = format!("{count} commits, byte {}, bit {}", bit / 8, bit % 8);
            refused += usize::from(is_refused(&flipped, &refs, &what));
        }
        assert!(refused > 500, "{refused} were refused");
    }
}

#[test]
fn each_commit_is_stamped_and_one_that_changes_nothing_writes_nothing() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("data.mdb");
    let stamp = || {
        let env = raw(folder.path());
        let txn = env.read_txn().unwrap();
        let meta: Database<Str, Bytes> = env.open_database(&txn, Some("meta")).unwrap().unwrap();
        let value = meta.get(&txn, "transaction").unwrap().unwrap();
        (u64::from_le_bytes(value[..8].try_into().unwrap()), env.info().last_txn_id as u64)
    };
    for i in 0..4 {
        let engine = open(&folder, &RELAXED);
        put_each(&engine, i..i + 1);
        drop(engine);
        let (stamped, last) = stamp();
        assert_eq!(stamped, last);
    }
    let before = fs::read(&file).unwrap();
    drop(open(&folder, &RELAXED));
    assert_eq!(fs::read(&file).unwrap(), before);
}

#[test]
fn files_without_the_number_and_with_commits_of_others_open_and_can_be_written() {
    let folder = TempDir::new().unwrap();
    let mut refs = put_each(&open(&folder, &RELAXED), 0..5);
    without_stamps(folder.path());
    for round in 1..4 {
        let engine = open(&folder, &RELAXED);
        assert_eq!(engine.head("main").unwrap(), refs.last().copied());
        refs.extend(put_each(&engine, round * 5..round * 5 + round));
        drop(engine);
        drop(open(&folder, &RELAXED));
        let env = raw(folder.path());
        for _ in 0..round {
            let mut txn = env.write_txn().unwrap();
            let table: Database<Str, Bytes> =
                env.open_database(&txn, Some("meta")).unwrap().unwrap();
            table.put(&mut txn, "of somebody else", &[u8::try_from(round).unwrap()]).unwrap();
            txn.commit().unwrap();
        }
        drop(env);
    }
    let engine = open(&folder, &RELAXED);
    assert_eq!(engine.head("main").unwrap(), refs.last().copied());
}

#[test]
fn a_flipped_bit_in_the_version_of_the_format_is_not_a_newer_version() {
    let (bytes, refs) = made(3);
    let key = b"histo-revisions/format3";
    let places: Vec<_> =
        bytes.windows(key.len()).enumerate().filter(|(_, found)| found == key).collect();
    assert!(places.len() > 1);
    for (at, _) in places {
        for bit in 0..8 {
            let mut flipped = bytes.clone();
            flipped[at + key.len() - 1] ^= 1 << bit;
            is_refused(&flipped, &refs, &format!("byte {at}, bit {bit}"));
        }
    }
}

#[test]
fn an_abandoned_commit_is_not_taken_for_the_last_one_with_a_flipped_bit() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("data.mdb");
    let refs = put_each(&open(&folder, &RELAXED), 0..5);
    let before = fs::read(&file).unwrap();
    put_each(&open(&folder, &RELAXED), 5..6);
    let mut failed = fs::read(&file).unwrap();
    let number = |bytes: &[u8], page: usize| {
        u64::from_le_bytes(bytes[page + 144..page + 152].try_into().unwrap())
    };
    let page = if number(&failed, 0) > number(&failed, PAGE) { 0 } else { PAGE };
    let given_up = number(&failed, page);
    // As LMDB writes a page back whose sync failed: the old last page and number, the new tables.
    failed[page + 136..page + 152].copy_from_slice(&before[page + 136..page + 152]);
    assert!(is_refused(&failed, &refs, "without the note"));
    let mut note = b"given up".to_vec();
    note.extend(given_up.to_le_bytes());
    note.extend(crc32c::crc32c(&note).to_le_bytes());
    failed[page + 256..page + 276].copy_from_slice(&note);
    assert!(!is_refused(&failed, &refs, "with the note"));
}
