//! A plain implementation of RFC 8785: parse all, sort by UTF-16, print all.

use serde_json::{Deserializer, Value};

/// Returns the canonical form by the book: parse all, sort by UTF-16, print all.
pub fn canonical(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(truth) => truth.to_string(),
        Value::Number(number) => {
            let number = number.as_f64().unwrap_or(f64::NAN); // always a number
            ryu_js::Buffer::new().format(number).to_owned()
        }
        Value::String(string) => quote(string),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(canonical).collect();
            format!("[{}]", items.join(","))
        }
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(key, _)| key.encode_utf16().collect::<Vec<u16>>());
            let members: Vec<String> = members
                .into_iter()
                .map(|(key, value)| format!("{}:{}", quote(key), canonical(value)))
                .collect();
            format!("{{{}}}", members.join(","))
        }
    }
}

/// Parses one JSON value of any depth; the last of equal keys counts.
pub fn parse(text: &[u8]) -> Option<Value> {
    let mut deserializer = Deserializer::from_slice(text);
    deserializer.disable_recursion_limit();
    let mut values = deserializer.into_iter();
    let value = values.next()?.ok()?;
    values.next().is_none().then_some(value)
}

/// Returns a string as ECMAScript's `QuoteJSONString` prints it.
pub fn quote(string: &str) -> String {
    let mut quoted = String::from("\"");
    for character in string.chars() {
        match character {
            '\u{8}' => quoted.push_str("\\b"),
            '\t' => quoted.push_str("\\t"),
            '\n' => quoted.push_str("\\n"),
            '\u{c}' => quoted.push_str("\\f"),
            '\r' => quoted.push_str("\\r"),
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\0'..='\u{1f}' => {
                let escape = format!("\\u{:04x}", u32::from(character));
                quoted.push_str(&escape);
            }
            _ => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}
