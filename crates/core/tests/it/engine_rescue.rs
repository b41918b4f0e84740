//! Rescuing: whatever is done to a file, all that is rescued is right, and everything undamaged is rescued.
//!
//! Checked to fail: without the comparison with the ref in `rescue.rs` the forged revision is returned; looking
//! only at pages marked as leaves, nothing of the broken page is; without `has_taken` in `rescue.rs` erased
//! data comes back; without `ref_at` of `deaths.rs` its descendants do not.

#![cfg(test)]

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::engine_support::{chain, op, open, put, read};
use histo_core::graph::Step;
use histo_core::write::{Action, Chains, Deed};
use histo_core::{DiskOptions, Engine, Ref, Rescue, Rescued};
use proptest::prelude::*;
use tempfile::TempDir;

const PAGE: usize = 4096;

/// A closed database of a line of revisions, its file, and its refs.
fn made(count: usize) -> (TempDir, PathBuf, Vec<Ref>) {
    let folder = tempfile::tempdir().unwrap();
    let refs = chain(
        &open(&folder, &DiskOptions { relaxed: true, map_size: None, ..DiskOptions::default() }),
        count,
    );
    let file = folder.path().join("data.mdb");
    (folder, file, refs)
}

fn rescued(folder: &TempDir, dangling: bool) -> Vec<Rescued> {
    let mut rescue = Rescue::open(folder.path(), dangling).unwrap();
    while rescue.step() == Step::Pending {}
    std::iter::from_fn(|| rescue.take()).collect()
}

fn payload(number: usize) -> Vec<u8> {
    format!("{{\"i\":{number}}}").into_bytes()
}

/// Checks that every rescued revision is one of the line, unchanged.
fn assert_right(rescued: &[Rescued], refs: &[Ref]) {
    let numbers: BTreeMap<_, _> = refs.iter().enumerate().map(|(n, r)| (*r, n)).collect();
    for one in rescued {
        let number = numbers[&one.reference];
        assert_eq!(one.payload, payload(number));
        let before = number.checked_sub(1).map(|before| refs[before]);
        assert_eq!(one.ancestors, Vec::from_iter(before));
    }
}

/// Returns the offsets where `bytes` contain `part`.
fn places(bytes: &[u8], part: &[u8]) -> Vec<usize> {
    let starts = bytes.windows(part.len()).enumerate();
    starts.filter(|(_, window)| *window == part).map(|(at, _)| at).collect()
}

#[test]
fn everything_in_an_undamaged_file_is_rescued_in_order() {
    let (folder, _, refs) = made(5000);
    let all = rescued(&folder, true);
    assert_eq!(all.iter().map(|one| one.reference).collect::<Vec<_>>(), refs);
    assert_right(&all, &refs);
    assert_eq!(rescued(&folder, false).len(), refs.len());
}

#[test]
fn nodes_of_pages_without_headers_are_rescued() {
    let (folder, file, refs) = made(300);
    let mut bytes = std::fs::read(&file).unwrap();
    for at in places(&bytes, refs[100].as_bytes()) {
        let page = at - at % PAGE;
        bytes[page..page + 60].fill(0xff);
    }
    std::fs::write(&file, bytes).unwrap();
    let all = rescued(&folder, true);
    assert_eq!(all.len(), refs.len());
    assert_right(&all, &refs);
}

#[test]
fn a_payload_forged_with_its_sums_is_not_rescued() {
    let (folder, file, refs) = made(50);
    let mut bytes = std::fs::read(&file).unwrap();
    for record in places(&bytes, refs[11].as_bytes()).into_iter().map(|at| at - 4) {
        let Some(start) = places(&bytes[record..record + 64], b"{\"i\":11}").first().copied()
        else {
            continue; // a head
        };
        let start = record + start;
        bytes[start..start + 8].copy_from_slice(b"{\"i\":99}");
        let sum = crc32c::crc32c(b"{\"i\":99}");
        bytes[record + 36..record + 40].copy_from_slice(&sum.to_le_bytes());
        let key = crc32c::crc32c(&[0, 0, 0, 11]);
        let sum = crc32c::crc32c_append(key, &bytes[record + 4..start]);
        bytes[record..record + 4].copy_from_slice(&sum.to_le_bytes());
    }
    std::fs::write(&file, bytes).unwrap();
    let all = rescued(&folder, true);
    assert_eq!(all.len(), refs.len() - 1);
    assert_right(&all, &refs);
    assert_eq!(rescued(&folder, false).len(), 11);
}

fn erase(engine: &Engine, reference: Ref) {
    let ops = [op(Action::Alone(Deed::Erase { references: vec![reference], meta: false }))];
    engine.commit(&ops, &mut Chains::new()).remove(0).unwrap();
}

#[test]
fn erased_data_is_not_rescued_and_its_descendants_are() {
    let (folder, file, refs) = made(300);
    erase(&open(&folder, &DiskOptions::default()), refs[100]);
    // It is still on a freed page.
    assert!(!places(&std::fs::read(&file).unwrap(), &payload(100)).is_empty());
    let all = rescued(&folder, true);
    assert!(all.iter().all(|one| one.reference != refs[100]));
    assert_eq!(all.len(), refs.len() - 1);
    assert_right(&all, &refs);
    assert_eq!(rescued(&folder, false).len(), 100);
}

#[test]
fn a_descendant_of_an_erased_revision_is_rescued_if_only_a_tombstone_of_that_is_left() {
    let (folder, file, refs) = made(300);
    let engine = open(&folder, &DiskOptions::default());
    erase(&engine, refs[100]);
    let compaction = engine.compact().unwrap().unwrap();
    drop(engine);
    compaction.put(|_| ()).unwrap();
    assert!(places(&std::fs::read(&file).unwrap(), &payload(100)).is_empty());
    let all = rescued(&folder, true);
    assert_eq!(all.len(), refs.len() - 1);
    assert_right(&all, &refs);
}

#[test]
fn data_that_was_erased_and_put_again_is_rescued() {
    let (folder, _, refs) = made(300);
    let engine = open(&folder, &DiskOptions::default());
    for again in [100, 200] {
        erase(&engine, refs[again]);
    }
    let text = String::from_utf8(payload(100)).unwrap();
    let outcomes = engine.commit(&[put(&text, Some(vec![refs[99]]))], &mut Chains::new());
    assert!(outcomes.iter().all(Result::is_ok));
    assert_eq!(read(&engine, &refs[100]), Ok(payload(100)));
    drop(engine);
    let all = rescued(&folder, true);
    assert!(all.iter().any(|one| one.reference == refs[100]));
    assert_eq!(all.len(), refs.len() - 1);
    assert_right(&all, &refs);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn nothing_wrong_is_rescued_from_a_file_with_noise_in_it(
        noise in prop::collection::vec((any::<prop::sample::Index>(), any::<[u8; 16]>()), 1..40),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let (folder, file, refs) = made(200);
        let mut bytes = std::fs::read(&file).unwrap();
        for (place, noise) in noise {
            let at = place.index(bytes.len() - noise.len());
            bytes[at..at + noise.len()].copy_from_slice(&noise);
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        std::fs::write(&file, bytes).unwrap();
        assert_right(&rescued(&folder, true), &refs);
        assert_right(&rescued(&folder, false), &refs);
    }
}
