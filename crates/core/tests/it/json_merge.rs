//! Three-way merges: laws that hold for any values, and the parts of results.
#![cfg(test)]

use crate::json_diff::{arrays, rows, text};
use crate::json_properties::value;
use histo_core::json::{ArrayKeys, MergeOptions, is_canonical, merge3};
use histo_reference::json::parse;
use proptest::prelude::*;
use serde_json::{Value, json};

/// The result of a merge: the value, and its conflicts.
fn merge_with(values: [Option<&Value>; 3], equal: bool) -> (Option<Value>, Vec<Value>) {
    let texts = values.map(|value| value.map(text));
    let keys = ArrayKeys::named(&["id", "key"]);
    let mut options = MergeOptions { keys, equal_changes_conflict: equal };
    let merge = merge3(texts.each_ref().map(|text| text.as_deref()), &mut options).unwrap();
    let conflicts = [b"[", &merge.conflicts[..], b"]"].concat();
    if let Some(text) = &merge.text {
        assert!(is_canonical(text), "{}", String::from_utf8_lossy(text));
    }
    let made = merge.text.map(|text| parse(&text).unwrap());
    (made, parse(&conflicts).unwrap().as_array().unwrap().clone())
}

fn merge(base: &Value, ours: &Value, theirs: &Value) -> (Value, Vec<Value>) {
    let (made, conflicts) = merge_with([Some(base), Some(ours), Some(theirs)], false);
    (made.unwrap(), conflicts)
}

/// Returns the value with the elements of all arrays sorted by their texts.
fn unordered(value: &Value) -> Value {
    match value {
        Value::Array(elements) => {
            let mut elements: Vec<Value> = elements.iter().map(unordered).collect();
            elements.sort_by_cached_key(Value::to_string);
            Value::Array(elements)
        }
        Value::Object(members) => {
            members.iter().map(|(key, value)| (key.clone(), unordered(value))).collect()
        }
        other => other.clone(),
    }
}

/// Returns conflicts without their places, with the sides swapped if `turned`.
fn told(conflicts: &[Value], turned: bool) -> Vec<String> {
    let one = |conflict: &Value| {
        let kind = conflict["kind"].as_str().unwrap();
        let kind = match (turned, kind) {
            (true, "deleted by us") => "deleted by them",
            (true, "deleted by them") => "deleted by us",
            _ => kind,
        };
        let sides = if turned { ["theirs", "ours"] } else { ["ours", "theirs"] };
        let [ours, theirs] = sides.map(|side| conflict.get(side));
        format!("{kind} {:?} {ours:?} {theirs:?}", conflict.get("base"))
    };
    let mut told: Vec<String> = conflicts.iter().map(one).collect();
    told.sort();
    told
}

fn assert_laws(base: &Value, ours: &Value, theirs: &Value) {
    let [base, ours, theirs] = &[base, ours, theirs].map(|value| parse(&text(value)).unwrap());
    assert_eq!(merge(base, ours, base), (ours.clone(), vec![]));
    assert_eq!(merge(base, base, theirs), (theirs.clone(), vec![]));
    assert_eq!(merge(base, ours, ours), (ours.clone(), vec![]));
    let (made, conflicts) = merge(base, ours, theirs);
    let (turned, told_turned) = merge(base, theirs, ours);
    assert_eq!(told(&conflicts, false), told(&told_turned, true), "{base} {ours} {theirs}");
    if conflicts.is_empty() {
        assert_eq!(unordered(&made), unordered(&turned), "{base} {ours} {theirs}");
    }
    for conflict in conflicts {
        let there = made.pointer(conflict["path"].as_str().unwrap());
        if let Some(ours) = conflict.get("ours") {
            assert_eq!(there, Some(ours), "{base} {ours} {theirs}: {conflict} in {made}");
        }
    }
}

/// Rows that differ from others by small changes.
fn changed_rows() -> impl Strategy<Value = [Value; 3]> {
    (rows(), vec_of_changes(), vec_of_changes()).prop_map(|(base, left, right)| {
        let [ours, theirs] = [left, right].map(|changes| changed(&base, &changes));
        [base, ours, theirs]
    })
}

