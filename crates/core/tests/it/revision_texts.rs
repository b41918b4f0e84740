//! The text of a revision: there and back, and what is no such text.
#![cfg(test)]

use histo_core::revision::{
    Kind, Parsed, Texts, ancestors_of_text, digest, parse_text, ref_of, ref_of_text, text_of,
};
use histo_core::{Error, Ref};
use proptest::prelude::*;
use std::borrow::Cow;

const A: &str = "0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f";

/// Returns the message of the corruption that `outcome` is.
fn corruption<T: std::fmt::Debug>(outcome: histo_core::Result<T>) -> String {
    match outcome.unwrap_err() {
        Error::Corrupt { message, subject: None } => message,
        other => panic!("{other:?}"),
    }
}

#[test]
fn only_the_text_of_a_revision_is_read() {
    let cases: &[(&str, &str)] = &[
        ("", "does not begin"),
        ("{}", "does not begin"),
        (r#"{"data":1}"#, "does not begin"),
        (r#" {"ancestors":[],"data":1}"#, "does not begin"),
        (r#"{"ancestors": [],"data":1}"#, "does not begin"),
        (r#"{"ancestors":null,"data":1}"#, "does not begin"),
        (r#"{"data":1,"ancestors":[]}"#, "does not begin"),
        (r#"{"ancestors":["#, "not an array of strings"),
        (r#"{"ancestors":[1],"data":1}"#, "not an array of strings"),
        (r#"{"ancestors":["a","data":1}"#, "not an array of strings"),
        (r#"{"ancestors":["a" ,"b"],"data":1}"#, "not an array of strings"),
        (r#"{"ancestors":["a",],"data":1}"#, "not an array of strings"),
        (r#"{"ancestors":[,"a"],"data":1}"#, "not an array of strings"),
        (r#"{"ancestors":["a],"data":1}"#, "not an array of strings"),
        (r#"{"ancestors":["a"#, "not a string"),
        (r#"{"ancestors":["\u0061"],"data":1}"#, "not spelt canonically"),
        (r#"{"ancestors":["\ud800"],"data":1}"#, "not spelt canonically"),
        (r#"{"ancestors":["\x"],"data":1}"#, "not spelt canonically"),
        (r#"{"ancestors":[""],"data":1}"#, "empty"),
        (r#"{"ancestors":["a","b","a"],"data":1}"#, "twice"),
        (r#"{"ancestors":[]}"#, "neither"),
        (r#"{"ancestors":[],"dat":1}"#, "neither"),
        (r#"{"ancestors":[], "data":1}"#, "neither"),
        (r#"{"ancestors":[],"author":"x","data":1}"#, "neither"),
        (r#"{"ancestors":[],"data":1"#, "no brace"),
        ("{\"ancestors\":[],\"data\":1}\n", "no brace"),
        (r#"{"ancestors":[],"data":}"#, "not JSON data"),
        (r#"{"ancestors":[],"data":1,"x":2}"#, "not JSON data"),
        (r#"{"ancestors":[],"data":1}}"#, "not JSON data"),
        (r#"{"ancestors":[],"data":{"a":1,"a":1}}"#, "not JSON data"),
        (r#"{"ancestors":[],"data":1.0}"#, "not in canonical form"),
        (r#"{"ancestors":[],"data": 1}"#, "not in canonical form"),
        (r#"{"ancestors":[],"data":{"b":1,"a":1}}"#, "not in canonical form"),
        (r#"{"ancestors":[],"bytes":1}"#, "base64"),
        (r#"{"ancestors":[],"bytes":"}"#, "base64"),
        (r#"{"ancestors":[],"bytes":"AA=="}"#, "base64"),
        (r#"{"ancestors":[],"bytes":"AB"}"#, "base64"),
        (r#"{"ancestors":[],"bytes":"A"}"#, "base64"),
        (r#"{"ancestors":[],"bytes":"-_-_"}"#, "base64"),
        (r#"{"ancestors":[],"bytes":"AA\/A"}"#, "base64"),
        (r#"{"ancestors":[],"bytes":"AAAA","data":1}"#, "base64"),
    ];
    for &(text, what) in cases {
        let message = corruption(parse_text(text.as_bytes()));
        assert!(message.contains(what), "{text}: {message}");
        assert_eq!(corruption(ancestors_of_text(text.as_bytes())), message, "{text}");
    }
}

/// What a text of 2013 is read as, and what is refused as today's texts are.
#[test]
fn texts_of_2013_are_read_where_they_are_asked_for() {
    let read = |text: &str| {
        let mut texts = Texts::new();
        let parsed = texts.parse_former(text.as_bytes()).map(|parsed| {
            let payload = String::from_utf8(parsed.payload.into_owned()).unwrap();
            (parsed.ancestors.join(" "), payload)
        });
        let ancestors = texts.ancestors_former(text.as_bytes()).map(|names| names.join(" "));
        assert_eq!(parsed.as_ref().ok().map(|(names, _)| names), ancestors.as_ref().ok(), "{text}");
        parsed
    };
    let cases = [
        (r#"{"ancestors":[],"data":1}"#, "", "1"),
        (
            r#"{"ancestors":[],"data":"\u200d\u00ad\u0600\uffff\u007f"}"#,
            "",
            "\"\u{200d}\u{ad}\u{600}\u{ffff}\u{7f}\"",
        ),
        (
            r#"{"ancestors":["a\u200c"],"data":{"\ufeff":"\\u200d\n\u0001"}}"#,
            "a\u{200c}",
            "{\"\u{feff}\":\"\\\\u200d\\n\\u0001\"}",
        ),
        (r#"{"ancestors":["a","b"]}"#, "a b", "null"),
        (r#"{"ancestors":["a","b","a"],"data":[]}"#, "a b", "[]"),
        (r#"{"ancestors":["a\u200d","a\u200d"]}"#, "a\u{200d}", "null"),
    ];
    for (text, ancestors, payload) in cases {
        assert_eq!(read(text).unwrap(), (ancestors.to_owned(), payload.to_owned()), "{text}");
    }
    let refused = [
        r#"{"ancestors":[],"data":"\u0061"}"#,
        r#"{"ancestors":[],"data":"\u200D"}"#,
        "{\"ancestors\":[],\"data\":\"\u{200d}\\u200d\"}",
        r#"{"ancestors":[],"data":"\u20"}"#,
        r#"{"ancestors":[],"data":"\"#,
        r#"{"data":1,"ancestors":[]}"#,
        r#"{"ancestors":[],"data":{"b":1,"a":"\u200d"}}"#,
        r#"{"ancestors":["a","a"],"bytes":"AAAA"}"#,
        r#"{"ancestors":[""]}"#,
        r#"{"ancestors":[]"#,
    ];
    for text in refused {
        let message = corruption(read(text));
        assert_eq!(message, corruption(parse_text(text.as_bytes())), "{text}");
    }
}

#[test]
fn bytes_that_are_not_utf_8_are_no_text() {
    let ancestor = corruption(parse_text(b"{\"ancestors\":[\"\xff\"],\"data\":1}"));
    assert!(ancestor.contains("not UTF-8"), "{ancestor}");
    let data = corruption(parse_text(b"{\"ancestors\":[],\"data\":\"\xff\"}"));
    assert!(data.contains("not UTF-8"), "{data}");
}

#[test]
fn data_may_be_nested_as_deep_as_data_may_be() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let text = |data: &str| format!("{{\"ancestors\":[],\"data\":{data}}}");
    let deepest = nested(1_000);
    assert_eq!(parse_text(text(&deepest).as_bytes()).unwrap().payload, deepest.as_bytes());
    assert!(corruption(parse_text(text(&nested(1_001)).as_bytes())).contains("1000 levels"));
}

#[test]
fn only_built_in_refs_lead_to_a_built_in_ref() {
    let own = Ref::from_hex(A.as_bytes()).unwrap();
    let text = format!("{{\"ancestors\":[\"{A}\"],\"data\":1}}");
    let reference = ref_of_text(text.as_bytes()).unwrap();
    assert_eq!(reference, ref_of(&[own], Kind::Json, &digest(b"1")));
    let foreign = corruption(ref_of_text(br#"{"ancestors":["17"],"data":1}"#));
    assert!(foreign.contains("not a built-in ref"), "{foreign}");
    let shouted = text.replace(A, &A.to_uppercase());
    assert!(corruption(ref_of_text(shouted.as_bytes())).contains("not a built-in ref"));
}

#[test]
fn the_order_of_ancestors_and_the_kind_tell_refs_apart() {
    let [one, two] = [digest(b"1"), digest(b"2")].map(Ref::from_bytes);
    let payload = digest(b"1");
    let mut refs = vec![
        ref_of(&[], Kind::Json, &payload),
        ref_of(&[], Kind::Bytes, &payload),
        ref_of(&[one], Kind::Json, &payload),
        ref_of(&[one, two], Kind::Json, &payload),
        ref_of(&[two, one], Kind::Json, &payload),
        ref_of(&[one, two], Kind::Bytes, &payload),
    ];
    refs.sort();
    refs.dedup();
    assert_eq!(refs.len(), 6);
}

proptest! {
    #[test]
    fn a_text_is_read_as_what_it_was_written_from(
        ancestors in prop::collection::btree_set("(?s).{1,12}", 0..6),
        json: bool,
        bytes in prop::collection::vec(any::<u8>(), 0..80),
    ) {
        let ancestors: Vec<String> = ancestors.into_iter().collect();
        let (kind, payload) = if json {
            (Kind::Json, serde_json::Value::from(String::from_utf8_lossy(&bytes)).to_string().into())
        } else {
            (Kind::Bytes, bytes)
        };
        let mut text = Vec::new();
        text_of(&ancestors, kind, &payload, &mut text);
        prop_assert!(histo_core::json::is_canonical(&text));
        let ancestors: Vec<Cow<'_, str>> = ancestors.into_iter().map(Cow::Owned).collect();
        prop_assert_eq!(ancestors_of_text(&text), Ok(ancestors.clone()));
        prop_assert_eq!(parse_text(&text), Ok(Parsed { ancestors, kind, payload: payload.into() }));
    }

    #[test]
    fn what_is_read_is_what_would_be_written(
        at: prop::sample::Index, byte: u8, json: bool,
    ) {
        let mut text = if json {
            br#"{"ancestors":["a","b"],"data":{"a":[1,2],"b":"c"}}"#.to_vec()
        } else {
            br#"{"ancestors":["a","b"],"bytes":"AAECAwQ"}"#.to_vec()
        };
        let at = at.index(text.len());
        text[at] = byte;
        let ancestors = parse_text(&text).map(|parsed| parsed.ancestors);
        prop_assert_eq!(ancestors_of_text(&text), ancestors);
        if let Ok(parsed) = parse_text(&text) {
            let mut again = Vec::new();
            text_of(&parsed.ancestors, parsed.kind, &parsed.payload, &mut again);
            prop_assert_eq!(again, text);
        }
    }

    #[test]
    fn any_number_of_ancestors_is_hashed_as_the_contract_says(count in 0_usize..40, json: bool) {
        let ancestors: Vec<Ref> =
            (0..count).map(|index| Ref::from_bytes(digest(&index.to_string().into_bytes()))).collect();
        let names: Vec<String> = ancestors.iter().map(|ancestor| format!("\"{ancestor}\"")).collect();
        let (kind, key) = if json { (Kind::Json, "data") } else { (Kind::Bytes, "bytes") };
        let form = format!("{{\"ancestors\":[{}],\"{key}\":\"{A}\"}}", names.join(","));
        let payload = *Ref::from_hex(A.as_bytes()).unwrap().as_bytes();
        let hashed = Ref::from_bytes(*blake3::hash(form.as_bytes()).as_bytes());
        prop_assert_eq!(ref_of(&ancestors, kind, &payload), hashed);
    }
}
