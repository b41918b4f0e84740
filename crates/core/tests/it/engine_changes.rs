//! Tests that the search over stored changes finds the revisions that changed a value by the definition: over any
//! history, on disk and in memory, and after erasures. Damage ends the search where it ends reading.
//!
//! Checked to fail: with a list of changes that is not emptied after a text was made of it, with `kept` that takes any first
//! copy for one of the beginning (`engine/changes.rs`), and with a `reach` one byte shorter (`json/at.rs`).

#![cfg(test)]

use std::fs;
use std::os::unix::fs::FileExt;

use histo_core::graph::Pos;
use histo_core::json::canonicalize;
use histo_core::write::{Action, Chains, Deed, Draft, Op, Outcome, Previous};
use histo_core::{Changed, DiskOptions, Engine, Ref};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::engine_support::{in_memory, op, open, put, read, reference};

const POINTERS: [&str; 15] = [
    "",
    "/a",
    "/field",
    "/field/x",
    "/field/x/0",
    "/pad",
    "/rows",
    "/rows/1",
    "/rows/1/x",
    "/rows/30",
    "/rows/x",
    "/z",
    "/missing",
    "/0/a",
    "/é",
];

/// A change of the data of the first ancestor, and how far back the ancestors are.
#[derive(Debug, Clone)]
struct Planned {
    what: u8,
    value: u8,
    back: Vec<usize>,
}

fn planned() -> impl Strategy<Value = Planned> {
    let back = prop_oneof![4 => Just(vec![0]), 1 => vec(0..6_usize, 0..3)];
    (0..13_u8, 0..3_u8, back).prop_map(|(what, value, back)| Planned { what, value, back })
}

fn first_data() -> Value {
    let row = |id: usize| json!({ "id": id, "text": "a row ".repeat(4), "x": 0 });
    let rows: Vec<Value> = (0..24).map(row).collect();
    json!({ "a": 0, "field": { "x": [1, 2] }, "pad": "p".repeat(300), "rows": rows, "z": [1] })
}

/// `None` is binary data.
fn changed(before: Option<&Value>, what: u8, value: u8) -> Option<Value> {
    let mut data = before.cloned().unwrap_or_else(first_data);
    // A document in an array loses its bracket: the bytes that it keeps are not those at the beginning.
    if let Value::Array(mut only) = data {
        data = only.remove(0);
    }
    let number = usize::from(value);
    match what {
        0 => data["a"] = json!("1".repeat(number + 1).parse::<u64>().unwrap()),
        1 => {
            data["field"] =
                [json!(1), json!({ "x": [1, 2] }), json!({ "x": "]},\"" })][number].clone();
        }
        2 => data["pad"] = json!("q".repeat(300 + number)),
        3 => {
            data["rows"].as_array_mut().unwrap().insert(number, json!({ "id": "new", "x": value }));
        }
        4 => {
            let rows = data["rows"].as_array_mut().unwrap();
            rows.truncate(3.max(rows.len() - 1));
        }
        5 => data["rows"].as_array_mut().unwrap().rotate_left(number),
        6 => data["rows"][1]["x"] = json!(value),
        7 => data["z"] = [json!([1]), json!([10]), json!(10)][number].clone(),
        8 => drop(data.as_object_mut().unwrap().remove(["a", "field", "z"][number])),
        9 => data["é"] = json!(value),
        10 => {}
        11 => data = json!([data]),
        _ => return None,
    }
    Some(data)
}

fn draft(data: Option<&Value>, ancestors: Vec<Ref>) -> Op {
    let Some(data) = data else {
        let draft = Draft::bytes(vec![7; 400], Some(ancestors), u64::MAX).unwrap();
        let drafts = vec![draft];
        return op(Action::Put { drafts, previous: Previous::Any, move_head: true, many: false });
    };
    put(&data.to_string(), Some(ancestors))
}

