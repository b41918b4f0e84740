//! Engines to test with, and writes for them.

#![cfg(test)]

use histo_core::graph::Step;
use histo_core::json::Canonicalizer;
use histo_core::write::{Action, Chain, Chains, Draft, Op, Outcome, Previous};
use histo_core::{DiskOptions, Engine, MemoryOptions, Ref, Result, Verification};
use tempfile::TempDir;

/// A put of JSON text on the branch `main`.
pub(crate) fn put(text: &str, ancestors: Option<Vec<Ref>>) -> Op {
    let draft =
        Draft::json(&mut Canonicalizer::default(), text.as_bytes(), ancestors, u64::MAX).unwrap();
    let action =
        Action::Put { drafts: vec![draft], previous: Previous::Any, move_head: true, many: false };
    op(action)
}

/// A write on the branch `main`.
pub(crate) fn op(action: Action) -> Op {
    let chain = Chain { caller: 1, follows: false, leads: true };
    Op { branch: "main".into(), chain, action, log: None }
}

/// The engine over a folder, a new one named `test`.
pub(crate) fn open(folder: &TempDir, options: &DiskOptions) -> Engine {
    Engine::open(folder.path(), options, 7, &|| "test".into()).unwrap()
}

/// An empty one in memory, named `test`, which stores even small texts as changes.
pub(crate) fn in_memory() -> Engine {
    let options = MemoryOptions { smallest_delta: 0, ..MemoryOptions::default() };
    Engine::memory("test".into(), 7, &options)
}

/// The ref that a put returned.
pub(crate) fn reference(outcome: &Result<Outcome>) -> Ref {
    match outcome {
        Ok(Outcome::Ref(reference)) => *reference,
        other => panic!("{other:?}"),
    }
}

/// Puts objects `{"i":0}`, `{"i":1}`, … in one group, each on the one before.
pub(crate) fn chain(engine: &Engine, count: usize) -> Vec<Ref> {
    let ops: Vec<_> = (0..count).map(|i| put(&format!("{{\"i\":{i}}}"), None)).collect();
    engine.commit(&ops, &mut Chains::new()).iter().map(reference).collect()
}

/// A document of some 2 KB; each `value` is another version: one row differs, and now and then a row is moved.
pub(crate) fn document(value: u8) -> String {
    let value = usize::from(value);
    let mut rows: Vec<String> = (0..24)
        .map(|row| {
            let owner = Ref::from_bytes([u8::try_from(row).unwrap(); 32]).to_string();
            let state = if row == value % 24 { value } else { 0 };
            format!("{{\"id\":{row},\"owner\":\"{owner}\",\"state\":{state}}}")
        })
        .collect();
    if value.is_multiple_of(5) {
        rows.rotate_left(value % 7);
    }
    format!("{{\"rows\":[{}]}}", rows.join(","))
}

/// Verifies the database, and checks that nothing is wrong.
pub(crate) fn assert_sound(engine: &Engine) {
    assert_eq!(verified(engine), (vec![], vec![]));
}

/// Returns what verifying finds.
pub(crate) fn verified(engine: &Engine) -> (Vec<Ref>, Vec<Ref>) {
    let mut verification = Verification::new(engine).unwrap();
    while matches!(verification.step(engine).unwrap(), Step::Pending) {}
    let found = verification.findings();
    assert_eq!((found.heads.len(), found.fault), (0, None));
    (found.damaged.clone(), found.missing.clone())
}

/// The payload of a revision.
pub(crate) fn read(engine: &Engine, reference: &Ref) -> Result<Vec<u8>> {
    engine.payload(reference, |_, payload| payload.to_vec())
}