type Changes = Vec<(u8, usize, usize)>;

fn vec_of_changes() -> impl Strategy<Value = Changes> {
    prop::collection::vec((0..5_u8, 0..12_usize, 0..12_usize), 0..4)
}

fn changed(base: &Value, changes: &Changes) -> Value {
    let mut rows = base.as_array().unwrap().clone();
    for &(what, at, other) in changes {
        let count = rows.len().max(1);
        match what {
            _ if rows.is_empty() => rows.push(json!({ "id": 100 + at, "x": other })),
            0 => drop(rows.remove(at % count)),
            1 => rows.insert(at % count, json!({ "id": 100 + other, "x": at })),
            2 => {
                let row = rows.remove(at % count);
                let place = other % (rows.len() + 1);
                rows.insert(place, row);
            }
            3 => rows[at % count]["x"] = json!(other),
            _ => rows[at % count]["y"] = json!(other),
        }
    }
    let mut seen = std::collections::HashSet::new();
    rows.into_iter().filter(|row| seen.insert(row["id"].to_string())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn the_laws_hold_for_any_values(base in value(), ours in value(), theirs in value()) {
        assert_laws(&base, &ours, &theirs);
    }

    #[test]
    fn the_laws_hold_for_arrays(base in arrays(), ours in arrays(), theirs in arrays()) {
        assert_laws(&base, &ours, &theirs);
        let within = |value: &Value| json!({ "a": [1, value], "b": 2 });
        assert_laws(&within(&base), &within(&ours), &within(&theirs));
    }

    #[test]
    fn the_laws_hold_for_rows([base, ours, theirs] in changed_rows()) {
        assert_laws(&base, &ours, &theirs);
    }

    #[test]
    fn values_added_without_a_base_are_all_kept(ours in value(), theirs in value()) {
        let (made, conflicts) = merge_with([None, Some(&ours), Some(&theirs)], false);
        let (turned, told_turned) = merge_with([None, Some(&theirs), Some(&ours)], false);
        assert_eq!(told(&conflicts, false), told(&told_turned, true));
        prop_assert!(made.is_some() && turned.is_some());
    }
}

#[test]
fn missing_values_are_merged_like_any_value() {
    let (one, two) = (json!(1), json!(2));
    assert_eq!(merge_with([Some(&one), None, Some(&one)], false), (None, vec![]));
    let conflict = json!({ "path": "", "kind": "deleted by us", "base": 1, "theirs": 2 });
    assert_eq!(merge_with([Some(&one), None, Some(&two)], false), (None, vec![conflict]));
    let conflict = json!({ "path": "", "kind": "both added", "ours": 1, "theirs": 2 });
    assert_eq!(merge_with([None, Some(&one), Some(&two)], false).1, [conflict]);
}

#[test]
fn a_thousand_levels_with_changes_of_both_on_the_way_are_merged() {
    let nested = |a: u32, c: u32| {
        (0..999).fold(json!(0), |inner, level| match level % 50 {
            0 => json!({ "a": a, "b": inner, "c": c }),
            _ => json!({ "b": inner }),
        })
    };
    assert_eq!(merge(&nested(0, 0), &nested(1, 0), &nested(0, 1)), (nested(1, 1), vec![]));
    let (made, conflicts) = merge(&nested(0, 0), &nested(1, 0), &nested(2, 0));
    assert_eq!((made, conflicts.len()), (nested(1, 0), 20));
}

#[test]
fn a_long_array_that_one_side_sorted_is_merged() {
    let rows = |ids: &mut dyn Iterator<Item = u32>, x: u32| -> Value {
        ids.map(|id| json!({ "id": id, "x": if id == 7 { x } else { 0 } })).collect()
    };
    let base = rows(&mut (0..9_000), 0);
    let (sorted, edited) = (rows(&mut (0..9_000).rev(), 0), rows(&mut (0..9_000), 1));
    let (made, conflicts) = merge(&base, &sorted, &edited);
    assert_eq!((made, conflicts), (rows(&mut (0..9_000).rev(), 1), vec![]));
}