/// A revision as the definition sees it.
struct Made {
    reference: Ref,
    data: Option<Value>,
    ancestors: Vec<usize>,
    is_erased: bool,
}

fn written(engine: &Engine, plan: &[Planned]) -> Vec<Made> {
    let mut history: Vec<Made> = Vec::new();
    for Planned { what, value, back } in plan {
        let mut ancestors: Vec<usize> = Vec::new();
        for at in back.iter().filter_map(|back| history.len().checked_sub(back + 1)) {
            if !ancestors.contains(&at) {
                ancestors.push(at);
            }
        }
        let before = ancestors.first().and_then(|at| history[*at].data.as_ref());
        let data = changed(before, *what, *value);
        let refs = ancestors.iter().map(|at| history[*at].reference).collect();
        let outcomes = engine.commit(&[draft(data.as_ref(), refs)], &mut Chains::new());
        let reference = reference(&outcomes[0]);
        if history.iter().all(|made| made.reference != reference) {
            history.push(Made { reference, data, ancestors, is_erased: false });
        }
    }
    history
}

fn text(value: &Value) -> Vec<u8> {
    let mut text = Vec::new();
    canonicalize(&serde_json::to_vec(value).unwrap(), &mut text).unwrap();
    text
}

/// The value at a pointer, by the definition; `Err` if it was erased.
fn value(made: &Made, pointer: &str) -> Result<Option<Vec<u8>>, ()> {
    match &made.data {
        _ if made.is_erased => Err(()),
        Some(data) => Ok(data.pointer(pointer).map(text)),
        None => Ok(pointer.is_empty().then(|| b"binary".to_vec())),
    }
}

/// Whether a revision changed the value, by the definition.
fn is_changed(history: &[Made], at: usize, pointer: &str) -> Result<bool, ()> {
    let own = value(&history[at], pointer)?;
    for ancestor in &history[at].ancestors {
        if value(&history[*ancestor], pointer)? == own {
            return Ok(false);
        }
    }
    Ok(own.is_some() || !history[at].ancestors.is_empty())
}

fn steps(pointer: &str) -> Vec<&str> {
    pointer.split('/').skip(1).collect()
}

/// Compares a search in parts with the definition, newest first.
fn assert_found(engine: &Engine, history: &[Made], limit: usize) {
    let at: Vec<Pos> =
        history.iter().rev().map(|made| engine.position(&made.reference).unwrap()).collect();
    for pointer in POINTERS {
        let (mut found, mut looked) = (Vec::new(), 0);
        let ended = loop {
            match engine.changed_at(&at[looked..], &steps(pointer), limit) {
                Ok(Changed { looked: 0, .. }) => break false,
                Ok(changed) => {
                    assert!(
                        changed.at.len() <= limit
                            && changed.at.iter().all(|at| *at < changed.looked)
                    );
                    found.extend(changed.at.iter().map(|at| at + looked));
                    looked += changed.looked;
                }
                Err(_) => break true,
            }
        };
        let told = (0..at.len()).map(|nth| is_changed(history, history.len() - 1 - nth, pointer));
        let wanted: Vec<Result<bool, ()>> = told.take_while(Result::is_ok).collect();
        let changes: Vec<usize> =
            (0..wanted.len()).filter(|nth| wanted[*nth] == Ok(true)).collect();
        assert_eq!((looked, ended), (wanted.len(), wanted.len() < at.len()), "'{pointer}'");
        assert_eq!(found, changes, "'{pointer}'");
    }
}

