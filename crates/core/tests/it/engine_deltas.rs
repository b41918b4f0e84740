//! Texts stored as changes: a long history reads back whatever is erased in it, in small files, and one damaged
//! record only costs what is based on it.

#![cfg(test)]

use std::fs;
use std::os::unix::fs::FileExt;

use histo_core::write::{Action, Chains, Deed, Outcome};
use histo_core::{DiskOptions, Engine, Ref};
use proptest::prelude::*;
use tempfile::TempDir;

use crate::engine_support::{
    assert_sound, document, in_memory, op, open, put, read, reference, verified,
};

fn relaxed() -> DiskOptions {
    DiskOptions { relaxed: true, ..DiskOptions::default() }
}

/// Puts versions of a document, each on the one before, each in its own commit or all in one.
fn versions(engine: &Engine, count: u32, at_once: bool) -> Vec<(Ref, String)> {
    let texts: Vec<String> = (0..count)
        .map(|n| format!("{{\"doc\":{},\"n\":{n}}}", document(u8::try_from(n % 251).unwrap())))
        .collect();
    let ops: Vec<_> = texts.iter().map(|text| put(text, None)).collect();
    let mut chains = Chains::new();
    let outcomes: Vec<_> = if at_once {
        engine.commit(&ops, &mut chains)
    } else {
        ops.chunks(1).flat_map(|op| engine.commit(op, &mut chains)).collect()
    };
    outcomes.iter().map(reference).zip(texts).collect()
}

fn erase(engine: &Engine, reference: Ref) {
    let outcome = engine.commit(
        &[op(Action::Alone(Deed::Erase { references: vec![reference], meta: false }))],
        &mut Chains::new(),
    );
    assert!(matches!(outcome[..], [Ok(Outcome::Done)]), "{outcome:?}");
}

fn assert_reads(engine: &Engine, history: &[(Ref, String)], erased: &[usize]) {
    for (at, (reference, text)) in history.iter().enumerate() {
        match read(engine, reference) {
            Ok(payload) => {
                assert_eq!(payload, text.as_bytes(), "{at}");
                assert!(!erased.contains(&at));
            }
            Err(error) => assert!(erased.contains(&at), "{at}: {error}"),
        }
    }
}

fn size(folder: &TempDir) -> u64 {
    fs::metadata(folder.path().join("data.mdb")).unwrap().len()
}

#[test]
fn a_history_costs_what_changed_and_reads_back() {
    for at_once in [true, false] {
        let (folder, whole) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let engine = open(&folder, &relaxed());
        let history = versions(&engine, 1000, at_once);
        assert_reads(&engine, &history, &[]);
        drop(engine);
        let engine = open(&folder, &relaxed());
        assert_reads(&engine, &history, &[]);
        assert_sound(&engine);
        let options = DiskOptions { whole: true, ..relaxed() };
        let plain = open(&whole, &options);
        versions(&plain, 1000, true);
        assert_sound(&plain);
        let (small, large) = (size(&folder), size(&whole));
        assert!(small * 5 < large, "{small} of {large}");
    }
}

#[test]
fn a_history_continues_after_reopening_at_each_revision() {
    let folder = tempfile::tempdir().unwrap();
    let mut all = Vec::new();
    for round in 0..120_u8 {
        let engine = open(&folder, &relaxed());
        let text = document(round);
        let outcomes = engine.commit(&[put(&text, None)], &mut Chains::new());
        all.push((reference(&outcomes[0]), text));
    }
    let engine = open(&folder, &relaxed());
    assert_reads(&engine, &all, &[]);
    assert!(size(&folder) < 200_000, "{}", size(&folder));
}

