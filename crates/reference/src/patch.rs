//! A plain implementation of RFC 6902, which checks patches.

use serde_json::Value;

/// Returns the value that a patch makes from `data`; `None` if an operation does not fit. Rejects `copy`,
/// `test`, and an `add` that would replace a member.
pub fn applied(data: &Value, patch: &Value) -> Option<Value> {
    let mut data = data.clone();
    for operation in patch.as_array()? {
        let text = |name: &str| operation.get(name).and_then(Value::as_str);
        match text("op")? {
            "add" => add(&mut data, text("path")?, operation.get("value")?.clone())?,
            "remove" => drop(take(&mut data, text("path")?)?),
            "replace" => *data.pointer_mut(text("path")?)? = operation.get("value")?.clone(),
            "move" => {
                let moved = take(&mut data, text("from")?)?;
                add(&mut data, text("path")?, moved)?;
            }
            _ => return None,
        }
    }
    Some(data)
}

fn split(pointer: &str) -> Option<(&str, String)> {
    let (above, last) = pointer.rsplit_once('/')?;
    Some((above, last.replace("~1", "/").replace("~0", "~")))
}

fn add(data: &mut Value, pointer: &str, value: Value) -> Option<()> {
    let (above, last) = split(pointer)?;
    match data.pointer_mut(above)? {
        Value::Array(elements) => {
            let at: usize = last.parse().ok()?;
            if at > elements.len() {
                return None;
            }
            elements.insert(at, value);
            Some(())
        }
        Value::Object(members) => members.insert(last, value).is_none().then_some(()),
        _ => None,
    }
}

fn take(data: &mut Value, pointer: &str) -> Option<Value> {
    let (above, last) = split(pointer)?;
    match data.pointer_mut(above)? {
        Value::Array(elements) => {
            let at: usize = last.parse().ok()?;
            (at < elements.len()).then(|| elements.remove(at))
        }
        Value::Object(members) => members.remove(&last),
        _ => None,
    }
}
