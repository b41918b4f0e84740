//! Verifying and backing up: what they see while others write, and what they leave.

#![cfg(test)]

use std::path::Path;

use crate::engine_support::{chain, open, put, read};
use histo_core::graph::Step;
use histo_core::write::Chains;
use histo_core::{Backup, DiskOptions, Engine, Error, MemoryOptions, Verification};

fn begun(engine: &Engine, target: &Path, unique: u64, name: Option<&str>) -> Backup {
    loop {
        if let Step::Done(backup) = engine.backup(target, unique, name.map(Into::into)).unwrap() {
            return backup;
        }
    }
}

fn carried_out(engine: &Engine, mut backup: Backup) -> Backup {
    while backup.step(engine).unwrap() == Step::Pending {}
    backup
}

fn verified(engine: &Engine) -> Verification {
    let mut verification = Verification::new(engine).unwrap();
    while verification.step(engine).unwrap() == Step::Pending {}
    verification
}

fn is_clean(verification: &Verification) -> bool {
    let found = verification.findings();
    let lists = [&found.damaged, &found.missing, &found.dangling];
    lists.iter().all(|refs| refs.is_empty()) && found.heads.is_empty() && found.fault.is_none()
}

#[test]
fn a_backup_is_of_the_moment_it_began_even_if_the_map_is_resized_meanwhile() {
    let (folder, target) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let small = DiskOptions { map_size: Some(1 << 18), ..DiskOptions::default() };
    let engine = open(&folder, &small);
    let before = chain(&engine, 500);
    let mut backup = begun(&engine, target.path(), 1, None);
    assert_eq!(backup.step(&engine), Ok(Step::Pending));
    chain(&engine, 20_000); // overwrites free pages, and grows the map
    carried_out(&engine, backup).finish().unwrap();
    let copy = open(&target, &DiskOptions::default());
    assert_eq!(copy.graph().len(), 500);
    assert_eq!(copy.head("main"), Ok(before.last().copied()));
    assert!(is_clean(&verified(&copy)));
    assert!(is_clean(&verified(&engine)));
}

#[test]
fn many_commits_between_two_steps_do_not_change_what_is_copied() {
    let (folder, target) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let engine =
        open(&folder, &DiskOptions { relaxed: true, map_size: None, ..DiskOptions::default() });
    let before = chain(&engine, 3000);
    let mut backup = begun(&engine, target.path(), 1, Some("other"));
    for number in 0..200 {
        engine.commit(&[put(&format!("[{number}]"), None)], &mut Chains::new());
    }
    while backup.step(&engine).unwrap() == Step::Pending {
        chain(&engine, 10);
    }
    backup.finish().unwrap();
    let copy = open(&target, &DiskOptions::default());
    assert_eq!((copy.name(), copy.graph().len()), ("other", 3000));
    for (number, reference) in before.iter().enumerate() {
        assert_eq!(read(&copy, reference).unwrap(), format!("{{\"i\":{number}}}").as_bytes());
    }
}

#[test]
fn a_backup_that_is_dropped_leaves_nothing_and_frees_its_pages() {
    let (folder, target) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let engine =
        open(&folder, &DiskOptions { relaxed: true, map_size: None, ..DiskOptions::default() });
    chain(&engine, 1000);
    let mut backup = begun(&engine, target.path(), 1, None);
    assert_eq!(backup.step(&engine), Ok(Step::Pending));
    drop(backup);
    assert_eq!(std::fs::read_dir(target.path()).unwrap().count(), 0);
    let size = || std::fs::metadata(folder.path().join("data.mdb")).unwrap().len();
    chain(&engine, 1000);
    let before = size();
    for _ in 0..100 {
        engine.commit(&[put("0", Some(vec![])), put("1", Some(vec![]))], &mut Chains::new());
    }
    assert!(size() < before + (1 << 20), "freed pages must be reused");
}

#[test]
fn two_backups_to_one_place_end_with_one_copy() {
    let target = tempfile::tempdir().unwrap();
    let engine = Engine::memory("memory".into(), 7, &MemoryOptions::default());
    let refs = chain(&engine, 5000);
    let first = begun(&engine, target.path(), 1, None);
    let second = begun(&engine, target.path(), 2, None);
    carried_out(&engine, first).finish().unwrap();
    let refused = carried_out(&engine, second).finish();
    assert!(matches!(refused, Err(Error::Store { .. })), "{refused:?}");
    let copy = open(&target, &DiskOptions::default());
    assert_eq!((copy.name(), copy.graph().len()), ("memory", 5000));
    assert_eq!(copy.head("main"), Ok(refs.last().copied()));
    assert!(is_clean(&verified(&copy)));
}

#[test]
fn a_verification_sees_the_state_when_it_began() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(&folder, &DiskOptions::default());
    chain(&engine, 5000);
    let mut verification = Verification::new(&engine).unwrap();
    assert_eq!(verification.step(&engine), Ok(Step::Pending));
    chain(&engine, 10);
    while verification.step(&engine).unwrap() == Step::Pending {}
    let (done, total, bytes) = verification.progress();
    assert_eq!((done, total), (5000, 5000));
    assert_eq!(bytes, (0..5000).map(|i| format!("{{\"i\":{i}}}").len() as u64).sum::<u64>());
    assert!(is_clean(&verification));
}
