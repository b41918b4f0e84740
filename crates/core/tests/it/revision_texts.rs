//! The text of a revision: writing, reading it back, and texts that are not one.
#![cfg(test)]

use histo_core::revision::{Kind, MAX_META_BYTES, Parsed, Texts, digest, ref_with_meta, text_of};
use histo_core::{Error, Ref};
use proptest::prelude::*;
use std::borrow::Cow;

const A: &str = "0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f";

/// Returns the message of a `Corrupt` outcome.
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
        let message = corruption(Texts::default().parse(text.as_bytes()));
        assert!(message.contains(what), "{text}: {message}");
        assert_eq!(corruption(Texts::default().ancestors(text.as_bytes())), message, "{text}");
    }
}

/// How texts of 2013 are read, and what is refused as in today's texts.
#[test]
fn texts_of_2013_are_read_on_request() {
    let read = |text: &str| {
        let mut texts = Texts::default();
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
        assert_eq!(message, corruption(Texts::default().parse(text.as_bytes())), "{text}");
    }
}

#[test]
fn bytes_that_are_not_utf_8_are_no_text() {
    let ancestor = corruption(Texts::default().parse(b"{\"ancestors\":[\"\xff\"],\"data\":1}"));
    assert!(ancestor.contains("not UTF-8"), "{ancestor}");
    let data = corruption(Texts::default().parse(b"{\"ancestors\":[],\"data\":\"\xff\"}"));
    assert!(data.contains("not UTF-8"), "{data}");
}

#[test]
fn data_may_be_nested_as_deep_as_data_may_be() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let text = |data: &str| format!("{{\"ancestors\":[],\"data\":{data}}}");
    let deepest = nested(1_000);
    assert_eq!(
        Texts::default().parse(text(&deepest).as_bytes()).unwrap().payload,
        deepest.as_bytes()
    );
    assert!(
        corruption(Texts::default().parse(text(&nested(1_001)).as_bytes())).contains("1000 levels")
    );
}