fn erase(engine: &Engine, history: &mut [Made], at: usize) {
    let references = vec![history[at].reference];
    let deed = op(Action::Alone(Deed::Erase { references, meta: false }));
    let outcome = engine.commit(&[deed], &mut Chains::new());
    assert!(matches!(outcome[..], [Ok(Outcome::Done)]), "{outcome:?}");
    history[at].is_erased = true;
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_is_found_is_what_the_definition_says(
        plan in vec(planned(), 1..70),
        erased in vec(0..70_usize, 0..3),
        limit in 1..20_usize,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let options = DiskOptions { relaxed: true, smallest_delta: 0, ..DiskOptions::default() };
        for engine in [in_memory(), open(&folder, &options)] {
            let mut history = written(&engine, &plan);
            assert_found(&engine, &history, limit);
            for at in &erased {
                let at = at % history.len();
                if !history[at].is_erased {
                    erase(&engine, &mut history, at);
                }
                assert_found(&engine, &history, limit);
            }
        }
    }
}

/// A long line of which each revision changes something before the value, or behind it.
#[test]
fn a_long_line_is_searched_over_snapshots_and_whole_texts() {
    let folder = tempfile::tempdir().unwrap();
    let options = DiskOptions { relaxed: true, smallest_delta: 0, ..DiskOptions::default() };
    for engine in [in_memory(), open(&folder, &options)] {
        let step = |n: usize| Planned {
            what: [2, 6, 3, 10, 0, 7, 4, 2, 11, 2][n % 10],
            value: u8::try_from(n / 7 % 3).unwrap(),
            back: vec![0],
        };
        let plan: Vec<Planned> = (0..400).map(step).collect();
        assert_found(&engine, &written(&engine, &plan), 1_000);
    }
}

#[test]
fn damage_ends_a_search_where_it_ends_reading() {
    let folder = tempfile::tempdir().unwrap();
    let options = DiskOptions { relaxed: true, smallest_delta: 0, ..DiskOptions::default() };
    let engine = open(&folder, &options);
    let mut data = vec![first_data()];
    for n in 1..60_u8 {
        data.extend(changed(data.last(), 2 + 4 * (n % 2), n % 3));
        if n == 20 {
            data[20]["pad"] = json!("r".repeat(300)); // a body of some bytes, to damage one of them
        }
    }
    // In one commit: a page that is not used any more may have the record too.
    let ops: Vec<Op> = data.iter().map(|data| put(&data.to_string(), None)).collect();
    let refs: Vec<Ref> = engine.commit(&ops, &mut Chains::new()).iter().map(reference).collect();
    let made = |(at, (reference, data)): (usize, (Ref, Value))| {
        let ancestors = at.checked_sub(1).into_iter().collect();
        Made { reference, data: Some(data), ancestors, is_erased: false }
    };
    let history: Vec<Made> = refs.into_iter().zip(data).enumerate().map(made).collect();
    drop(engine);
    let path = folder.path().join("data.mdb");
    let bytes = fs::read(&path).unwrap();
    let wanted = history[20].reference;
    let places = (0..bytes.len() - 32).filter(|&at| bytes[at..at + 32] == wanted.as_bytes()[..]);
    for at in places {
        let file = fs::File::options().write(true).open(&path).unwrap();
        file.write_all_at(&[bytes[at + 56] ^ 1], at as u64 + 56).unwrap();
    }
    let engine = open(&folder, &options);
    let is_damaged: Vec<bool> =
        history.iter().map(|made| read(&engine, &made.reference).is_err()).collect();
    assert!(is_damaged[20] && !is_damaged[19] && is_damaged.iter().filter(|it| **it).count() < 40);
    for pointer in ["/pad", "/rows/1/x", "/z"] {
        for (at, made) in history.iter().enumerate() {
            let pos = engine.position(&made.reference).unwrap();
            let found = engine.changed_at(&[pos], &steps(pointer), 1);
            let reads = std::iter::once(&at).chain(&made.ancestors).any(|at| is_damaged[*at]);
            match found {
                Ok(changed) => {
                    assert!(!reads, "{pointer} {at}");
                    assert_eq!(Ok(changed.at.len() == 1), is_changed(&history, at, pointer));
                }
                Err(error) => {
                    assert!(reads, "{pointer} {at}");
                    assert_eq!(error.code(), Some("HISTO_CORRUPT"));
                }
            }
        }
    }
}
