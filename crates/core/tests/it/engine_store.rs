//! The engine over a folder: committed data is there when it is opened again, whatever happened to the index,
//! and a small map grows.

#![cfg(test)]

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::engine_support::{chain, op, open, put, read, reference};
use histo_core::json::Canonicalizer;
use histo_core::write::{Action, Arrival, Chains, Draft, Outcome, Previous};
use histo_core::{DiskOptions, Engine, Error, MemoryOptions, Ref};

#[test]
fn a_chain_over_several_chunks_is_there_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let refs = chain(&open(&folder, &DiskOptions::default()), 10_000);
    let engine = open(&folder, &DiskOptions::default());
    assert_eq!(engine.name(), "test");
    assert_eq!(engine.head("main"), Ok(refs.last().copied()));
    for (number, reference) in refs.iter().enumerate() {
        assert_eq!(engine.position(reference).unwrap().index(), number);
        assert_eq!(read(&engine, reference).unwrap(), format!("{{\"i\":{number}}}").as_bytes());
    }
}

#[test]
fn a_map_that_is_full_grows_and_the_group_is_written_whole() {
    let folder = tempfile::tempdir().unwrap();
    let small = DiskOptions { map_size: Some(1 << 18), ..DiskOptions::default() };
    let refs = chain(&open(&folder, &small), 20_000);
    let engine = open(&folder, &DiskOptions::default());
    assert_eq!(engine.graph().len(), 20_000);
    assert_eq!(engine.head("main"), Ok(refs.last().copied()));
}

#[test]
fn an_engine_sees_what_another_one_committed_to_its_file() {
    // LMDB opens a file once in a process, so the second view is a reopened one.
    let folder = tempfile::tempdir().unwrap();
    let first = chain(&open(&folder, &DiskOptions::default()), 3);
    let engine = open(&folder, &DiskOptions::default());
    let second = chain(&engine, 4);
    let head = *second.last().unwrap();
    assert_eq!(engine.head("main"), Ok(Some(head)));
    let graph = engine.graph();
    let (old, new) = (engine.position(&first[2]).unwrap(), engine.position(&head).unwrap());
    assert_eq!(histo_core::graph::is_ancestor(&graph, old, new), Ok(true));
}

#[test]
fn a_write_that_fails_leaves_no_trace_and_the_rest_of_its_group_is_written() {
    let engine = Engine::memory("test".into(), 7, &MemoryOptions::default());
    let absent = Ref::from_bytes([9; 32]);
    let ops = [put("1", None), put("2", Some(vec![absent])), put("3", None)];
    let outcomes = engine.commit(&ops, &mut Chains::new());
    let (first, third) = (reference(&outcomes[0]), reference(&outcomes[2]));
    assert_eq!(outcomes[1], Err(Error::MissingAncestor(absent.to_string())));
    assert_eq!(engine.graph().len(), 2);
    assert_eq!(engine.ancestors(engine.position(&third).unwrap()), [first]);
}

#[test]
fn put_many_is_written_completely_or_not_at_all() {
    let engine = Engine::memory("test".into(), 7, &MemoryOptions::default());
    let mut canonicalizer = Canonicalizer::default();
    let mut draft = |text: &str, ancestors| {
        Draft::json(&mut canonicalizer, text.as_bytes(), ancestors, u64::MAX).unwrap()
    };
    let drafts = vec![draft("1", None), draft("2", Some(vec![Ref::from_bytes([9; 32])]))];
    let many = op(Action::Put { drafts, previous: Previous::Any, move_head: true, many: true });
    let outcomes = engine.commit(&[many], &mut Chains::new());
    assert!(matches!(outcomes[0], Err(Error::MissingAncestor(_))));
    assert_eq!((engine.graph().len(), engine.head("main")), (0, Ok(None)));
}

