//! The newest entry of a branch in the log: found in one page, wherever it stands, and as in a plain list.
//!
//! Seen to fail: where `read_newer` keeps what was read before although there is a gap, and where it does not read the last
//! record again.

#![cfg(test)]

use std::collections::HashMap;

use histo_core::write::{Action, Chains, Logging, Op, Previous, Pruning};
use histo_core::{DiskOptions, Engine, LogEntry, LoggedPlace, Ref};
use tempfile::TempDir;

use crate::engine_space::prune;
use crate::engine_support::{chain, in_memory, op, open};

const TIME: u64 = 0x0123_4567_89ab;
/// More moves than one page looks at.
const MANY: usize = 40_000;

/// Moves heads in one commit; logs them at `time`.
fn move_heads(engine: &Engine, refs: &[Ref], moves: &[(String, usize)], time: u64) {
    let ops: Vec<_> = moves
        .iter()
        .map(|(branch, place)| {
            let log = Some(Logging { time, days: 90, cause: None, remote: None });
            let action = Action::SetHead { reference: refs[*place], previous: Previous::Any };
            Op { branch: branch.as_str().into(), log, ..op(action) }
        })
        .collect();
    assert!(engine.commit(&ops, &mut Chains::new()).iter().all(Result::is_ok));
}

/// Moves of other branches, each to another head than before.
fn others(engine: &Engine, refs: &[Ref], count: usize, time: u64) {
    for first in (0..count).step_by(1000) {
        let moves: Vec<_> =
            (first..first + 1000).map(|n| (format!("other {}", n % 10), n / 10 % 2)).collect();
        move_heads(engine, refs, &moves, time);
    }
}

/// Returns the newest entry of a branch, and in which page it was found.
fn newest(engine: &Engine, branch: &str) -> (Option<LogEntry>, usize) {
    let (mut before, mut pages) = (None, 0);
    loop {
        let page = engine.log_page(Some(branch), before, 1).unwrap();
        pages += 1;
        before = page.next;
        if let Some(entry) = page.entries.into_iter().next() {
            return (Some(entry), pages);
        }
        if before.is_none() {
            return (None, pages);
        }
    }
}

#[test]
fn each_record_is_read_once_for_all_branches() {
    let folder = TempDir::new().unwrap();
    let options = DiskOptions { relaxed: true, ..DiskOptions::default() };
    for engine in [in_memory(), open(&folder, &options)] {
        let refs = chain(&engine, 2);
        for branch in ["a", "b", "c"] {
            move_heads(&engine, &refs, &[(branch.into(), 1)], TIME);
        }
        others(&engine, &refs, MANY, TIME + 100);
        assert!(newest(&engine, "b").1 > 2);
        for branch in ["a", "b", "c", "other 1"] {
            let (found, pages) = newest(&engine, branch);
            assert_eq!((found.unwrap().branch.as_str(), pages), (branch, 1));
        }
        move_heads(&engine, &refs, &[("a".into(), 0)], TIME + 200);
        let (found, pages) = newest(&engine, "a");
        assert_eq!((found.unwrap().to, pages), (LoggedPlace::At(refs[0]), 1));
        assert_eq!(newest(&engine, "none"), (None, 1));
    }
}

#[test]
fn more_moves_than_a_page_reads_between_two_questions_are_no_gap() {
    let engine = in_memory();
    let refs = chain(&engine, 2);
    for branch in ["a", "b"] {
        move_heads(&engine, &refs, &[(branch.into(), 0)], TIME);
    }
    newest(&engine, "a");
    move_heads(&engine, &refs, &[("b".into(), 1)], TIME + 100);
    others(&engine, &refs, MANY, TIME + 200);
    newest(&engine, "other 1");
    for (branch, place) in [("b", 1), ("a", 0), ("b", 1)] {
        let (found, _) = newest(&engine, branch);
        assert_eq!(found.unwrap().to, LoggedPlace::At(refs[place]), "{branch}");
    }
}

#[test]
fn random_moves_and_questions_agree_with_a_plain_list() {
    let folder = TempDir::new().unwrap();
    let options = DiskOptions { relaxed: true, ..DiskOptions::default() };
    for (seed, engine) in [(1, in_memory()), (2, open(&folder, &options))] {
        let refs = chain(&engine, 5);
        let mut state: u64 = seed;
        let mut random = |most: u64| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            usize::try_from((state >> 33) % most).unwrap()
        };
        let mut heads: HashMap<String, usize> = HashMap::new();
        let mut time = TIME;
        for _ in 0..2000 {
            match random(10) {
                0..=4 => {
                    time += u64::try_from(random(40)).unwrap(); // a record is continued for 25 ms
                    let moves: Vec<_> =
                        (0..=random(3)).map(|_| (format!("{}", random(30)), random(5))).collect();
                    move_heads(&engine, &refs, &moves, time);
                    heads.extend(moves);
                }
                5 if random(20) == 0 => {
                    prune(&engine, &Pruning { now: time, grace: 1000, ..Pruning::default() });
                }
                _ => {
                    let branch = format!("{}", random(32));
                    let (found, pages) = newest(&engine, &branch);
                    assert_eq!(pages, 1);
                    let plain = engine.log_page(None, None, 100_000).unwrap().entries;
                    let listed = plain.into_iter().find(|entry| entry.branch == branch);
                    assert_eq!(found, listed);
                    if let Some(entry) = found {
                        assert_eq!(entry.to, LoggedPlace::At(refs[heads[&branch]]));
                    }
                }
            }
        }
    }
}
