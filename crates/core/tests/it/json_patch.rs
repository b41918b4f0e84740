//! A plain reading of RFC 6902 over `serde_json` values, which judges patches.
#![cfg(test)]

use serde_json::Value;

/// The value that a patch makes of `data`; panics where an operation does not fit.
pub(crate) fn applied(data: &Value, patch: &Value) -> Value {
    let mut data = data.clone();
    for operation in patch.as_array().unwrap() {
        let text = |name: &str| operation[name].as_str().unwrap();
        match text("op") {
            "add" => add(&mut data, text("path"), operation["value"].clone()),
            "remove" => drop(take(&mut data, text("path"))),
            "replace" => *data.pointer_mut(text("path")).unwrap() = operation["value"].clone(),
            "move" => {
                let moved = take(&mut data, text("from"));
                add(&mut data, text("path"), moved);
            }
            other => panic!("{other}"),
        }
    }
    data
}

fn split(pointer: &str) -> (&str, String) {
    let (above, last) = pointer.rsplit_once('/').unwrap();
    (above, last.replace("~1", "/").replace("~0", "~"))
}

fn add(data: &mut Value, pointer: &str, value: Value) {
    let (above, last) = split(pointer);
    match data.pointer_mut(above).unwrap() {
        Value::Array(elements) => elements.insert(last.parse().unwrap(), value),
        Value::Object(members) => assert!(members.insert(last, value).is_none(), "{pointer}"),
        _ => panic!("{pointer}"),
    }
}

fn take(data: &mut Value, pointer: &str) -> Value {
    let (above, last) = split(pointer);
    match data.pointer_mut(above).unwrap() {
        Value::Array(elements) => elements.remove(last.parse().unwrap()),
        Value::Object(members) => members.remove(&last).unwrap(),
        _ => panic!("{pointer}"),
    }
}
