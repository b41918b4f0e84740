//! Target `merges`: differences and three-way merges of any JSON and of small changes of it, against a plain
//! implementation of RFC 6902 and the laws of merges; and over bytes that are not canonical JSON, which only
//! must end.
#![cfg(test)]

use bolero::TypeGenerator;
use histo_core::json::{
    ArrayKeys, DiffOptions, Merge, MergeOptions, canonicalize, diff, is_canonical, merge3, value_at,
};
use histo_reference::{json::parse, patch::applied};
use serde_json::{Value, json};

/// Some 3 s without optimization.
const SHORT: usize = 6_000;

/// A value, and the changes of both sides.
#[derive(Debug, Clone, TypeGenerator)]
struct Case {
    value: Vec<Token>,
    ours: Vec<Edit>,
    theirs: Vec<Edit>,
    moves: bool,
    /// 0: the default keys; 1: by value; else another member.
    keys: u8,
}

#[derive(Debug, Clone, Copy, TypeGenerator)]
enum Token {
    Open(bool),
    Close,
    Leaf(u8),
    Row(u8, u8),
}

#[derive(Debug, Clone, Copy, TypeGenerator)]
struct Edit {
    what: u8,
    path: [u8; 3],
    value: u8,
}

/// The order of the last ones differs between bytes and UTF-16; the longest begins and ends in other blocks of 64 bytes.
const KEYS: [&str; 14] = [
    "a",
    "b",
    "id",
    "key",
    "",
    "/",
    "~\"\\",
    "é😀",
    "~1",
    "0",
    "\u{1}\n",
    "a key of more than sixty-four bytes, with \"quotes\", [brackets], {braces} and \\",
    "\u{e000}",
    "😀",
];

fn leaf(which: u8) -> Value {
    match which % 16 {
        0 => Value::Null,
        1 => json!(true),
        2 => json!("text, with ]} and \" in it"),
        3 => json!(-0.5),
        4 => json!([]),
        5 => json!({}),
        6 => json!(1.797_693_134_862_315_7e308),
        7 => json!(5e-324),
        8 => json!(9_007_199_254_740_993_u64),
        9 => json!(""),
        10 => json!("\u{2028}😀\u{e000}\\"),
        11 => json!(-1e21),
        12 => json!([[], {}, [0]]),
        other => json!(other % 2),
    }
}

fn key(which: usize) -> String {
    KEYS[which % KEYS.len()].to_owned()
}

fn built(tokens: &[Token]) -> Value {
    let mut open = vec![(Value::Array(Vec::new()), String::new())];
    for token in tokens.iter().take(400) {
        let value = match *token {
            Token::Open(object) if open.len() < 200 => {
                let made = if object { json!({}) } else { json!([]) };
                open.push((made, key(open.len())));
                continue;
            }
            Token::Close if open.len() > 1 => open.pop().map_or(Value::Null, |(made, _)| made),
            Token::Open(_) | Token::Close => continue,
            Token::Leaf(which) => leaf(which),
            Token::Row(id, x) => json!({ "id": id % 8, "x": x % 3 }),
        };
        put(&mut open, value);
    }
    while open.len() > 1 {
        let value = open.pop().map_or(Value::Null, |(made, _)| made);
        put(&mut open, value);
    }
    open.pop().map_or(Value::Null, |(made, _)| made)
}

fn put(open: &mut [(Value, String)], value: Value) {
    match open.last_mut() {
        Some((Value::Array(elements), _)) => elements.push(value),
        Some((Value::Object(members), _)) => drop(members.insert(key(members.len()), value)),
        _ => {}
    }
}

fn edited(value: &Value, edits: &[Edit]) -> Value {
    let mut edited = value.clone();
    for edit in edits.iter().take(8) {
        let mut place = &mut edited;
        for step in edit.path {
            if children(place) == 0 {
                break;
            }
            let at = usize::from(step) % children(place);
            place = match place {
                Value::Array(elements) => &mut elements[at],
                Value::Object(members) => members.values_mut().nth(at).unwrap(),
                other => other,
            };
        }
        change(place, *edit);
    }
    edited
}

fn children(value: &Value) -> usize {
    match value {
        Value::Array(elements) => elements.len(),
        Value::Object(members) => members.len(),
        _ => 0,
    }
}

fn change(place: &mut Value, Edit { what, path, value }: Edit) {
    let at = usize::from(path[0]);
    match place {
        Value::Array(elements) => {
            let count = elements.len();
            match what % 4 {
                0 => elements.insert(at % (count + 1), leaf(value)),
                1 if count > 0 => drop(elements.remove(at % count)),
                2 if count > 0 => {
                    let moved = elements.remove(at % count);
                    elements.insert(usize::from(path[1]) % count, moved);
                }
                _ => elements.push(json!({ "id": value % 8, "x": 9 })),
            }
        }
        Value::Object(members) if what % 2 == 0 => {
            members.insert(key(at), leaf(value));
        }
        Value::Object(members) => drop(members.remove(&key(at))),
        other => *other = leaf(what ^ value),
    }
}

