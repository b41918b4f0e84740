//! Tombstones from elsewhere and data that come in one commit, in any order: the data stays, and a write that
//! fails leaves everything as it was.
//!
//! Seen to fail without `Group::complete`, and if a write that fails leaves what it completed.

#![cfg(test)]

use histo_core::json::Canonicalizer;
use histo_core::revision::{Kind, digest};
use histo_core::write::{Action, Arrival, Chains, Deed, Draft, MetaLeft, Op};
use histo_core::{DiskOptions, Engine, Error, Holding, Ref};
use proptest::prelude::*;
use tempfile::TempDir;

use crate::engine_support::{chain, in_memory, op, open, put, read};

const TEXT: &str = "{\"i\":0}";

fn insert(arrivals: Vec<Arrival>) -> Op {
    op(Action::Insert { arrivals, remotes: Vec::new() })
}

fn whole(text: &str, ancestors: Vec<Ref>) -> Arrival {
    let mut canonicalizer = Canonicalizer::default();
    let draft = Draft::json(&mut canonicalizer, text.as_bytes(), Some(ancestors), u64::MAX);
    Arrival::new(draft.unwrap(), None).unwrap()
}

fn tombstone(text: &str, ancestors: Vec<Ref>) -> Arrival {
    let claimed = whole(text, ancestors.clone()).reference;
    Arrival::erased(ancestors, Kind::Json, digest(text.as_bytes()), MetaLeft::None, Some(claimed))
        .unwrap()
}

/// The parts of a commit.
#[derive(Debug, Clone, Copy)]
enum Part {
    Tombstone,
    Data,
    Put,
    /// Brings the data, and fails because of another revision.
    Failing,
}

fn part(part: Part) -> Op {
    let stray = || whole("\"stray\"", vec![whole("\"nobody\"", Vec::new()).reference]);
    match part {
        Part::Tombstone => insert(vec![tombstone(TEXT, Vec::new())]),
        Part::Data => insert(vec![whole(TEXT, Vec::new())]),
        Part::Put => put(TEXT, Some(Vec::new())),
        Part::Failing => insert(vec![whole(TEXT, Vec::new()), stray()]),
    }
}

fn parts() -> impl Strategy<Value = Vec<Vec<Part>>> {
    let part =
        prop_oneof![Just(Part::Tombstone), Just(Part::Data), Just(Part::Put), Just(Part::Failing)];
    proptest::collection::vec(proptest::collection::vec(part, 1..5), 1..4)
}

/// Commits group by group; checks after each what must exist.
fn check(engine: &Engine, groups: &[Vec<Part>]) {
    let reference = whole(TEXT, Vec::new()).reference;
    let mut expected = Holding::Nothing;
    for group in groups {
        let ops: Vec<Op> = group.iter().map(|&it| part(it)).collect();
        engine.commit(&ops, &mut Chains::new());
        for it in group {
            expected = match (it, expected) {
                (Part::Data | Part::Put, _) => Holding::Data,
                (Part::Tombstone, Holding::Nothing) => Holding::Tombstone,
                (_, before) => before,
            };
        }
        assert_eq!(engine.data_of(&reference).unwrap(), expected, "{groups:?}");
        assert_eq!(read(engine, &reference).is_ok(), expected == Holding::Data);
        let tombstones = engine.tombstones(true).unwrap();
        assert_eq!(tombstones.contains(&reference), expected == Holding::Tombstone);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_data_stays_in_whatever_order_it_and_tombstones_come(groups in parts()) {
        check(&in_memory(), &groups);
        let folder = TempDir::new().unwrap();
        let options = DiskOptions { relaxed: true, map_size: None, ..DiskOptions::default() };
        check(&open(&folder, &options), &groups);
    }
}

#[test]
fn data_erased_here_is_not_accepted_from_elsewhere_and_tombstones_count_apart() {
    let engine = in_memory();
    let refs = chain(&engine, 2);
    engine.commit(
        &[op(Action::Alone(Deed::Erase { references: vec![refs[0]], meta: false }))],
        &mut Chains::new(),
    );
    let next = tombstone("{\"i\":2}", vec![refs[1]]);
    let foreign = next.reference;
    engine.commit(&[insert(vec![whole(TEXT, Vec::new())]), insert(vec![next])], &mut Chains::new());
    assert_eq!(engine.data_of(&refs[0]).unwrap(), Holding::Erased);
    assert_eq!(engine.data_of(&foreign).unwrap(), Holding::Tombstone);
    assert_eq!(engine.tombstones(false).unwrap(), [refs[0], foreign]);
    assert_eq!(engine.tombstones(true).unwrap(), [foreign]);
    let version = engine.tombstones_version().unwrap();
    engine.commit(&[insert(vec![whole("{\"i\":2}", vec![refs[1]])])], &mut Chains::new());
    assert!(engine.tombstones_version().unwrap() > version);
    assert_eq!(engine.data_of(&foreign).unwrap(), Holding::Data);
    assert!(matches!(read(&engine, &refs[0]), Err(Error::Shallow { .. })));
}
