//! Target `files`: inspecting a data file before LMDB may touch it, over a file of a database with bytes
//! changed or cut off, and over any bytes. It never panics, loops or writes.
#![cfg(test)]

use std::fs;
use std::path::PathBuf;

use bolero::TypeGenerator;
use histo_core::json::Canonicalizer;
use histo_core::write::{Action, Chain, Chains, Draft, Logging, Op, Previous};
use histo_core::{DiskOptions, Engine, Error, internals};

/// Some 3 s without optimization.
const SHORT: usize = 8_000;

#[derive(Debug, Clone, TypeGenerator)]
struct Damage {
    changes: Vec<(u32, u8)>,
    /// Most damage is near the beginning of a page, where its header is.
    headers: Vec<(u8, u8, u8)>,
    cut: Option<u32>,
}

impl Damage {
    fn of(&self, file: &[u8]) -> Vec<u8> {
        let mut damaged = file.to_vec();
        let length = damaged.len();
        for (at, by) in &self.changes {
            damaged[*at as usize % length] ^= by;
        }
        for (page, at, by) in &self.headers {
            damaged[(usize::from(*page) * 4096 + usize::from(at % 64)) % length] ^= by;
        }
        if let Some(cut) = self.cut {
            damaged.truncate(cut as usize % length);
        }
        damaged
    }
}

/// The file of a small database, with large values and trees of two levels.
fn sample() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let options = DiskOptions { relaxed: true, ..DiskOptions::default() };
    let engine = Engine::open(folder.path(), &options, 7, &|| "fuzz".into()).unwrap();
    let ops: Vec<Op> = (0..300_usize)
        .map(|n| {
            let text = format!("\"{}\"", "x".repeat(n % 7 * 900));
            let draft = Draft::json(&mut Canonicalizer::new(), text.as_bytes(), None, u64::MAX);
            let previous = Previous::Any;
            let drafts = vec![draft.unwrap()];
            Op {
                branch: format!("branch {}", n % 40).into(),
                chain: Chain { caller: 1, follows: false, leads: true },
                action: Action::Put { drafts, previous, move_head: true, many: false },
                log: Some(Logging { time: 1 << 40, days: 90, cause: None, remote: None }),
            }
        })
        .collect();
    for ops in ops.chunks(100) {
        assert!(engine.commit(ops, &mut Chains::new()).iter().all(Result::is_ok));
    }
    drop(engine);
    fs::read(folder.path().join("data.mdb")).unwrap()
}

fn check(path: &PathBuf, bytes: &[u8]) {
    fs::write(path, bytes).unwrap();
    match internals::inspect(path) {
        Ok(()) | Err(Error::Corrupt { .. } | Error::Store { .. }) => {}
        Err(other) => panic!("{other:?}"),
    }
    assert!(fs::read(path).unwrap() == bytes, "it was written to");
}

#[test]
fn a_look_at_a_damaged_file_ends_and_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data.mdb");
    let whole = sample();
    check(&path, &whole);
    internals::inspect(&path).unwrap();
    bolero::check!().with_type::<Damage>().with_iterations(SHORT).for_each(|damage| {
        check(&path, &damage.of(&whole));
    });
}

#[test]
fn a_look_at_any_bytes_ends_and_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data.mdb");
    bolero::check!().with_iterations(SHORT).for_each(|bytes: &[u8]| check(&path, bytes));
}
