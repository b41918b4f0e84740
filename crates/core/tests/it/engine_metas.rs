//! Metas in the store: every state made by puts, erasures and prunes is compared with a plain list, on disk and
//! in memory; damage to a meta costs nothing else.
//!
//! Seen to fail if a record gets another base without its meta (`store/bases.rs`), and if an erasure leaves the
//! meta out of the tombstone (`engine/erase.rs`).

#![cfg(test)]

use std::collections::BTreeMap;

use histo_core::json::Canonicalizer;
use histo_core::revision::Meta;
use histo_core::write::{Action, Chains, Deed, Draft, Op, Outcome, Previous};
use histo_core::{DiskOptions, Engine, Error, Ref, Result};
use proptest::collection::vec;
use proptest::prelude::*;
use tempfile::TempDir;

use crate::engine_support::{assert_sound, document, in_memory, op, open, read};
use crate::json_plain;

/// The ref as `docs/format.md` defines it.
fn plain_ref(ancestors: &[Ref], data: &str, meta: Option<&str>) -> String {
    let hash = |json: &str| {
        let canonical = json_plain::canonical(&json_plain::parse(json.as_bytes()).unwrap());
        blake3::hash(canonical.as_bytes()).to_hex()
    };
    let quoted: Vec<String> = ancestors.iter().map(|it| format!("\"{it}\"")).collect();
    let meta = meta.map_or_else(String::new, |meta| format!(",\"meta\":\"{}\"", hash(meta)));
    let form =
        format!("{{\"ancestors\":[{}],\"data\":\"{}\"{meta}}}", quoted.join(","), hash(data));
    blake3::hash(form.as_bytes()).to_hex().to_string()
}

fn put(text: &str, meta: Option<&str>, ancestors: Option<Vec<Ref>>) -> Op {
    let mut canonicalizer = Canonicalizer::default();
    let meta = meta.and_then(|json| Meta::of(&mut canonicalizer, json.as_bytes()).unwrap());
    let draft = Draft::json(&mut canonicalizer, text.as_bytes(), ancestors, u64::MAX).unwrap();
    let drafts = vec![draft.with_meta(meta.map(Box::new))];
    op(Action::Put { drafts, previous: Previous::Any, move_head: true, many: false })
}

fn one(engine: &Engine, op: Op) -> Result<Outcome> {
    engine.commit(&[op], &mut Chains::new()).remove(0)
}

/// The data and the meta of a revision.
fn whole(engine: &Engine, reference: &Ref) -> Result<(String, Option<String>)> {
    let at = engine.position(reference)?;
    let mut shown = None;
    engine.revisions_up_to(&[at], |_, payload, meta| {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        shown = Some((text(payload), meta.map(text)));
        false
    })?;
    Ok(shown.unwrap())
}

/// The meta alone, as in a history without data.
fn header(engine: &Engine, reference: &Ref) -> Result<Option<String>> {
    let at = engine.position(reference)?;
    let mut shown = None;
    engine.metas_up_to(&[at], |meta| {
        shown = meta.map(|meta| String::from_utf8(meta.to_vec()).unwrap());
        false
    })?;
    Ok(shown)
}

/// A step. The first number of each selects a revision, or the data to put.
#[derive(Debug, Clone)]
enum Step {
    Put(u8, Option<u8>),
    /// The same data and meta again, in its place.
    Again(usize),
    Erase(usize, bool),
    /// Calls of one commit: what each erases, whether with the meta, and whether it names an unknown revision too and so
    /// fails.
    EraseTogether(Vec<(usize, bool, bool)>),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (any::<u8>(), proptest::option::of(any::<u8>())).prop_map(|(data, meta)| Step::Put(data, meta)),
        1 => any::<usize>().prop_map(Step::Again),
        2 => (any::<usize>(), any::<bool>()).prop_map(|(at, meta)| Step::Erase(at, meta)),
        1 => vec((any::<usize>(), any::<bool>(), any::<bool>()), 1..6).prop_map(Step::EraseTogether),
    ];
    vec(step, 1..40)
}

/// The expected state of a revision.
#[derive(Debug, Clone)]
struct Row {
    ancestors: Vec<Ref>,
    data: String,
    meta: Option<String>,
    is_erased: bool,
    is_meta_erased: bool,
}

fn erase_together(engine: &Engine, rows: &mut [(Ref, Row)], calls: &[(usize, bool, bool)]) {
    let unknown = Ref::from_bytes([0xAB; 32]);
    let named = |&(at, meta, fails): &(usize, bool, bool)| {
        let references = [Some(rows[at % rows.len()].0), fails.then_some(unknown)];
        let references = references.into_iter().flatten().collect();
        op(Action::Alone(Deed::Erase { references, meta }))
    };
    let ops: Vec<Op> = calls.iter().map(named).collect();
    let outcomes = engine.commit(&ops, &mut Chains::new());
    assert_eq!(outcomes.len(), calls.len());
    for (outcome, &(at, meta, fails)) in outcomes.into_iter().zip(calls) {
        let at = at % rows.len();
        if fails {
            assert_eq!(outcome, Err(Error::NotFound(unknown.to_string())));
            continue;
        }
        assert_eq!(outcome, Ok(Outcome::Done));
        rows[at].1.is_erased = true;
        rows[at].1.is_meta_erased |= meta;
    }
}

