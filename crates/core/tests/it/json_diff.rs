//! Differences as patches: they make exactly the second value, and are small.
#![cfg(test)]

use crate::json_properties::value;
use histo_core::json::{ArrayKeys, DiffOptions, canonicalize, diff};
use histo_reference::patch::applied;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

pub(crate) fn text(value: &Value) -> Vec<u8> {
    let mut text = Vec::new();
    canonicalize(&serde_json::to_vec(value).unwrap(), &mut text).unwrap();
    text
}

fn patch_with(before: &Value, after: &Value, keys: &[&str], moves: bool) -> Value {
    let mut out = Vec::new();
    let mut options = DiffOptions { keys: ArrayKeys::named(keys), moves };
    diff(&text(before), &text(after), &mut options, &mut out).unwrap();
    serde_json::from_slice(&out).unwrap()
}

fn patch(before: &Value, after: &Value) -> Value {
    patch_with(before, after, &["id", "key"], true)
}

fn assert_makes(before: &Value, after: &Value, patch: &Value) {
    let (made, wanted) = (text(&applied(before, patch).unwrap()), text(after));
    assert_eq!(String::from_utf8(made), String::from_utf8(wanted), "{patch}");
}

/// Elements of few kinds, so that they repeat, move and change.
fn element() -> impl Strategy<Value = Value> {
    prop_oneof![
        (0..6).prop_map(Value::from),
        (0..5, 0..3).prop_map(|(id, x)| json!({ "id": id, "x": x, "y": "same" })),
        vec(0..3, 0..4).prop_map(Value::from),
    ]
}

pub(crate) fn arrays() -> impl Strategy<Value = Value> {
    vec(element(), 0..12).prop_map(Value::from)
}