#[test]
fn writes_chained_on_a_failed_one_fail_until_one_is_not_chained() {
    let engine = Engine::memory("test".into(), 7, &MemoryOptions::default());
    let mut failing = put("1", None);
    if let Action::Put { previous, .. } = &mut failing.action {
        *previous = Previous::Exactly(Some(Ref::from_bytes([1; 32])));
    }
    let mut chained = put("2", None);
    chained.chain.follows = true;
    let mut also_chained = put("3", None);
    also_chained.chain.follows = true;
    let ops = [failing, chained, also_chained, put("4", None)];
    let outcomes = engine.commit(&ops, &mut Chains::new());
    assert_eq!(outcomes[0], Err(Error::HeadConflict { branch: "main".into(), head: None }));
    assert_eq!(outcomes[1], Err(Error::Chained));
    assert_eq!(outcomes[2], Err(Error::Chained));
    assert_eq!(engine.head("main"), Ok(Some(reference(&outcomes[3]))));
}

#[test]
fn a_damaged_payload_is_reported_and_healed_by_putting_the_revision_again() {
    let folder = tempfile::tempdir().unwrap();
    let text = "\"a text that stands once in the file\"";
    let refs = {
        let engine = open(&folder, &DiskOptions::default());
        let ops = [put("1", None), put(text, None), put("3", None)];
        engine.commit(&ops, &mut Chains::new()).iter().map(reference).collect::<Vec<_>>()
    };
    let data = folder.path().join("data.mdb");
    let mut bytes = std::fs::read(&data).unwrap();
    let at = bytes.windows(text.len()).position(|window| window == text.as_bytes()).unwrap();
    bytes[at + 3] ^= 1;
    std::fs::write(&data, bytes).unwrap();

    let engine = open(&folder, &DiskOptions::default());
    let damaged = engine.payload(&refs[1], |_, _| ()).unwrap_err();
    assert!(
        matches!(damaged, Error::Corrupt { subject: Some(subject), .. } if subject == refs[1].to_string())
    );
    assert_eq!(read(&engine, &refs[2]).unwrap(), b"3");
    let again = put(text, Some(vec![refs[0]]));
    assert_eq!(engine.commit(&[again], &mut Chains::new()), [Ok(Outcome::Ref(refs[1]))]);
    assert_eq!(read(&engine, &refs[1]).unwrap(), text.as_bytes());
    assert_eq!(engine.graph().len(), 3);
}

/// Seen to fail if the change is LMDB's last transaction: its number is visible before it can be read.
#[test]
fn a_reported_change_can_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(&folder, &DiskOptions::default());
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for number in 0..200 {
                engine.commit(&[put(&number.to_string(), None)], &mut Chains::new());
            }
            done.store(true, Ordering::Relaxed);
        });
        let mut heads = HashMap::new();
        while !done.load(Ordering::Relaxed) {
            let change = engine.last_change().unwrap();
            let head = engine.head("main").unwrap();
            if engine.last_change().unwrap() == change {
                assert_eq!(*heads.entry(change).or_insert(head), head, "change {change}");
            }
        }
        assert!(heads.len() > 20, "{} changes were seen", heads.len());
    });
}

#[test]
fn remote_heads_are_set_with_the_revisions_of_a_stream_or_nothing_is() {
    let [one, absent] = [Ref::from_bytes([1; 32]), Ref::from_bytes([9; 32])];
    let arrival = |ancestors: Vec<Ref>| {
        let draft = Draft::bytes(b"data".to_vec(), Some(ancestors), u64::MAX).unwrap();
        Arrival::new(draft, None).unwrap()
    };
    let root = arrival(Vec::new()).reference;
    for (arrivals, head, is_done) in [
        (vec![arrival(Vec::new())], root, true),
        (vec![arrival(Vec::new())], absent, false),
        (vec![arrival(Vec::new()), arrival(vec![one])], root, false),
    ] {
        let engine = Engine::memory("test".into(), 7, &MemoryOptions::default());
        let remotes = vec![("near".to_owned(), root), ("far".to_owned(), head)];
        let ops = [op(Action::Insert { arrivals, remotes })];
        let outcomes = engine.commit(&ops, &mut Chains::new());
        assert_eq!(outcomes[0].is_ok(), is_done, "{outcomes:?}");
        for name in ["near", "far"] {
            assert_eq!(engine.remote_head(name), Ok(is_done.then_some(root)), "{name}");
        }
        assert_eq!(engine.graph().len(), u32::from(is_done));
    }
}
