//! Canonical JSON: properties that hold for any value, any spelling and any bytes.
#![cfg(test)]

use crate::json_plain::{self, Speller};
use histo_core::json::{Canonicalizer, MAX_NESTING, canonicalize, is_canonical};
use proptest::prelude::*;
use serde_json::Value;

/// Strings that mix characters that need escapes, that sort unusually, and plain text of any length.
fn string() -> impl Strategy<Value = String> {
    let odd = prop::sample::select(vec![
        '\0',
        '\u{8}',
        '\t',
        '\n',
        '\u{b}',
        '\u{c}',
        '\r',
        '\u{1f}',
        ' ',
        '"',
        '\\',
        '/',
        'a',
        'b',
        '\u{7f}',
        '\u{80}',
        'é',
        '\u{2028}',
        '\u{d7ff}',
        '\u{e000}',
        '\u{fb33}',
        '\u{ffff}',
        '\u{10000}',
        '😀',
        '\u{10ffff}',
    ]);
    let character = prop_oneof![4 => prop::char::range('a', 'e'), 2 => odd, 1 => any::<char>()];
    prop::collection::vec(character, 0..20).prop_map(|characters| characters.into_iter().collect())
}

fn number() -> impl Strategy<Value = f64> {
    let decimal = (-99_999_999_i64..=99_999_999, -12..=25_i32)
        .prop_map(|(digits, exponent)| format!("{digits}e{exponent}").parse().unwrap());
    prop_oneof![
        decimal,
        any::<i64>().prop_map(|integer| integer.to_string().parse().unwrap()),
        any::<u64>().prop_map(f64::from_bits).prop_filter("finite", |value| value.is_finite()),
    ]
}

pub(crate) fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        number().prop_map(Value::from),
        string().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
            prop::collection::btree_map(string(), inner, 0..8)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Bytes made from pieces of JSON: they get deeper into the grammar than arbitrary bytes do.
