//! Revisions against `test/vectors/revisions.json`, and digests against BLAKE3's own vectors.
#![cfg(test)]

use crate::json_plain;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use histo_core::Ref;
use histo_core::revision::{Kind, Texts, digest};
use serde_json::Value;

#[path = "../../examples/generate_vectors/cases.rs"]
mod cases;
#[path = "../../examples/generate_vectors/render.rs"]
mod render;

const COMMITTED: &str = include_str!("../../../../test/vectors/revisions.json");

fn list(file: &str, name: &str) -> Vec<Value> {
    let file: Value = serde_json::from_str(file).unwrap();
    file[name].as_array().unwrap().clone()
}

/// The payload in its hashed form, by the plain implementation.
fn payload(revision: &Value) -> (Kind, Vec<u8>) {
    if let Some(text) = revision["json"].as_str() {
        let value = json_plain::parse(text.as_bytes()).unwrap();
        return (Kind::Json, json_plain::canonical(&value).into_bytes());
    }
    (Kind::Bytes, STANDARD.decode(revision["bytes"].as_str().unwrap()).unwrap())
}

/// The meta in its hashed form, by the plain implementation.
fn meta(revision: &Value) -> Option<String> {
    let value = json_plain::parse(revision["meta"].as_str()?.as_bytes()).unwrap();
    Some(json_plain::canonical(&value))
}

#[test]
fn the_committed_vectors_are_those_of_the_generator() {
    let generated = render::render(&cases::cases()).unwrap();
    assert!(generated == COMMITTED, "test/vectors/revisions.json is stale: npm run generate");
}

#[test]
fn each_text_is_that_of_the_contract() {
    let revisions = list(COMMITTED, "revisions");
    assert!(revisions.len() >= 40);
    for revision in revisions {
        let payload = match payload(&revision) {
            (Kind::Json, text) => format!("\"data\":{}", String::from_utf8(text).unwrap()),
            (Kind::Bytes, bytes) => format!("\"bytes\":\"{}\"", STANDARD_NO_PAD.encode(bytes)),
        };
        let meta = meta(&revision).map_or_else(String::new, |meta| format!(",\"meta\":{meta}"));
        let text = format!("{{\"ancestors\":{},{payload}{meta}}}", revision["ancestors"]);
        assert_eq!(revision["text"], text, "{}", revision["name"]);
    }
}

#[test]
fn each_ref_is_that_of_the_contract() {
    for revision in list(COMMITTED, "revisions") {
        let (kind, payload) = payload(&revision);
        let key = if kind == Kind::Json { "data" } else { "bytes" };
        let hashed = blake3::hash(&payload).to_hex();
        let meta = meta(&revision).map_or_else(String::new, |meta| {
            format!(",\"meta\":\"{}\"", blake3::hash(meta.as_bytes()).to_hex())
        });
        let ancestors = &revision["ancestors"];
        let form = format!("{{\"ancestors\":{ancestors},\"{key}\":\"{hashed}\"{meta}}}");
        assert_eq!(revision["ref"], blake3::hash(form.as_bytes()).to_hex().as_str());
        let text = revision["text"].as_str().unwrap().as_bytes();
        assert_eq!(
            revision["ref"],
            Texts::default().ref_of(text).unwrap().to_string(),
            "{}",
            revision["name"]
        );
    }
}

#[test]
fn each_text_is_read_back() {
    for revision in list(COMMITTED, "revisions") {
        let parsed = Texts::default().parse(revision["text"].as_str().unwrap().as_bytes()).unwrap();
        assert_eq!(Value::from(parsed.ancestors), revision["ancestors"]);
        assert_eq!(parsed.meta, meta(&revision).as_deref().map(str::as_bytes));
        assert_eq!(
            (parsed.kind, parsed.payload.into_owned()),
            payload(&revision),
            "{}",
            revision["name"]
        );
    }
}

#[test]
fn ancestors_come_earlier_in_the_file() {
    let mut known: Vec<Value> = Vec::new();
    let mut counts: Vec<usize> = Vec::new();
    for revision in list(COMMITTED, "revisions") {
        let ancestors = revision["ancestors"].as_array().unwrap();
        assert!(ancestors.iter().all(|ancestor| known.contains(ancestor)));
        counts.push(ancestors.len());
        known.push(revision["ref"].clone());
    }
    assert!([0, 1, 2, 8].iter().all(|count| counts.contains(count)));
}

#[test]
fn digests_are_the_published_ones() {
    let cases = list(include_str!("../../../../test/vectors/blake3.json"), "cases");
    assert!(cases.len() >= 8);
    for case in cases {
        let length = usize::try_from(case["input_len"].as_u64().unwrap()).unwrap();
        let input: Vec<u8> = (0..=250).cycle().take(length).collect();
        let hex = Ref::from_bytes(digest(&input)).to_string();
        assert_eq!(case["hash"], hex, "{length} bytes");
    }
}