/// Rows, each with an id of its own, in any order.
pub(crate) fn rows() -> impl Strategy<Value = Value> {
    let row = (0..30_u32, 0..3_u32, prop_oneof![arrays(), Just(json!({ "deep": [1, 2] }))]);
    vec(row, 0..12).prop_map(|rows| {
        let mut seen = std::collections::HashSet::new();
        let fresh = rows.into_iter().filter(|(id, ..)| seen.insert(*id));
        fresh.map(|(id, x, more)| json!({ "id": id, "more": more, "x": x })).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn a_patch_makes_the_second_of_any_two_values(before in value(), after in value()) {
        assert_makes(&before, &after, &patch(&before, &after));
    }

    #[test]
    fn a_patch_of_arrays_makes_the_second(before in arrays(), after in arrays(), moves: bool) {
        for keys in [&["id", "key"][..], &[], &["x"]] {
            let patch = patch_with(&before, &after, keys, moves);
            assert_makes(&before, &after, &patch);
            let has_moves = patch.as_array().unwrap().iter().any(|it| it["op"] == "move");
            prop_assert!(moves || !has_moves);
        }
    }

    #[test]
    fn a_patch_of_rows_makes_the_second(before in rows(), after in rows(), moves: bool) {
        let (before, after) = (json!({ "a": 1, "rows": before }), json!({ "b": 1, "rows": after }));
        assert_makes(&before, &after, &patch_with(&before, &after, &["key", "id"], moves));
    }
}

fn document(rows: impl Iterator<Item = usize>) -> Value {
    let row =
        |id| json!({ "id": id, "name": format!("row {id}, \"quoted\" \\"), "tags": [id, "x"] });
    json!({ "rows": rows.map(row).collect::<Value>(), "title": "t", "zone": { "a": [1, [2]] } })
}

#[test]
fn equal_values_have_an_empty_patch() {
    assert_eq!(patch(&document(0..9), &document(0..9)), json!([]));
}

#[test]
fn one_edited_field_is_one_operation() {
    let before = document(0..1_000);
    let mut after = before.clone();
    after["rows"][500]["name"] = json!("other");
    let expected = json!([{ "op": "replace", "path": "/rows/500/name", "value": "other" }]);
    assert_eq!(patch(&before, &after), expected);
}

#[test]
fn an_inserted_row_is_one_add_and_a_deleted_one_a_remove() {
    let (before, after) = (document((0..500).chain(501..1_000)), document(0..1_000));
    let row = after["rows"][500].clone();
    assert_eq!(patch(&before, &after), json!([{ "op": "add", "path": "/rows/500", "value": row }]));
    assert_eq!(patch(&after, &before), json!([{ "op": "remove", "path": "/rows/500" }]));
}

#[test]
fn ten_moved_rows_are_at_most_ten_moves() {
    let before = document(0..1_000);
    let mut order: Vec<usize> = (0..1_000).collect();
    for at in 0..10 {
        let row = order.remove(at * 97 + 3);
        order.insert((at * 389 + 50) % 990, row);
    }
    let after = document(order.into_iter());
    for keys in [&["id"][..], &[]] {
        let patch = patch_with(&before, &after, keys, true);
        assert_makes(&before, &after, &patch);
        let operations = patch.as_array().unwrap();
        assert!(operations.len() <= 10 && operations.iter().all(|it| it["op"] == "move"));
        assert!(patch.to_string().len() <= 1_024);
    }
}

#[test]
fn a_moved_row_that_changed_is_a_move_and_the_change() {
    let before = json!([{ "id": 1, "x": 1 }, { "id": 2, "x": 1 }, { "id": 3, "x": 1 }]);
    let after = json!([{ "id": 2, "x": 1 }, { "id": 3, "x": 1 }, { "id": 1, "x": 2 }]);
    let expected = json!([
        { "op": "move", "from": "/0", "path": "/2" },
        { "op": "replace", "path": "/2/x", "value": 2 },
    ]);
    assert_eq!(patch(&before, &after), expected);
}

#[test]
fn a_renamed_member_is_a_move() {
    let before = json!({ "a": { "long": "enough to be told" }, "m": 1 });
    let after = json!({ "m": 2, "z/~": { "long": "enough to be told" } });
    let expected = json!([
        { "op": "replace", "path": "/m", "value": 2 },
        { "op": "move", "from": "/a", "path": "/z~1~0" },
    ]);
    assert_eq!(patch(&before, &after), expected);
}

#[test]
fn members_come_in_canonical_order() {
    let patch = patch(&json!({ "a": 1, "c": 1, "é": 1 }), &json!({ "b": 2, "c": 2, "é": 2 }));
    let paths: Vec<_> = patch.as_array().unwrap().iter().map(|it| it["path"].clone()).collect();
    assert_eq!(paths, ["/a", "/b", "/c", "/é"]);
}

#[test]
fn a_value_of_another_kind_is_replaced() {
    let replaced = json!([{ "op": "replace", "path": "", "value": [1] }]);
    assert_eq!(patch(&json!({ "a": 1 }), &json!([1])), replaced);
    assert_eq!(patch(&json!(12), &json!(1))[0]["op"], "replace");
    assert_eq!(patch(&json!({ "0": {} }), &json!({ "0": [] }))[0]["path"], "/0");
}

#[test]
fn a_thousand_levels_with_a_difference_at_each_are_walked() {
    let nested = |x: u32| (0..999).fold(json!(x), |inner, _| json!({ "a": x, "b": inner }));
    let (before, after) = (nested(1), nested(2));
    let patch = patch(&before, &after);
    assert_eq!(patch.as_array().unwrap().len(), 1_000);
    let arrays = |x: u32| (0..999).fold(json!(x), |inner, _| json!([x, "same", inner, x]));
    assert!(!patch_with(&arrays(1), &arrays(2), &["id"], true).as_array().unwrap().is_empty());
}

#[test]
fn a_function_returns_the_keys_of_each_array_for_its_pointer() {
    let before = json!({ "a": [{ "n": 1, "x": 1 }, { "n": 2, "x": 2 }], "b/": [[1, 2], [3]] });
    let after = json!({ "a": [{ "n": 2, "x": 1 }, { "n": 1, "x": 1 }], "b/": [[2], [3, 4]] });
    let mut asked = Vec::new();
    let mut ask = |pointer: &str| {
        asked.push(pointer.to_owned());
        Ok(vec!["n".to_owned()])
    };
    let mut out = Vec::new();
    let mut options = DiffOptions { keys: ArrayKeys::asked(&mut ask), moves: true };
    diff(&text(&before), &text(&after), &mut options, &mut out).unwrap();
    assert_makes(&before, &after, &serde_json::from_slice(&out).unwrap());
    assert_eq!(asked, ["/a", "/b~1"]);
}
