//! Short texts stored as changes, held to a model: forks, unrelated texts, reopening, deletions and `compact`; and
//! what they take in the file.
//!
//! Checked to fail: with the base one before the parent; with chains of nine records, or whose length is forgotten at
//! reopening; with changes of texts of 127 bytes.

#![cfg(test)]

use std::fs;

use histo_core::write::{Action, Chains, Deed};
use histo_core::{DiskOptions, Engine, Ref};
use proptest::prelude::*;
use tempfile::TempDir;

use crate::engine_support::{assert_sound, op, open, put, read, reference};

fn relaxed() -> DiskOptions {
    DiskOptions { relaxed: true, ..DiskOptions::default() }
}

/// An object of some 230 bytes; `number` is in its middle.
fn short(id: u32, number: u32) -> String {
    let owner = blake3::hash(&id.to_le_bytes()).to_hex();
    format!(
        "{{\"active\":true,\"amount\":{number},\"id\":{id},\"marker\":\"<{id}.{number}>\",\"note\":\"{}\",\"owner\":\"{owner}\"}}",
        "words ".repeat(14)
    )
}

/// A text that has nothing in common with others.
fn noise(number: u32) -> String {
    let hash = blake3::hash(&number.to_le_bytes()).to_hex();
    format!("{{\"{hash}\":\"<0.{number}>{hash}{hash}\"}}")
}

fn file(folder: &TempDir) -> Vec<u8> {
    fs::read(folder.path().join("data.mdb")).unwrap()
}

fn has(file: &[u8], marker: &str) -> bool {
    file.windows(marker.len()).any(|bytes| bytes == marker.as_bytes())
}

fn compact(engine: Engine, folder: &TempDir) -> Engine {
    let compaction = engine.compact().unwrap().unwrap();
    drop(engine);
    compaction.put(|_| ()).unwrap();
    open(folder, &relaxed())
}

fn assert_reads(engine: &Engine, all: &[(Ref, String)], erased: &[usize]) {
    for (at, (reference, text)) in all.iter().enumerate() {
        match read(engine, reference) {
            Ok(payload) => assert!(payload == text.as_bytes() && !erased.contains(&at), "{at}"),
            Err(error) => assert!(erased.contains(&at), "{at}: {error}"),
        }
    }
    assert_sound(engine);
}

/// Puts `steps`, each on the revision so many before it, some of them with a text that is like no other; a commit
/// each, or seven in one.
fn grow(engine: &Engine, all: &mut Vec<(Ref, String)>, steps: &[(u8, bool)], together: bool) {
    for steps in steps.chunks(if together { 7 } else { 1 }) {
        let (first, mut ops) = (all.len(), Vec::new());
        for (at, &(back, is_noise)) in (first..).zip(steps) {
            let number = u32::try_from(at).unwrap();
            let text = if is_noise { noise(number) } else { short(7, number) };
            // Those of the same group have no ref yet: they follow the one before.
            let on = first.checked_sub(1 + usize::from(back));
            let ancestors = on.filter(|_| at == first).map(|on| vec![all[on].0]);
            ops.push(put(&text, ancestors));
            all.push((Ref::from_bytes([0; 32]), text));
        }
        let outcomes = engine.commit(&ops, &mut Chains::new());
        for (entry, outcome) in all[first..].iter_mut().zip(&outcomes) {
            entry.0 = reference(outcome);
        }
    }
}

fn erase(engine: &Engine, references: Vec<Ref>) {
    let deed = Action::Alone(Deed::Erase { references, meta: false });
    assert!(engine.commit(&[op(deed)], &mut Chains::new())[0].is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(25))]

    #[test]
    fn whatever_is_erased_the_rest_reads_back_and_nothing_of_it_stays(
        before in proptest::collection::vec((0_u8..9, proptest::bool::weighted(0.1)), 30..120),
        after in proptest::collection::vec((0_u8..9, proptest::bool::weighted(0.1)), 0..40),
        erased in proptest::collection::hash_set(0_usize..30, 0..15),
        together: bool,
        reopens: bool,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut engine = open(&folder, &relaxed());
        let mut all = Vec::new();
        grow(&engine, &mut all, &before, together);
        if reopens {
            drop(engine);
            engine = open(&folder, &relaxed());
        }
        let erased: Vec<_> = erased.into_iter().collect();
        if !erased.is_empty() {
            erase(&engine, erased.iter().map(|&at| all[at].0).collect());
        }
        assert_reads(&engine, &all, &erased);
        grow(&engine, &mut all, &after, together);
        assert_reads(&engine, &all, &erased);
        let engine = compact(engine, &folder);
        assert_reads(&engine, &all, &erased);
        drop(engine);
        let file = file(&folder);
        for &at in &erased {
            let markers = [format!("<7.{at}>"), format!("<0.{at}>")];
            prop_assert!(!markers.iter().any(|marker| has(&file, marker)));
        }
    }
}

