//! Leaves of the log that opening does not read: a flipped bit there is reported, and ends no process.
//!
//! Seen to fail: without `check_log_leaves` in `log_back` reading ends the tests by SIGSEGV, or shows moves that do
//! not exist.

#![cfg(test)]

use std::fs;

use histo_core::write::{Action, Chains, Logging, Op, Previous};
use histo_core::{DiskOptions, Engine, Error, LogId, Result};
use tempfile::TempDir;

use crate::engine_support::{chain, op, open};

const RELAXED: DiskOptions =
    DiskOptions { relaxed: true, map_size: None, whole: true, smallest_delta: 0 };
/// The time of the records in the middle: its bytes occur nowhere else.
const TIME: u64 = 0x0123_4567_89ab;
/// Records of nearly 1 KiB, of which three or four fit on a leaf: more than 4,096 leaves.
const GROUPS: u64 = 360;
const MOVES: usize = 6000;

fn made(folder: &TempDir) {
    let engine = open(folder, &RELAXED);
    let refs = chain(&engine, 2);
    for group in 0..GROUPS {
        let ops: Vec<_> = (0..MOVES)
            .map(|n| {
                let action = Action::SetHead { reference: refs[n % 2], previous: Previous::Any };
                let time = TIME + group;
                let log = Some(Logging { time, days: 90, cause: None, remote: None });
                Op { log, ..op(action) }
            })
            .collect();
        engine.commit(&ops, &mut Chains::new());
    }
}

/// Reads the log back from its end; returns how many moves it shows, and how it ends.
fn read(engine: &Engine) -> (usize, Result<()>) {
    let (mut count, mut before): (usize, Option<LogId>) = (0, None);
    loop {
        match engine.log_page(None, before, 50_000) {
            Ok(page) => {
                count += page.entries.len();
                let Some(next) = page.next else { return (count, Ok(())) };
                before = Some(next);
            }
            Err(error) => return (count, Err(error)),
        }
    }
}

#[test]
fn a_damaged_leaf_far_back_is_reported_and_the_rest_is_read_and_written() {
    let folder = TempDir::new().unwrap();
    made(&folder);
    let total = MOVES * usize::try_from(GROUPS).unwrap();
    assert_eq!(read(&open(&folder, &RELAXED)), (total, Ok(())));
    let file = folder.path().join("data.mdb");
    let mut bytes = fs::read(&file).unwrap();
    let time = &(TIME + 20).to_le_bytes()[..6];
    // The node: the length of its value, 4, its flags, 2, the length of its key, 2, the key, 6, the value's
    // sum, 4. A record may also be on a page that is free by now.
    let is_node = |at: usize| bytes[at..].starts_with(time) && bytes[at - 12..at - 10] == [6, 0];
    let places: Vec<_> = (14..bytes.len()).filter(|&at| is_node(at)).collect();
    let middle = bytes[places[places.len() / 2] - 10..][..6].to_vec();
    for at in places {
        if bytes[at - 10..at - 4] == middle {
            bytes[at - 14] ^= 4;
        }
    }
    fs::write(&file, bytes).unwrap();
    let engine = open(&folder, &RELAXED);
    let (count, end) = read(&engine);
    assert!(matches!(end, Err(Error::Corrupt { .. })));
    assert!(count > total / 2 && count < total, "{count}");
    let refs = chain(&engine, 3);
    let log = Some(Logging { time: TIME, days: 90, cause: None, remote: None });
    let action = Action::SetHead { reference: refs[1], previous: Previous::Any };
    let written = engine.commit(&[Op { log, ..op(action) }], &mut Chains::new());
    assert!(written[0].is_ok(), "{written:?}");
}
