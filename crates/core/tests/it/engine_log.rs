//! The log of heads: dropping old records, and damage.

#![cfg(test)]

use std::fs;

use histo_core::graph::Step;
use histo_core::write::{Action, Cause, Chains, Logging, Op, Outcome, Previous, Way};
use histo_core::{DiskOptions, Engine, Error, LogEntry, LogId, LoggedPlace, Result, Verification};
use tempfile::TempDir;

use crate::engine_support::{chain, in_memory, op, open, put};

const DAY: u64 = 86_400_000;
/// A time whose bytes occur nowhere else.
const TIME: u64 = 0x0123_4567_89ab;

fn logged(op: Op, branch: &str, time: u64) -> Op {
    let log = Some(Logging { time, days: 90, cause: None, remote: None });
    Op { branch: branch.into(), log, ..op }
}

fn undo(time: u64) -> Op {
    let action = Action::Travel { way: Way::Undo, steps: 1, previous: Previous::Any };
    logged(op(action), "main", time)
}

fn commit(engine: &Engine, ops: &[Op]) -> Vec<Result<Outcome>> {
    engine.commit(ops, &mut Chains::new())
}

fn all(engine: &Engine, branch: Option<&str>) -> Result<Vec<LogEntry>> {
    let (mut entries, mut before): (Vec<LogEntry>, Option<LogId>) = (Vec::new(), None);
    loop {
        let page = engine.log_page(branch, before, 100)?;
        entries.extend(page.entries);
        match page.next {
            Some(next) => before = Some(next),
            None => return Ok(entries),
        }
    }
}

/// Returns the fault that verifying finds in the file.
fn fault(engine: &Engine) -> Option<&'static str> {
    let mut verification = Verification::new(engine).unwrap();
    while matches!(verification.step(engine).unwrap(), Step::Pending) {}
    verification.findings().fault
}

fn is_corrupt<T>(answer: &Result<T>) -> bool {
    matches!(answer, Err(Error::Corrupt { .. }))
}

#[test]
fn a_service_that_never_prunes_has_a_log_that_does_not_grow() {
    let folder = TempDir::new().unwrap();
    let engines =
        [in_memory(), open(&folder, &DiskOptions { relaxed: true, ..DiskOptions::default() })];
    for engine in engines {
        // Each branch is used once; ten moves an hour, for a year.
        for hour in 0..24 * 365_u64 {
            let ops: Vec<_> = (0..10)
                .map(|n| {
                    logged(
                        put(&format!("{n}"), Some(vec![])),
                        &format!("{hour}/{n}"),
                        TIME + hour * DAY / 24,
                    )
                })
                .collect();
            assert!(commit(&engine, &ops).iter().all(Result::is_ok));
        }
        let entries = all(&engine, None).unwrap();
        assert!((10 * 24 * 90..10 * 24 * 91).contains(&entries.len()), "{}", entries.len());
        let names = engine.log_names().unwrap();
        assert!((entries.len()..10 * 24 * 100).contains(&names), "{names}");
        assert!(all(&engine, Some("0/0")).unwrap().is_empty());
        assert_eq!(all(&engine, Some("8759/9")).unwrap().len(), 1);
    }
}

#[test]
fn in_memory_the_last_65536_records_are_kept() {
    let engine = in_memory();
    let refs = chain(&engine, 2);
    for n in 0..(1 << 16) + 1000 {
        let action = Action::SetHead { reference: refs[n % 2], previous: Previous::Any };
        commit(&engine, &[logged(op(action), "main", TIME)]);
    }
    let count = all(&engine, None).unwrap().len();
    assert!((1 << 16..(1 << 16) + 256).contains(&count), "{count}");
}

#[test]
fn moves_of_a_large_group_are_in_several_records_in_order() {
    let engine = in_memory();
    let refs = chain(&engine, 3);
    let ops: Vec<_> = (0..2000)
        .map(|n| {
            logged(
                op(Action::SetHead { reference: refs[n % 3], previous: Previous::Any }),
                "b",
                TIME,
            )
        })
        .collect();
    commit(&engine, &ops);
    let entries = all(&engine, None).unwrap();
    assert_eq!(entries.len(), 2000);
    for (n, entry) in entries.iter().rev().enumerate() {
        assert_eq!((entry.to, entry.cause), (LoggedPlace::At(refs[n % 3]), Cause::SetHead));
    }
    assert!(entries.is_sorted_by(|one, other| one.id > other.id));
}

#[test]
fn a_flipped_bit_in_a_record_is_reported_by_log_undo_and_verify_and_writing_continues() {
    let folder = TempDir::new().unwrap();
    let engine = open(&folder, &DiskOptions::default());
    commit(&engine, &[logged(put("1", None), "main", TIME)]);
    drop(engine);
    let file = folder.path().join("data.mdb");
    let whole = fs::read(&file).unwrap();
    let time = &TIME.to_le_bytes()[..6];
    let places: Vec<_> = (0..whole.len() - 6).filter(|&at| &whole[at..at + 6] == time).collect();
    assert!(!places.is_empty());
    for byte in 0..17 {
        let mut flipped = whole.clone();
        for at in &places {
            flipped[at - 4 + byte] ^= 16;
        }
        fs::write(&file, flipped).unwrap();
        let engine = open(&folder, &DiskOptions::default());
        assert!(is_corrupt(&all(&engine, None)), "{byte}");
        assert!(is_corrupt(&commit(&engine, &[undo(TIME)])[0]), "{byte}");
        assert_eq!(fault(&engine), Some("a record of the log of the heads"), "{byte}");
        commit(&engine, &[logged(put("2", None), "main", TIME)])[0].as_ref().unwrap();
        commit(&engine, &[undo(TIME)])[0].as_ref().unwrap();
    }
}

#[test]
fn a_flipped_bit_in_a_name_is_reported_and_writing_continues() {
    let folder = TempDir::new().unwrap();
    let engine = open(&folder, &DiskOptions::default());
    commit(&engine, &[logged(put("1", None), "a-name", TIME)]);
    drop(engine);
    let file = folder.path().join("data.mdb");
    let mut bytes = fs::read(&file).unwrap();
    let day = u32::try_from(TIME / DAY).unwrap();
    let name = [&day.to_le_bytes()[..], b"heads/a-name"].concat();
    let places: Vec<_> =
        (0..bytes.len() - name.len()).filter(|&at| bytes[at..].starts_with(&name)).collect();
    assert!(!places.is_empty());
    for at in &places {
        bytes[at + 12] ^= 1;
    }
    fs::write(&file, bytes).unwrap();
    let engine = open(&folder, &DiskOptions::default());
    assert!(is_corrupt(&all(&engine, None)));
    assert!(is_corrupt(&all(&engine, Some("a-name"))));
    assert_eq!(fault(&engine), Some("a name in the log of the heads"));
    let again = [logged(put("2", None), "a-name", TIME), logged(put("3", None), "main", TIME)];
    assert!(commit(&engine, &again).iter().all(Result::is_ok));
    assert_eq!(all(&engine, Some("a-name")).unwrap().len(), 1);
}