fn apply(engine: &Engine, rows: &mut Vec<(Ref, Row)>, step: &Step) {
    let pick = |at: usize| at % rows.len().max(1);
    match *step {
        Step::Put(data, meta) => {
            let data = document(data % 9);
            let meta =
                meta.map(|meta| format!("{{\"z\":\"{}\",\"a\":{meta}}}", "m".repeat(meta.into())));
            let ancestors: Vec<Ref> = rows.last().map(|(last, _)| *last).into_iter().collect();
            let made = one(engine, put(&data, meta.as_deref(), Some(ancestors.clone()))).unwrap();
            let Outcome::Ref(reference) = made else { panic!("{made:?}") };
            assert_eq!(reference.to_string(), plain_ref(&ancestors, &data, meta.as_deref()));
            let row = Row { ancestors, data, meta, is_erased: false, is_meta_erased: false };
            rows.push((reference, row));
        }
        Step::Again(at) => {
            let at = pick(at);
            let Some((reference, row)) = rows.get_mut(at) else { return };
            let again = put(&row.data, row.meta.as_deref(), Some(row.ancestors.clone()));
            assert_eq!(one(engine, again), Ok(Outcome::Ref(*reference)));
            (row.is_erased, row.is_meta_erased) = (false, false);
        }
        Step::Erase(at, meta) => {
            let at = pick(at);
            let Some((reference, row)) = rows.get_mut(at) else { return };
            let deed = Deed::Erase { references: vec![*reference], meta };
            one(engine, op(Action::Alone(deed))).unwrap();
            row.is_erased = true;
            row.is_meta_erased |= meta;
        }
        Step::EraseTogether(ref calls) => {
            if !rows.is_empty() {
                erase_together(engine, rows, calls);
            }
        }
    }
}

fn check(engine: &Engine, rows: &[(Ref, Row)]) {
    let canonical =
        |json: &String| json_plain::canonical(&json_plain::parse(json.as_bytes()).unwrap());
    for (reference, row) in rows {
        let meta = row.meta.as_ref().map(canonical);
        if row.is_erased {
            assert!(matches!(whole(engine, reference), Err(Error::Shallow { .. })));
        } else {
            assert_eq!(whole(engine, reference), Ok((canonical(&row.data), meta.clone())));
        }
        assert_eq!(header(engine, reference), Ok(meta.filter(|_| !row.is_meta_erased)));
    }
    assert_sound(engine);
}

fn options() -> DiskOptions {
    DiskOptions { relaxed: true, map_size: None, ..DiskOptions::default() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_state_is_that_of_a_plain_list_and_refs_are_those_of_the_format(steps in steps()) {
        let memory = in_memory();
        let mut rows = Vec::new();
        for step in &steps {
            apply(&memory, &mut rows, step);
        }
        check(&memory, &rows);
        let folder = TempDir::new().unwrap();
        let disk = open(&folder, &options());
        let mut rows = Vec::new();
        for step in &steps {
            apply(&disk, &mut rows, step);
        }
        check(&disk, &rows);
        drop(disk);
        check(&open(&folder, &options()), &rows);
    }
}

/// A file of three revisions with metas, each based on the one before; the meta of the second is damaged.
fn damaged() -> (TempDir, Vec<(Ref, Row)>) {
    let folder = TempDir::new().unwrap();
    let engine = open(&folder, &options());
    let mut rows = Vec::new();
    for number in 1..4 {
        apply(&engine, &mut rows, &Step::Put(number, Some(number + 20)));
    }
    drop(engine);
    let file = folder.path().join("data.mdb");
    let mut bytes = std::fs::read(&file).unwrap();
    let wanted = b"{\"a\":22";
    for at in 0..bytes.len() - wanted.len() {
        if &bytes[at..at + wanted.len()] == wanted {
            bytes[at + 6] = b'3';
        }
    }
    std::fs::write(&file, bytes).unwrap();
    (folder, rows)
}

#[test]
fn a_damaged_meta_is_reported_and_costs_neither_its_data_nor_texts_based_on_it() {
    let (folder, rows) = damaged();
    let engine = open(&folder, &options());
    for (reference, row) in &rows {
        let canonical = json_plain::canonical(&json_plain::parse(row.data.as_bytes()).unwrap());
        assert_eq!(read(&engine, reference), Ok(canonical.into_bytes()));
    }
    let (reference, row) = &rows[1];
    for error in [whole(&engine, reference).unwrap_err(), header(&engine, reference).unwrap_err()] {
        assert!(
            matches!(error, Error::Corrupt { subject: Some(it), .. } if it == reference.to_string())
        );
    }
    assert_eq!(engine.damaged(), Ok(vec![*reference]));
    assert!(whole(&engine, &rows[2].0).is_ok());
    // Erasing its base leaves the meta damaged as before.
    one(&engine, op(Action::Alone(Deed::Erase { references: vec![rows[0].0], meta: false })))
        .unwrap();
    assert!(read(&engine, reference).is_ok());
    assert!(header(&engine, reference).is_err());
    let again = put(&row.data, row.meta.as_deref(), Some(row.ancestors.clone()));
    assert_eq!(one(&engine, again), Ok(Outcome::Ref(*reference)));
    assert!(whole(&engine, reference).is_ok());
    assert_eq!(engine.damaged(), Ok(vec![]));
    assert_sound(&engine);
}

#[test]
fn a_revision_that_is_named_twice_in_a_group_is_one_whatever_its_meta() {
    let engine = in_memory();
    let metas = [None, Some("{\"a\":1}"), Some("{\"a\":2}"), Some("{\"a\": 1}")];
    let ops: Vec<Op> = metas.iter().map(|meta| put("1", *meta, Some(Vec::new()))).collect();
    let outcomes = engine.commit(&ops, &mut Chains::new());
    let mut named = BTreeMap::new();
    for (outcome, meta) in outcomes.iter().zip(metas) {
        let Ok(Outcome::Ref(reference)) = outcome else { panic!("{outcome:?}") };
        named.entry(*reference).or_insert_with(Vec::new).push(meta);
    }
    assert_eq!((named.len(), engine.graph().len()), (3, 3));
    assert_eq!(outcomes[1], outcomes[3]);
}