fn fragments() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::sample::select(vec![
        &b"{"[..],
        b"}",
        b"[",
        b"]",
        b",",
        b":",
        b"\"",
        b"\"a\"",
        b"\"b\":",
        b"\\",
        b"\\u",
        b"d83d",
        b"\\ude00",
        b"\\ud83d",
        b"0",
        b"1",
        b"-",
        b".5",
        b"e",
        b"E+9",
        b"true",
        b"null",
        b" ",
        b"\n",
        b"\xc3\xa9",
        b"\xff",
        b"{\"b\":1,\"a\":",
        b"}]",
        b"\x1f",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn run(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    canonicalize(text, &mut out).unwrap();
    out
}

/// Compares the outcome for any bytes with that of the plain parser and printer.
fn check_any(text: &[u8]) -> Result<(), TestCaseError> {
    let mut out = Vec::new();
    let outcome = canonicalize(text, &mut out);
    match (outcome, json_plain::parse(text)) {
        (Ok(()), Some(value)) => {
            prop_assert_eq!(String::from_utf8(out.clone()).unwrap(), json_plain::canonical(&value));
            prop_assert_eq!(is_canonical(text), out == text);
        }
        (Ok(()), None) => prop_assert!(false, "accepted what is no JSON"),
        (Err(error), Some(_)) => {
            // Texts that the plain parser accepts and we refuse.
            prop_assert!(error.to_string().contains("duplicate key"), "{error}");
        }
        (Err(_), None) => prop_assert!(out.is_empty()),
    }
    Ok(())
}

proptest! {
    #[test]
    fn the_fast_form_is_the_plain_form_of_any_spelling(value in value(), seed: u64) {
        let spelt = Speller(seed).spell(&value);
        let out = run(spelt.as_bytes());
        prop_assert_eq!(String::from_utf8(out).unwrap(), json_plain::canonical(&value));
    }

    #[test]
    fn the_elements_of_an_array_are_as_texts_of_their_own(
        values in proptest::collection::vec(value(), 0..6),
        seed: u64,
    ) {
        let spelt: Vec<_> = values.iter().map(|value| Speller(seed).spell(value)).collect();
        let array = format!("[{}]", spelt.join(","));
        let mut found = Vec::new();
        let took = Canonicalizer::new().elements(array.as_bytes(), values.len(), |element| {
            found.push(element);
            Ok(())
        });
        // Whitespace around a value is what `JSON.stringify` does not print.
        prop_assume!(spelt.iter().all(|text| text.trim() == text));
        took.unwrap();
        let each: Vec<_> = spelt.iter().map(|text| run(text.as_bytes())).collect();
        prop_assert_eq!(found, each);
    }

    #[test]
    fn the_form_of_a_form_is_itself(value in value()) {
        let out = run(value.to_string().as_bytes());
        prop_assert_eq!(&run(&out), &out);
        prop_assert!(is_canonical(&out));
    }

    #[test]
    fn only_the_canonical_spelling_is_canonical(value in value(), seed: u64) {
        let spelt = Speller(seed).spell(&value);
        let canonical = json_plain::canonical(&value) == spelt;
        prop_assert_eq!(is_canonical(spelt.as_bytes()), canonical);
    }

    #[test]
    fn a_reused_canonicalizer_answers_as_a_fresh_one(values in prop::collection::vec(value(), 1..6)) {
        let mut canonicalizer = Canonicalizer::new();
        for value in values {
            let text = value.to_string();
            let mut out = Vec::new();
            canonicalizer.run(text.as_bytes(), &mut out).unwrap();
            prop_assert_eq!(out, run(text.as_bytes()));
        }
    }

    #[test]
    fn two_keys_are_ordered_by_their_utf_16_units(left in string(), right in string()) {
        prop_assume!(left != right);
        let member = |key: &str| format!("{}:0", Value::from(key));
        let spelt = |first: &str, second: &str| format!("{{{},{}}}", member(first), member(second));
        let in_order = left.encode_utf16().lt(right.encode_utf16());
        prop_assert_eq!(is_canonical(spelt(&left, &right).as_bytes()), in_order);
        prop_assert_eq!(is_canonical(spelt(&right, &left).as_bytes()), !in_order);
    }

    #[test]
    fn any_double_is_printed_so_that_it_reads_back(value in number()) {
        let out = String::from_utf8(run(format!("{value:e}").as_bytes())).unwrap();
        let back: f64 = out.parse().unwrap();
        prop_assert_eq!(back.to_bits(), (value + 0.0).to_bits()); // a minus zero becomes zero
    }

    #[test]
    fn any_short_decimal_has_the_plain_form(
        sign in "-?", whole in "0|[1-9][0-9]{0,17}", fraction in "([.][0-9]{1,18})?",
        exponent in "([eE][+-]?[0-9]{1,2})?",
    ) {
        check_any(format!("{sign}{whole}{fraction}{exponent}").as_bytes())?;
    }

    #[test]
    fn any_bytes_are_read_or_refused_without_a_panic(text in prop::collection::vec(any::<u8>(), 0..60)) {
        check_any(&text)?;
    }

    #[test]
    fn pieces_of_json_are_accepted_as_by_the_plain_parser(text in fragments()) {
        check_any(&text)?;
    }

    #[test]
    fn a_damaged_text_is_accepted_as_by_the_plain_parser(
        value in value(), seed: u64, at: prop::sample::Index, byte: u8,
    ) {
        let mut text = Speller(seed).spell(&value).into_bytes();
        let at = at.index(text.len());
        text[at] = byte;
        check_any(&text)?;
        check_any(&text[..at])?;
    }
}

#[test]
fn every_level_of_a_deep_object_is_sorted() {
    let deep = |first: &str, second: &str| {
        let open = format!("{{{first}{second}");
        (open.repeat(MAX_NESTING), "}".repeat(MAX_NESTING))
    };
    let (open, close) = deep("\"b\":1,", "\"a\":");
    let expected = format!("{}0{}", "{\"a\":".repeat(MAX_NESTING), ",\"b\":1}".repeat(MAX_NESTING));
    assert_eq!(run(format!("{open}0{close}").as_bytes()), expected.as_bytes());
}

#[test]
fn an_object_in_order_around_one_that_is_not_keeps_its_place() {
    let text =
        br#"{"a":{"b":{"z":{"n":1},"y":[{"q":1,"p":{}}]},"c":{}},"d":{"f":1,"e":{"h":1,"g":2}}}"#;
    let expected =
        br#"{"a":{"b":{"y":[{"p":{},"q":1}],"z":{"n":1}},"c":{}},"d":{"e":{"g":2,"h":1},"f":1}}"#;
    assert_eq!(run(text), expected);
}
