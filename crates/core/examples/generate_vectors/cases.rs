//! The cases of the vectors: names, ancestors and payloads, without answers.

/// The payload of a case.
pub(super) enum Payload {
    /// JSON text, in any spelling.
    Json(String),
    /// Binary data.
    Bytes(Vec<u8>),
}

/// One revision to make.
pub(super) struct Case {
    pub(super) name: &'static str,
    /// The number of first cases, all different, that are its ancestors.
    pub(super) ancestors: usize,
    pub(super) payload: Payload,
    /// JSON text of the meta, in any spelling.
    pub(super) meta: Option<String>,
}

/// All cases, in the order of the file: ancestors before descendants.
pub(super) fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = JSON.iter().map(|&(name, text)| json(name, 0, text)).collect();
    cases.push(json(
        "arrays nested 1,000 deep",
        0,
        &format!("{}{}", "[".repeat(1_000), "]".repeat(1_000)),
    ));
    let objects = format!("{}0{}", r#"{"b":1,"a":"#.repeat(1_000), "}".repeat(1_000));
    cases.push(json("objects nested 1,000 deep, each out of order", 0, &objects));
    for (name, length) in [
        ("no bytes", 0),
        ("one byte", 1),
        ("two bytes", 2),
        ("1,024 bytes, a whole chunk of BLAKE3", 1_024),
        ("1,025 bytes, a chunk and a byte", 1_025),
    ] {
        let bytes = (0..=250).cycle().take(length).collect();
        cases.push(Case { name, ancestors: 0, payload: Payload::Bytes(bytes), meta: None });
    }
    for (name, ancestors) in [("one ancestor", 1), ("two ancestors", 2), ("eight ancestors", 8)] {
        cases.push(json(name, ancestors, r#"{"merged":true}"#));
    }
    let payload = Payload::Bytes(b"merged".to_vec());
    cases.push(Case { name: "two ancestors of bytes", ancestors: 2, payload, meta: None });
    cases.extend(metas());
    cases
}

/// Revisions with a meta.
fn metas() -> Vec<Case> {
    let with = |name, ancestors, text: &str, meta: &str| Case {
        meta: Some(meta.to_owned()),
        ..json(name, ancestors, text)
    };
    let written = r#"{"time":"2026-01-01T00:00:00.000Z","author":"Ada","message":"first"}"#;
    let deep = format!(r#"{{"a":{}{}}}"#, "[".repeat(999), "]".repeat(999));
    let bytes = |name, ancestors, bytes: &[u8], meta: &str| Case {
        name,
        ancestors,
        payload: Payload::Bytes(bytes.to_vec()),
        meta: Some(meta.to_owned()),
    };
    vec![
        with("a meta out of order", 0, "null", written),
        with("a meta and an ancestor", 1, r#"{"b":1,"a":2}"#, written),
        with(
            "a meta with numbers, escapes and scripts",
            0,
            "1",
            r#" { "n" : 1.50 , "é" : "\u0061\u20AC" } "#,
        ),
        with(
            "data that looks like a meta",
            0,
            r#"{"a":{"meta":{"b":1}},"meta":{"c":2}}"#,
            r#"{"meta":{"d":",\"meta\":{}"}}"#,
        ),
        with("data that ends in what looks like a meta", 0, r#"",\"meta\":{}""#, r#"{"a":1}"#),
        with("a meta nested 1,000 deep", 0, "{}", &deep),
        bytes("bytes and a meta", 0, &[0, 255], r#"{"type":"image/png"}"#),
        bytes("two ancestors of bytes and a meta", 2, b"", r#"{"type":"image/png"}"#),
    ]
}

fn json(name: &'static str, ancestors: usize, text: &str) -> Case {
    Case { name, ancestors, payload: Payload::Json(text.to_owned()), meta: None }
}

const JSON: &[(&str, &str)] = &[
    ("null", "null"),
    ("true", "true"),
    ("false", "false"),
    ("an empty object", "{}"),
    ("an empty array", "[]"),
    ("an empty string", r#""""#),
    ("zero", "0"),
    ("one tenth", "0.1"),
    ("minus zero is zero", "-0"),
    ("a sum that is not three tenths", "0.30000000000000004"),
    ("the least number without an exponent", "0.000001"),
    ("the first number with a negative exponent", "1e-7"),
    ("the last number without an exponent", "999999999999999900000"),
    ("the first number with an exponent", "1e21"),
    ("the least positive double", "5e-324"),
    ("the greatest double", "1.7976931348623157e308"),
    ("the least double", "-1.7976931348623157e308"),
    ("2^53", "9007199254740992"),
    ("2^53 + 1 is not a double", "9007199254740993"),
    ("-2^53 + 1", "-9007199254740991"),
    ("many spellings of one", "[1,1.0,1.000,10e-1,0.1e1,1E0,1e+0,100e-02]"),
    ("numbers of all sizes", "[1e20,1e22,123456789012345680000,0.00001,0.0000012,1.5e-9,-1e-7]"),
    ("an object in order", r#"{"a":1,"b":[1,2,3],"c":{"d":null}}"#),
    ("an object out of order", r#"{"c":{"z":1,"d":null},"b":[{"y":2,"x":1}],"a":1}"#),
    ("whitespace", " { \"b\" : [ 1 , 2 ] ,\r\n\t\"a\" : { } } "),
    ("keys that look like integers", r#"{"10":1,"9":2,"1":3,"-1":4,"01":5}"#),
    ("an empty key", r#"{"a":1,"":2}"#),
    ("keys of Object.prototype", r#"{"toString":1,"__proto__":{"x":1},"constructor":2}"#),
    ("a key beyond the BMP before U+FB33", r#"{"דּ":1,"😀":2,"z":3,"€":4}"#),
    ("keys with escapes", r#"{"\u0000":1,"\n":2,"\"":3,"\\":4,"\/":5,"A":6,"\u0041a":7,"\r":8}"#),
    (
        "keys that are prefixes",
        r#"{"abcdef":1,"abcde":2,"abcd":3,"abc":4,"ab":5,"a":6,"abcdeé":7}"#,
    ),
    (
        "all control characters",
        concat!(
            r#""\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\u0008\u0009\u000A\u000B\u000C\u000D"#,
            r#"\u000E\u000F\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001A\u001B"#,
            r#"\u001C\u001D\u001E\u001F\u007F\u0080\u2028\u2029""#
        ),
    ),
    ("other spellings of a string", r#""\u0061\/\u00e9\u20AC\uD83D\uDE00\u0022\u005C\b\f\n\r\t""#),
    ("text in many scripts", r#"["Grüße","здравствуй","こんにちは","שלום","🇪🇺👩‍👩‍👧","ḍ̇","ḍ̇"]"#),
    (
        "the least and the greatest characters",
        r#"["\u0000","\uD800\uDC00","\uDBFF\uDFFF","\uFFFF","\uFEFF"]"#,
    ),
];
