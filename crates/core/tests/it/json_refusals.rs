//! Texts that canonical JSON refuses: where the message places the fault, and that nothing is written.
#![cfg(test)]

use histo_core::Error;
use histo_core::json::{Canonicalizer, MAX_NESTING, canonicalize, is_canonical};

/// Returns the message of the misuse for `text`.
fn refusal(text: &[u8]) -> String {
    let mut out = b"as it was".to_vec();
    let error = canonicalize(text, &mut out).unwrap_err();
    assert_eq!(out, b"as it was");
    assert!(!is_canonical(text));
    match error {
        Error::Misuse(message) => message,
        other => panic!("{other:?} for {}", text.escape_ascii()),
    }
}

#[test]
fn texts_that_are_not_json_are_refused_at_the_byte() {
    let cases: &[(&str, usize)] = &[
        ("", 0),
        ("  ", 2),
        ("{", 1),
        ("[", 1),
        ("[1", 2),
        ("[1,", 3),
        ("[1,]", 3),
        ("[,1]", 1),
        ("[1 2]", 3),
        ("[1}", 2),
        ("]", 0),
        ("}", 0),
        ("1 1", 2),
        ("{}{}", 2),
        ("{1:2}", 1),
        ("{\"a\"}", 4),
        ("{\"a\":}", 5),
        ("{\"a\":1,}", 7),
        ("{\"a\":1]", 6),
        ("{\"a\" 1}", 5),
        ("{,}", 1),
        ("{'a':1}", 1),
        ("nul", 0),
        ("nULL", 0),
        ("truefalse", 4),
        ("undefined", 0),
        ("NaN", 0),
        ("Infinity", 0),
        ("-", 1),
        ("-Infinity", 1),
        ("+1", 0),
        (".5", 0),
        ("1.", 2),
        ("1.e1", 2),
        ("1e", 2),
        ("1e+", 3),
        ("01", 0),
        ("-01", 1),
        ("00", 0),
        ("0x10", 1),
        ("1_000", 1),
        ("\"", 1),
        ("\"abc", 4),
        ("\"\\", 1),
        ("\"\\x\"", 1),
        ("\"\\u12\"", 1),
        ("\"\\u12G4\"", 1),
        ("\"a\u{1f}b\"", 2),
        ("\"a\nb\"", 2),
        ("\"abcdefgh\tijklmnop\"", 9),
        ("/* c */ 1", 0),
        ("1 // c", 2),
        ("\u{feff}1", 0),
        ("\u{a0}1", 0),
        ("\u{b}1", 0),
        ("\0", 0),
        ("[1]\0", 3),
    ];
    for &(text, at) in cases {
        let message = refusal(text.as_bytes());
        assert!(message.contains(&format!("at byte {at}:")), "{text:?}: {message}");
    }
}

#[test]
fn bytes_that_are_not_utf_8_are_refused() {
    for text in [&b"\"\xff\""[..], b"\"\xc0\xaf\"", b"\"\xed\xa0\x80\"", b"\"\xf4\x90\x80\x80\""] {
        assert_eq!(refusal(text), "invalid JSON at byte 1: not UTF-8");
    }
}