#[test]
fn a_meta_is_the_last_key_and_an_object_with_members() {
    let parse = |text: &str| {
        Texts::default().parse(text.as_bytes()).map(|parsed| parsed.meta.map(<[u8]>::to_vec))
    };
    let cases: &[(&str, &str)] = &[
        (r#""data":1,"meta":{}"#, "not an object with members"),
        (r#""data":1,"meta":null"#, "not an object with members"),
        (r#""data":1,"meta":[1]"#, "not an object with members"),
        (r#""data":1,"meta":"#, "not an object with members"),
        (r#""data":1,"meta":{"a":1.0}"#, "its meta is not in canonical form"),
        (r#""data":1,"meta":{"b":1,"a":1}"#, "its meta is not in canonical form"),
        (r#""data":1,"meta":{"a":1},"meta":{"a":1}"#, "its meta is not in canonical form"),
        (r#""data":1,"meta":{"a":1},"x":1"#, "its meta is not in canonical form"),
        (r#""data":1.0,"meta":{"a":1}"#, "not JSON data"),
        (r#""data":1 ,"meta":{"a":1}"#, "not JSON data"),
        (r#""data":1,"Meta":{"a":1}"#, "not JSON data"),
        (r#""bytes":"AAAA","meta":{}"#, "not an object with members"),
        (r#""bytes":"AAAA", "meta":{"a":1}"#, "base64"),
        (r#""bytes":"AA==","meta":{"a":1}"#, "base64"),
        (r#""meta":{"a":1}"#, "neither"),
        (r#""meta":{"a":1},"data":1"#, "neither"),
    ];
    for &(rest, what) in cases {
        let message = corruption(parse(&format!("{{\"ancestors\":[],{rest}}}")));
        assert!(message.contains(what), "{rest}: {message}");
    }
    let long = |size: usize| {
        let meta = format!("{{\"a\":\"{}\"}}", "x".repeat(size - 8));
        (format!("{{\"ancestors\":[],\"data\":1,\"meta\":{meta}}}"), meta.into_bytes())
    };
    let (text, meta) = long(MAX_META_BYTES);
    assert_eq!(parse(&text), Ok(Some(meta)));
    assert!(corruption(parse(&long(MAX_META_BYTES + 1).0)).contains("over 65,536 bytes"));
}

#[test]
fn a_meta_is_brought_into_canonical_form_and_bounded() {
    let write = |json: &str| {
        let mut out = b"before".to_vec();
        let is_there = Texts::default().meta(json.as_bytes(), &mut out)?;
        Ok::<_, Error>((is_there, String::from_utf8(out).unwrap()))
    };
    assert_eq!(
        write(r#" { "b" : 1.0 , "a" : "\u0061" } "#),
        Ok((true, r#"before{"a":"a","b":1}"#.to_owned()))
    );
    assert_eq!(write(" { } "), Ok((false, "before".to_owned())));
    for no_object in ["null", "[]", "1", r#""a""#, "true"] {
        let error = write(no_object).unwrap_err();
        assert!(
            matches!(&error, Error::Misuse(message) if message.contains("an object")),
            "{error}"
        );
    }
    assert!(matches!(write(r#"{"a":"\ud800"}"#), Err(Error::Misuse(_))));
    let sized = |size: usize| write(&format!("{{\"a\":\"{}\"}}", "x".repeat(size - 8)));
    assert!(sized(MAX_META_BYTES).is_ok());
    assert!(matches!(sized(MAX_META_BYTES + 1), Err(Error::TooLarge { .. })));
}

#[test]
fn a_meta_changes_the_ref() {
    let meta = digest(br#"{"a":1}"#);
    let without = ref_with_meta(&[], Kind::Json, &digest(b"1"), None);
    assert_ne!(ref_with_meta(&[], Kind::Json, &digest(b"1"), Some(&meta)), without);
    let text = br#"{"ancestors":[],"data":1,"meta":{"a":1}}"#;
    let of_text = Texts::default().ref_of(text).unwrap();
    assert_eq!(of_text, ref_with_meta(&[], Kind::Json, &digest(b"1"), Some(&meta)));
}

#[test]
fn only_built_in_ancestors_give_a_built_in_ref() {
    let own = Ref::from_hex(A.as_bytes()).unwrap();
    let text = format!("{{\"ancestors\":[\"{A}\"],\"data\":1}}");
    let reference = Texts::default().ref_of(text.as_bytes()).unwrap();
    assert_eq!(reference, ref_with_meta(&[own], Kind::Json, &digest(b"1"), None));
    let foreign = corruption(Texts::default().ref_of(br#"{"ancestors":["17"],"data":1}"#));
    assert!(foreign.contains("not a built-in ref"), "{foreign}");
    let shouted = text.replace(A, &A.to_uppercase());
    assert!(corruption(Texts::default().ref_of(shouted.as_bytes())).contains("not a built-in ref"));
}

#[test]
fn the_order_of_ancestors_and_the_kind_change_the_ref() {
    let [one, two] = [digest(b"1"), digest(b"2")].map(Ref::from_bytes);
    let payload = digest(b"1");
    let mut refs = vec![
        ref_with_meta(&[], Kind::Json, &payload, None),
        ref_with_meta(&[], Kind::Bytes, &payload, None),
        ref_with_meta(&[one], Kind::Json, &payload, None),
        ref_with_meta(&[one, two], Kind::Json, &payload, None),
        ref_with_meta(&[two, one], Kind::Json, &payload, None),
        ref_with_meta(&[one, two], Kind::Bytes, &payload, None),
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
        meta in prop::option::of("(?s).{0,20}"),
    ) {
        let meta = meta.map(|text| serde_json::json!({ text: { "meta": {} } }).to_string().into_bytes());
        let ancestors: Vec<String> = ancestors.into_iter().collect();
        let (kind, payload) = if json {
            (Kind::Json, serde_json::Value::from(String::from_utf8_lossy(&bytes)).to_string().into())
        } else {
            (Kind::Bytes, bytes)
        };
        let mut text = Vec::new();
        text_of(&ancestors, kind, &payload, meta.as_deref(), &mut text);
        prop_assert!(histo_core::json::is_canonical(&text));
        let ancestors: Vec<Cow<'_, str>> = ancestors.into_iter().map(Cow::Owned).collect();
        prop_assert_eq!(Texts::default().ancestors(&text), Ok(ancestors.clone()));
        let meta = meta.as_deref();
        prop_assert_eq!(Texts::default().parse(&text), Ok(Parsed { ancestors, kind, payload: payload.into(), meta }));
    }

    #[test]
    fn a_text_that_is_read_is_the_one_that_would_be_written(
        at: prop::sample::Index, byte: u8, json: bool, meta: bool,
    ) {
        let mut text = if json {
            br#"{"ancestors":["a","b"],"data":{"a":[1,2],"b":"c"}}"#.to_vec()
        } else {
            br#"{"ancestors":["a","b"],"bytes":"AAECAwQ"}"#.to_vec()
        };
        if meta {
            text.pop();
            text.extend_from_slice(br#","meta":{"a":"b","c":[1]}}"#);
        }
        let at = at.index(text.len());
        text[at] = byte;
        let ancestors = Texts::default().parse(&text).map(|parsed| parsed.ancestors);
        prop_assert_eq!(Texts::default().ancestors(&text), ancestors);
        if let Ok(parsed) = Texts::default().parse(&text) {
            let mut again = Vec::new();
            text_of(&parsed.ancestors, parsed.kind, &parsed.payload, parsed.meta, &mut again);
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
        prop_assert_eq!(ref_with_meta(&ancestors, kind, &payload, None), hashed);
        let form = format!("{},\"meta\":\"{A}\"}}", form.strip_suffix('}').unwrap());
        let hashed = Ref::from_bytes(*blake3::hash(form.as_bytes()).as_bytes());
        prop_assert_eq!(ref_with_meta(&ancestors, kind, &payload, Some(&payload)), hashed);
    }
}
