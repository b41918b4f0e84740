//! Target `received`: input from elsewhere, texts of revisions and frames: valid ones, the same with changed bytes,
//! and any bytes. Whatever is accepted is what its ref says.
#![cfg(test)]

use bolero::TypeGenerator;
use histo_core::json::is_canonical;
use histo_core::revision::{Kind, Texts, digest, ref_with_meta, text_of};
use histo_core::{Error, Ref};

/// Some 2 s each without optimization.
const SHORT: usize = 6_000;
/// Bytes of a payload that are accepted.

#[derive(Debug, Clone, TypeGenerator)]
struct Case {
    ancestors: Vec<u8>,
    json: Option<u8>,
    payload: Vec<u8>,
    change: (u16, u8),
    cut: u16,
}

const JSON: &[&str] =
    &["null", "[1,2]", "{\"a\":1,\"b\":[]}", "\"é\"", "1e+21", "{}", "{\"b\":1,\"a\":2}", "1.0"];

impl Case {
    fn kind(&self) -> Kind {
        if self.json.is_some() { Kind::Json } else { Kind::Bytes }
    }

    fn payload(&self) -> Vec<u8> {
        let json = self.json.map(|which| JSON[usize::from(which) % JSON.len()]);
        json.map_or_else(|| self.payload.clone(), |json| json.as_bytes().to_vec())
    }

    fn ancestors(&self) -> Vec<Ref> {
        let mut numbers = self.ancestors.clone();
        numbers.sort_unstable();
        numbers.dedup();
        numbers.into_iter().map(|number| Ref::from_bytes([number; 32])).collect()
    }

    fn is_sound(&self) -> bool {
        self.kind() == Kind::Bytes || is_canonical(&self.payload())
    }

    fn change(&self, value: &[u8]) -> Vec<u8> {
        let mut changed = value.to_vec();
        let length = changed.len();
        if let Some(place) = changed.get_mut(usize::from(self.change.0) % length) {
            *place ^= self.change.1;
        }
        changed
    }
}

/// A text that is accepted is exactly the one that its content would be written as.
fn check_text(text: &[u8]) {
    match Texts::default().parse(text) {
        Ok(parsed) => {
            let mut again = Vec::new();
            text_of(&parsed.ancestors, parsed.kind, &parsed.payload, parsed.meta, &mut again);
            assert_eq!(String::from_utf8_lossy(&again), String::from_utf8_lossy(text));
        }
        Err(Error::Corrupt { .. }) => assert!(Texts::default().ref_of(text).is_err()),
        Err(other) => panic!("{other:?}"),
    }
}

#[test]
fn a_text_that_is_accepted_says_what_it_is_made_of() {
    bolero::check!().with_type::<Case>().with_iterations(SHORT).for_each(|case| {
        let ancestors: Vec<String> = case.ancestors().iter().map(Ref::to_string).collect();
        let mut text = Vec::new();
        text_of(&ancestors, case.kind(), &case.payload(), None, &mut text);
        check_text(&text);
        assert_eq!(Texts::default().parse(&text).is_ok(), case.is_sound());
        if case.is_sound() {
            let expected =
                ref_with_meta(&case.ancestors(), case.kind(), &digest(&case.payload()), None);
            assert_eq!(Texts::default().ref_of(&text), Ok(expected));
        }
        check_text(&case.change(&text));
        check_text(&text[..usize::from(case.cut) % text.len()]);
    });
}

#[test]
fn any_bytes_that_are_accepted_say_what_they_are_made_of() {
    bolero::check!().with_iterations(SHORT).for_each(check_text);
}