#[test]
fn a_damaged_record_costs_what_is_based_on_it_and_healing_it_brings_all_back() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(&folder, &relaxed());
    let history = versions(&engine, 60, true);
    drop(engine);
    let path = folder.path().join("data.mdb");
    let bytes = fs::read(&path).unwrap();
    let wanted = history[20].0;
    // The ref, 15 to 19 bytes of the header, and then the body.
    let places = (0..bytes.len() - 32).filter(|&at| bytes[at..at + 32] == wanted.as_bytes()[..]);
    for at in places {
        let file = fs::File::options().write(true).open(&path).unwrap();
        file.write_all_at(&[bytes[at + 56] ^ 1], at as u64 + 56).unwrap();
    }
    let engine = open(&folder, &relaxed());
    let (damaged, missing) = verified(&engine);
    assert!(missing.is_empty());
    assert!(damaged.contains(&wanted) && damaged.len() <= 32, "{}", damaged.len());
    for (reference, text) in &history {
        match read(&engine, reference) {
            Ok(payload) => assert_eq!(payload, text.as_bytes()),
            Err(error) => {
                assert_eq!(error.code(), Some("HISTO_CORRUPT"));
                assert!(error.to_string().contains(&reference.to_string()));
                assert!(damaged.contains(reference));
                assert!(!engine.has_whole(reference).unwrap());
            }
        }
    }
    let again = put(&history[20].1, Some(vec![history[19].0]));
    assert_eq!(reference(&engine.commit(&[again], &mut Chains::new())[0]), wanted);
    assert_reads(&engine, &history, &[]);
    assert_sound(&engine);
}

/// Checks `engine` after a history in which some are erased, after more revisions, and after the first three
/// came again. Returns all.
fn erase_some(engine: &Engine, erased: &[usize], more: u32, at_once: bool) -> Vec<(Ref, String)> {
    let mut history = versions(engine, 150, at_once);
    for &at in erased {
        erase(engine, history[at].0);
    }
    assert_reads(engine, &history, erased);
    history.extend(versions(engine, more, at_once));
    assert_reads(engine, &history, erased);
    for &at in erased.iter().take(3) {
        let ancestors = at.checked_sub(1).map_or(vec![], |before| vec![history[before].0]);
        let outcomes = engine.commit(&[put(&history[at].1, Some(ancestors))], &mut Chains::new());
        assert_eq!(reference(&outcomes[0]), history[at].0);
    }
    assert_sound(engine);
    history
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(25))]

    #[test]
    fn in_memory_the_rest_reads_back_whatever_is_erased(
        erased in proptest::collection::hash_set(0_usize..150, 1..40),
        more in 0_u32..60,
        at_once: bool,
    ) {
        let erased: Vec<_> = erased.into_iter().collect();
        erase_some(&in_memory(), &erased, more, at_once);
    }

    #[test]
    fn whatever_is_erased_the_rest_reads_back(
        erased in proptest::collection::hash_set(0_usize..150, 1..40),
        more in 0_u32..60,
        at_once: bool,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let engine = open(&folder, &relaxed());
        let erased: Vec<_> = erased.into_iter().collect();
        let history = erase_some(&engine, &erased, more, at_once);
        drop(engine);
        let engine = open(&folder, &relaxed());
        let left = &erased[erased.len().min(3)..];
        assert_reads(&engine, &history, left);
        assert_sound(&engine);
        let engine = compact(engine, &folder, &relaxed());
        assert_reads(&engine, &history, left);
        assert_sound(&engine);
        for &at in left.iter().take(3) {
            erase(&engine, history[(at + 1) % history.len()].0);
        }
        assert_sound(&engine);
    }
}

fn compact(engine: Engine, folder: &TempDir, options: &DiskOptions) -> Engine {
    let compaction = engine.compact().unwrap().unwrap();
    drop(engine);
    compaction.put(|_| ()).unwrap();
    open(folder, options)
}

#[test]
fn compacting_stores_whole_texts_as_changes() {
    let (folder, beside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let plain = open(&folder, &DiskOptions { whole: true, ..relaxed() });
    let history = versions(&plain, 1000, true);
    drop(plain);
    let large = size(&folder);
    let engine = compact(open(&folder, &relaxed()), &folder, &relaxed());
    assert_reads(&engine, &history, &[]);
    assert_sound(&engine);
    let never_whole = open(&beside, &relaxed());
    versions(&never_whole, 1000, true);
    drop(compact(never_whole, &beside, &relaxed()));
    assert_eq!(size(&folder), size(&beside));
    assert!(size(&folder) * 5 < large, "{} of {large}", size(&folder));
}
