//! The value at a path of a canonical text.

use super::spelling::spelt;
use super::tree::{Shape, Span, locate, shape_at, value_end};

/// The value at a path of a text, and how much of the text it depends on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LookedUp<'t> {
    /// `None` if there is none.
    pub(crate) value: Option<&'t [u8]>,
    /// Every text that begins with these bytes of the text has the same value there. More than it has, if the
    /// value depends on where the text ends.
    pub(crate) reach: usize,
}

/// Looks up the value that `steps` lead to from the root; each step is the key of a member or the index of an
/// element, as in a pointer. Reads the text up to the value.
pub(crate) fn look_up<'t, S: AsRef<str>>(text: &'t [u8], steps: &[S]) -> LookedUp<'t> {
    let whole = Span::whole(text);
    match steps.iter().try_fold(whole, |value, step| step_into(text, value, step.as_ref())) {
        // The byte behind a number says that it ends.
        Ok(found) => LookedUp { value: Some(found.of(text)), reach: found.end.saturating_add(1) },
        Err(reach) => LookedUp { value: None, reach },
    }
}

/// Returns the text of the value that `steps` lead to, as `look_up` does; `None` if there is none.
pub fn value_at<'t, S: AsRef<str>>(text: &'t [u8], steps: &[S]) -> Option<&'t [u8]> {
    look_up(text, steps).value
}

/// Returns the value one step from another; if there is none, how many bytes of the text say so.
fn step_into(text: &[u8], value: Span, step: &str) -> Result<Span, usize> {
    let no_container = value.start.saturating_add(1);
    match shape_at(text, value.start) {
        Shape::Object => locate(text, value, &spelt(step)),
        Shape::Array => element(text, value, index(step).ok_or(no_container)?),
        Shape::Scalar => Err(no_container),
    }
}

/// Returns an index without leading zeros.
fn index(step: &str) -> Option<usize> {
    let is_plain = step == "0" || !step.starts_with(['0', '+']);
    is_plain.then(|| step.parse().ok()).flatten()
}

fn element(text: &[u8], array: Span, index: usize) -> Result<Span, usize> {
    let mut start = array.start.saturating_add(1);
    if text.get(start) == Some(&b']') {
        return Err(start.saturating_add(1));
    }
    for _ in 0..index {
        let end = value_end(text, start);
        start = end.saturating_add(1);
        if text.get(end) != Some(&b',') {
            return Err(start);
        }
    }
    Ok(Span::new(start, value_end(text, start)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checked to fail: with a `reach` one byte shorter where an object ends without the key.
    #[test]
    fn a_value_depends_on_no_byte_beyond_its_reach() {
        let texts = [
            r#"{"":[],"a":[1,{"b":"x,]"},[[]]],"b":{"a":null},"é":12}"#,
            r#"[{"a":1,"b":[true,"\""]},12,[],{},"a",[[0]]]"#,
            r#"{"0":{"0":-1},"1":{"b":{}},"é":[0,10]}"#,
            "12",
            r#""a""#,
        ];
        let keys = ["", "0", "1", "2", "9", "a", "b", "c", "é"];
        let mut paths: Vec<Vec<&str>> = vec![vec![]];
        for length in 0..3 {
            let longest = paths.iter().filter(|path| path.len() == length).cloned();
            let longer =
                longest.flat_map(|path| keys.map(|key| [path.as_slice(), &[key]].concat()));
            paths.extend(longer.collect::<Vec<_>>());
        }
        let mut changed = 0;
        for text in texts.map(str::as_bytes) {
            for path in &paths {
                let LookedUp { value, reach } = look_up(text, path);
                let Some(start) = text.get(..reach) else { continue };
                for rest in ["", "}", "]", "\"", ",1", ":", "9", "\\"] {
                    let other = [start, rest.as_bytes()].concat();
                    let again = look_up(&other, path);
                    assert_eq!((again.value, again.reach), (value, reach), "{path:?} {rest}");
                    changed += 1;
                }
            }
        }
        assert!(changed > 20_000, "{changed}");
    }

    #[test]
    fn a_value_is_found_where_the_steps_lead() {
        let text = br#"{"":[],"a":[1,{"b/\n":"x,]"},[[]]],"b":{"c":null}}"#;
        let at = |steps: &[&str]| {
            value_at(text, steps).map(|it| String::from_utf8_lossy(it).into_owned())
        };
        assert_eq!(at(&[]).unwrap().as_bytes(), text);
        assert_eq!(at(&["a", "0"]).as_deref(), Some("1"));
        assert_eq!(at(&["a", "1", "b/\n"]).as_deref(), Some("\"x,]\""));
        assert_eq!(at(&["a", "2", "0"]).as_deref(), Some("[]"));
        assert_eq!(at(&[""]).as_deref(), Some("[]"));
        assert_eq!(at(&["b", "c"]).as_deref(), Some("null"));
        let nowhere: [&[&str]; 8] = [
            &["", "0"],
            &["a", "3"],
            &["a", "-"],
            &["a", "00"],
            &["a", "+1"],
            &["a", "0", "x"],
            &["c"],
            &["b", "c", ""],
        ];
        for steps in nowhere {
            assert_eq!(at(steps), None, "{steps:?}");
        }
    }
}