/// Puts `rounds` versions of each of 50 documents in turn, and opens the folder anew after some.
fn documents(folder: &TempDir, options: &DiskOptions, rounds: u32) -> u64 {
    let mut heads: Vec<Option<Ref>> = vec![None; 50];
    let mut all = Vec::new();
    let mut engine = open(folder, options);
    for round in 0..rounds {
        if round % 10 == 9 {
            drop(engine);
            engine = open(folder, options);
        }
        let texts: Vec<_> = (0..50).map(|id| short(id, round)).collect();
        let ops: Vec<_> = texts
            .iter()
            .zip(&heads)
            .map(|(text, head)| put(text, Some(head.iter().copied().collect())))
            .collect();
        let outcomes = engine.commit(&ops, &mut Chains::new());
        heads = outcomes.iter().map(|outcome| Some(reference(outcome))).collect();
        all.extend(outcomes.iter().map(reference).zip(texts));
    }
    assert_reads(&engine, &all, &[]);
    drop(compact(engine, folder));
    u64::try_from(file(folder).len()).unwrap()
}

#[test]
fn versions_of_many_short_texts_in_turn_take_what_changed() {
    let (changed, whole) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let changed = documents(&changed, &relaxed(), 80);
    let whole = documents(&whole, &DiskOptions { whole: true, ..relaxed() }, 80);
    assert!(changed * 3 < whole * 2, "{changed} of {whole}");
}

/// Puts versions of `count` bytes each on the one before, a commit each or all in one, and reopens the folder after some.
/// Returns how many are stored whole, before a compaction, which chooses again, and after it. A change does not contain
/// what precedes the version's number.
fn whole_of(versions: u32, count: usize, together: bool) -> [usize; 2] {
    let folder = tempfile::tempdir().unwrap();
    let mut engine = open(&folder, &relaxed());
    let head_of = |number: u32| format!("{{\"a text with the number\":{},", 100 + number);
    let text = |number: u32| {
        let head = head_of(number);
        format!("{head}\"text\":\"{}\"}}", "x".repeat(count - head.len() - 10))
    };
    let mut all: Vec<(Ref, String)> = Vec::new();
    let group = if together { versions } else { 1 };
    for first in (0..versions).step_by(usize::try_from(group).unwrap()) {
        if first % 5 == 4 {
            drop(engine);
            engine = open(&folder, &relaxed());
        }
        let texts: Vec<_> = (first..first + group).map(text).collect();
        let ops: Vec<_> = texts.iter().map(|text| put(text, None)).collect();
        let outcomes = engine.commit(&ops, &mut Chains::new());
        all.extend(outcomes.iter().map(reference).zip(texts));
    }
    assert!(all.iter().all(|(_, text)| text.len() == count));
    assert_reads(&engine, &all, &[]);
    let count_whole = || {
        let file = file(&folder); // which may contain a text twice, in unused parts of pages
        (0..versions).filter(|&number| has(&file, &head_of(number))).count()
    };
    let chosen = count_whole();
    drop(compact(engine, &folder));
    [chosen, count_whole()]
}

#[test]
fn a_chain_has_at_most_eight_records() {
    for together in [false, true] {
        assert_eq!(whole_of(80, 300, together), [10; 2]);
        assert_eq!(whole_of(81, 300, together), [11; 2]);
        assert_eq!(whole_of(80, 1023, together), [10; 2]);
    }
}

#[test]
fn texts_below_128_bytes_are_whole() {
    for together in [false, true] {
        assert_eq!(whole_of(24, 127, together), [24; 2]);
        assert_eq!(whole_of(24, 128, together), [3; 2]);
    }
}