fn text(value: &Value) -> Vec<u8> {
    let mut text = Vec::new();
    canonicalize(&serde_json::to_vec(value).unwrap(), &mut text).unwrap();
    text
}

fn names(keys: u8) -> &'static [&'static str] {
    match keys % 3 {
        0 => &["id", "key"],
        1 => &[],
        _ => &["x"],
    }
}

fn merged(texts: [&[u8]; 3], names: &[&str]) -> Merge {
    merged_by(texts, names, false)
}

fn merged_by(texts: [&[u8]; 3], names: &[&str], equal_changes_conflict: bool) -> Merge {
    let mut options = MergeOptions { keys: ArrayKeys::named(names), equal_changes_conflict };
    merge3(texts.map(Some), &mut options).unwrap()
}

/// Checks that each conflict has our value in its place, and values that are in the texts.
fn assert_told(merge: &Merge, texts: [&[u8]; 3]) {
    let conflicts = parse(&[b"[", &merge.conflicts[..], b"]"].concat()).unwrap();
    let made = merge.text.as_ref().map(|text| parse(text).unwrap());
    for conflict in conflicts.as_array().unwrap() {
        let path = conflict["path"].as_str().unwrap();
        if let Some(ours) = conflict.get("ours") {
            assert_eq!(made.as_ref().and_then(|made| made.pointer(path)), Some(ours), "{path}");
        }
        for (name, whole) in ["base", "ours", "theirs"].into_iter().zip(texts) {
            if let Some(part) = conflict.get(name) {
                let part = text(part);
                assert!(whole.windows(part.len()).any(|window| window == part), "{name} {path}");
            }
        }
    }
}

/// Checks every value of a text against a search for it, up to some depth.
fn assert_found(whole: &Value, canonical: &[u8]) {
    let mut left = vec![(whole, Vec::new())];
    while let Some((value, path)) = left.pop() {
        assert_eq!(value_at(canonical, &path), Some(&text(value)[..]), "{path:?}");
        if path.len() > 3 {
            continue;
        }
        let inside = |step: String| path.iter().cloned().chain([step]).collect::<Vec<_>>();
        match value {
            Value::Array(elements) => {
                left.extend(
                    elements.iter().enumerate().map(|(at, it)| (it, inside(at.to_string()))),
                );
                assert_eq!(value_at(canonical, &inside(elements.len().to_string())), None);
            }
            Value::Object(members) => {
                left.extend(members.iter().map(|(key, it)| (it, inside(key.clone()))));
                for key in KEYS.iter().filter(|key| !members.contains_key(**key)) {
                    assert_eq!(value_at(canonical, &inside((*key).to_owned())), None);
                }
            }
            _ => assert_eq!(value_at(canonical, &inside("0".to_owned())), None),
        }
    }
}

fn check(case: &Case) {
    let base = built(&case.value);
    let [ours, theirs] = [&case.ours, &case.theirs].map(|edits| edited(&base, edits));
    let [b, o, t] = [&base, &ours, &theirs].map(text);
    let names = names(case.keys);
    let mut out = Vec::new();
    let mut options = DiffOptions { keys: ArrayKeys::named(names), moves: case.moves };
    diff(&o, &t, &mut options, &mut out).unwrap();
    let patched = applied(&ours, &parse(&out).unwrap()).unwrap();
    assert_eq!(String::from_utf8(text(&patched)), String::from_utf8(t.clone()));
    let same = |merge: Merge, text: &[u8]| {
        assert_eq!(merge.text.as_deref(), Some(text));
        assert!(merge.conflicts.is_empty());
    };
    same(merged([&b, &o, &b], names), &o);
    same(merged([&b, &b, &t], names), &t);
    same(merged([&b, &o, &o], names), &o);
    let (left, right) = (merged([&b, &o, &t], names), merged([&b, &t, &o], names));
    assert_eq!(left.conflicts.is_empty(), right.conflicts.is_empty());
    assert_told(&left, [&b, &o, &t]);
    let counted = merged_by([&b, &o, &o], names, true);
    assert_eq!(counted.text.as_deref(), Some(&o[..]));
    assert!(b != o || counted.conflicts.is_empty());
    assert_told(&merged_by([&b, &o, &t], names, true), [&b, &o, &t]);
    assert_found(&theirs, &t);
    assert!(left.text.is_some_and(|text| is_canonical(&text)));
}

#[test]
fn a_patch_and_a_merge_are_what_they_say() {
    bolero::check!().with_type::<Case>().with_iterations(SHORT).for_each(check);
}

#[test]
fn what_is_not_canonical_ends() {
    bolero::check!().with_type::<[Vec<u8>; 3]>().with_iterations(SHORT).for_each(|[a, b, c]| {
        let mut options = DiffOptions { keys: ArrayKeys::named(&["id"]), moves: true };
        let _ended = diff(a, b, &mut options, &mut Vec::new());
        let _merge = merged([a, b, c], &["id"]);
        let _value = value_at(a, &["a", "0"]);
    });
}
