//! The value at a path of a canonical text.

use super::spelling::spelt;
use super::tree::{Shape, Span, find, shape_at, value_end};

/// Returns the text of the value that `steps` lead to from the root; each step is the key of a member or the
/// index of an element, as in a pointer. `None` if there is none. Reads the text up to the value.
pub fn value_at<'t, S: AsRef<str>>(text: &'t [u8], steps: &[S]) -> Option<&'t [u8]> {
    let whole = Span::whole(text);
    let found = steps.iter().try_fold(whole, |value, step| step_into(text, value, step.as_ref()));
    found.map(|value| value.of(text))
}

fn step_into(text: &[u8], value: Span, step: &str) -> Option<Span> {
    match shape_at(text, value.start) {
        Shape::Object => find(text, value, &spelt(step)),
        Shape::Array => element(text, value, index(step)?),
        Shape::Scalar => None,
    }
}

/// Returns an index without leading zeros.
fn index(step: &str) -> Option<usize> {
    let is_plain = step == "0" || !step.starts_with(['0', '+']);
    is_plain.then(|| step.parse().ok()).flatten()
}

fn element(text: &[u8], array: Span, index: usize) -> Option<Span> {
    let mut start = array.start.checked_add(1)?;
    if text.get(start) == Some(&b']') {
        return None;
    }
    for _ in 0..index {
        let end = value_end(text, start);
        if text.get(end) != Some(&b',') {
            return None;
        }
        start = end.checked_add(1)?;
    }
    Some(Span::new(start, value_end(text, start)))
}

#[cfg(test)]
mod tests {
    use super::*;

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
