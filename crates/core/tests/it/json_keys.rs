//! Whether a text has a key with an escape, compared with its actual keys.
#![cfg(test)]

use histo_core::json::{canonicalize, has_escaped_key};
use proptest::prelude::*;
use serde_json::Value;

use crate::json_properties::value;

/// A key is written with an escape if it has a quote, a backslash or a control character.
fn expected(value: &Value) -> bool {
    let is_escaped = |key: &String| key.chars().any(|it| it < ' ' || it == '"' || it == '\\');
    match value {
        Value::Object(members) => members.keys().any(is_escaped) || members.values().any(expected),
        Value::Array(items) => items.iter().any(expected),
        _ => false,
    }
}

#[test]
fn keys_are_distinguished_from_values_whatever_is_between() {
    for (text, has) in [
        (r#"{"a":"\\"}"#, false),
        (r#"{"a":"\"","b":1}"#, false),
        (r#"{"a":"\":","b":1}"#, false),
        (r#"{"a":"\\\":"}"#, false),
        (r#"["\\","\"",":"]"#, false),
        (r#"{"\\":1}"#, true),
        (r#"{"\"":1}"#, true),
        (r#"{"a\n":1}"#, true),
        (r#"{"a":"\\","b\u0001":1}"#, true),
        (r#"{"a":[{"b":"x\n"},{"\"":{}}]}"#, true),
        (r#"{"a":"","\\":""}"#, true),
        ("\"\"", false),
        ("1", false),
    ] {
        assert_eq!(has_escaped_key(text.as_bytes()), has, "{text}");
    }
}

/// Values and keys with runs of backslashes, and whether a key has one.
const ROWS: [(&str, bool); 8] = [
    (r#""v":"\\\\","k":":""#, false),
    (r#""v":"\\\\\"","k":":""#, false),
    (r#""v":"\"\":\\","k":"x\\""#, false),
    (r#""v":"\\\"\":","\\\\":0"#, true),
    (r#""v":"\\","k\\\"":":""#, true),
    (r#""v":"\"","k":0,"\\":0"#, true),
    (r#""v":":","k":":\\""#, false),
    (r#""k\\":":""#, true),
];

#[test]
fn the_place_of_a_key_in_a_long_text_does_not_matter() {
    for (members, has) in ROWS {
        for length in 0..200 {
            for (start, end) in [("a", ""), ("\\n", ""), ("a", "\\\\")] {
                let value = format!("{}{end}", start.repeat(length));
                let text = format!(r#"{{"a":"{value}",{members}}}"#);
                assert_eq!(has_escaped_key(text.as_bytes()), has, "{text}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_canonical_text_has_an_escaped_key_if_one_of_its_keys_needs_it(value in value()) {
        let mut text = Vec::new();
        canonicalize(value.to_string().as_bytes(), &mut text).unwrap();
        prop_assert_eq!(has_escaped_key(&text), expected(&value), "{}", String::from_utf8_lossy(&text));
    }
}