#[test]
fn a_lone_surrogate_is_refused_in_keys_and_values() {
    for (text, place) in [
        (r#""\ud800""#, ""),
        (r#""\udfff""#, ""),
        (r#""\udc00\ud800""#, ""),
        (r#""\ud800\ud800""#, ""),
        (r#""\ud83dx\ude00""#, ""),
        (r#""\ud83d\n""#, ""),
        (r#"["a","\n\ud800"]"#, " at '/1'"),
        (r#"[[1,{}],[],{"a":[]},[ "[\"{,\\" , "\uD83D" ]]"#, " at '/3/1'"),
        (r#"{"a":{"b,":1},"c":[0,{"d":"é\udc00"}]}"#, " at '/c/1/d'"),
        (r#"{"a/b":{"~":{"":["\udc00"]}}}"#, " at '/a~1b/~0//0'"),
        (r#"{"b":[],"a\u002f\"\u00e9\ud83d\ude00":"\udc00"}"#, " at '/a~1\"é😀'"),
        (r#"{"\uD83D":1}"#, r" in a key at '/\uD83D'"),
        (r#"[{"a":1,"x/\"\ud83d\t~\udc00":1}]"#, " in a key at '/0/x~1\"\\ud83d\t~0\\udc00'"),
        (r#"{"a":{"\ud83d\x":1}}"#, r" in a key at '/a/\ud83d'"),
        (r#"{"a":{"\ud83d"#, r" in a key at '/a/\ud83d'"),
    ] {
        assert_eq!(refusal(text.as_bytes()), format!("data has a lone surrogate{place}"), "{text}");
    }
}

#[test]
fn a_place_is_cut_to_200_characters() {
    let (key, much) = ("é".repeat(199), "é".repeat(100_000));
    let whole = refusal(format!(r#"{{"{key}":"\ud800"}}"#).as_bytes());
    assert_eq!(whole, format!("data has a lone surrogate at '/{key}'"));
    for text in [format!(r#"{{"{key}":["\ud800"]}}"#), format!(r#"{{"{much}":"\ud800"}}"#)] {
        let cut = format!("data has a lone surrogate at '/{key}…'");
        assert_eq!(refusal(text.as_bytes()), cut);
    }
}

#[test]
fn a_number_beyond_the_doubles_is_refused() {
    for text in ["1e309", "-1e309", "[1,1e999999999999]", &format!("1{}", "0".repeat(309))] {
        assert!(refusal(text.as_bytes()).contains("infinite number"), "{text}");
    }
}

#[test]
fn a_number_is_exact_up_to_its_greatest_length() {
    let zeros = "0".repeat(32_000);
    for (text, expected) in [
        (format!("1{zeros}e-32000"), "1"),
        (format!("0.{zeros}1e32001"), "1"),
        (format!("25{zeros}e-31980"), "2.5e+21"),
        (format!("1{zeros}e-655360"), "0"),
        (format!("0.{zeros}e9999999999999999999"), "0"),
    ] {
        let mut out = Vec::new();
        canonicalize(text.as_bytes(), &mut out).unwrap();
        assert_eq!(out, expected.as_bytes());
    }
    let long = format!("[0.{zeros}{zeros}]");
    assert_eq!(refusal(long.as_bytes()), "number of more than 32768 characters at byte 1");
}

#[test]
fn a_duplicate_key_is_refused_however_it_is_spelt() {
    for text in [
        r#"{"a":1,"a":1}"#,
        r#"{"a":1,"b":2,"a":3}"#,
        r#"{"b":1,"a":2,"b":3}"#,
        r#"{"a":1,"\u0061":2}"#,
        r#"{"\n":1,"\u000a":2}"#,
        r#"{"":1,"":2}"#,
        r#"[{"x":{"é":1,"d":2,"\u00e9":3}}]"#,
    ] {
        assert!(refusal(text.as_bytes()).contains("duplicate key"), "{text}");
    }
}

#[test]
fn nesting_ends_at_the_limit() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("[{\"a\":", "}]")] {
        let levels = open.matches(['[', '{']).count();
        let nested = |depth: usize| {
            let times = depth / levels;
            format!("{}{}{}", open.repeat(times), "null", close.repeat(times))
        };
        assert!(is_canonical(nested(MAX_NESTING).as_bytes()));
        let steps = open.chars().filter_map(|bracket| match bracket {
            '[' => Some("/0"),
            '{' => Some("/a"),
            _ => None,
        });
        let pointer: String = steps.cycle().take(100).collect();
        let expected = format!("data has more than 1000 levels at '{pointer}…'");
        assert_eq!(refusal(nested(MAX_NESTING + levels).as_bytes()), expected);
    }
    let within = format!(r#"[{{}},{{"a/~b":[[],{}"#, "[".repeat(1_000_000));
    let expected = format!("data has more than 1000 levels at '/1/a~1~0b/1{}/…'", "/0".repeat(94));
    assert_eq!(refusal(within.as_bytes()), expected);
}

#[test]
fn a_canonicalizer_still_works_after_a_refusal() {
    let mut canonicalizer = Canonicalizer::new();
    let mut out = Vec::new();
    for text in [&br#"{"b":1,"a":[ "#[..], br#"[{"b":1,"a":{"d":"#, b"[ 1, \"\\ud800\"]"] {
        canonicalizer.run(text, &mut out).unwrap_err();
    }
    canonicalizer.run(br#"{"b":1,"a":2}"#, &mut out).unwrap();
    assert_eq!(out, br#"{"a":2,"b":1}"#);
    assert!(canonicalizer.is_canonical(&out));
}

#[test]
fn an_array_with_more_or_fewer_elements_is_refused_and_a_fault_has_its_place_in_its_element() {
    let take = |array: &str, count| {
        let mut taken = 0;
        let took = Canonicalizer::new().elements(array.as_bytes(), count, |_| {
            taken += 1;
            Ok(())
        });
        took.map(|()| taken).map_err(|error| error.to_string())
    };
    assert_eq!(take("[]", 0), Ok(0));
    assert_eq!(take("[1,{\"a\":[2,3]},\"x\"]", 3), Ok(3));
    for (array, count) in
        [("[1,2]", 1), ("[1,2]", 3), ("[]", 1), ("1", 1), ("[1", 1), ("[1]]", 1), ("", 0)]
    {
        let message = take(array, count).unwrap_err();
        assert!(!message.is_empty(), "{array}");
    }
    let lone = refusal(b"{\"a\":\"\\ud800\"}");
    assert!(take("[1,{\"a\":\"\\ud800\"}]", 2).unwrap_err().contains(&lone));
}
