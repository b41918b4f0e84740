//! Canonical JSON against the published examples of `test/vectors/jcs.json`.
#![cfg(test)]

use crate::json_plain;
use histo_core::json::{canonicalize, is_canonical};
use serde_json::Value;

fn vectors(list: &str) -> Vec<Value> {
    let file = include_str!("../../../../test/vectors/jcs.json");
    let file: Value = serde_json::from_str(file).unwrap();
    file[list].as_array().unwrap().clone()
}

fn canonical(text: &str) -> String {
    let mut out = Vec::new();
    canonicalize(text.as_bytes(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn published_texts_have_their_published_form() {
    let texts = vectors("texts");
    assert!(texts.len() >= 7);
    for text in texts {
        let (input, expected) = (text["input"].as_str().unwrap(), &text["canonical"]);
        assert_eq!(&canonical(input), expected, "{}", text["name"]);
        assert!(is_canonical(expected.as_str().unwrap().as_bytes()), "{}", text["name"]);
        assert!(!is_canonical(input.as_bytes()), "{}", text["name"]);
    }
}

#[test]
fn the_plain_implementation_has_the_published_forms_too() {
    for text in vectors("texts") {
        let value = json_plain::parse(text["input"].as_str().unwrap().as_bytes()).unwrap();
        assert_eq!(&json_plain::canonical(&value), &text["canonical"], "{}", text["name"]);
    }
}

#[test]
fn published_numbers_have_their_published_form() {
    let numbers = vectors("numbers");
    assert!(numbers.len() >= 24);
    for number in numbers {
        let bits = u64::from_str_radix(number["bits"].as_str().unwrap(), 16).unwrap();
        let value = f64::from_bits(bits);
        let expected = number["canonical"].as_str().unwrap();
        for spelling in [format!("{value:e}"), format!("{value}"), format!("{value:.400}")] {
            assert_eq!(canonical(&spelling), expected, "{spelling}");
        }
        assert!(is_canonical(expected.as_bytes()), "{expected}");
    }
}
