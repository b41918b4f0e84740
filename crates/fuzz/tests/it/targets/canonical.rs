//! Target `canonical`: the canonicaliser against the plain implementation, over JSON of every spelling, over
//! the same with changed bytes, and over any bytes.
#![cfg(test)]

use bolero::TypeGenerator;
use histo_core::Error;
use histo_core::json::{Canonicalizer, is_canonical};
use histo_reference::json::{canonical, parse};

/// Some 3 s without optimization.
const SHORT: usize = 80_000;

/// JSON as tokens in unchecked order: most of it is JSON, or nearly.
#[derive(Debug, Clone, TypeGenerator)]
struct Case {
    tokens: Vec<Token>,
    /// Bytes to change afterwards.
    changes: Vec<(u16, u8)>,
}

#[derive(Debug, Clone, Copy, TypeGenerator)]
enum Token {
    Open(bool),
    Close,
    Word(u8),
    Number(u8, u8),
    String(u8, u8),
    Blank(u8),
    Any(u8),
}

const WORDS: &[&str] = &["null", "true", "false", "nul", "NaN", "-Infinity"];
const NUMBERS: &[&str] = &[
    "0",
    "-0",
    "1",
    "-1",
    "1.0",
    "1e1",
    "1E+2",
    "0.1",
    "123456789012345678901234567890",
    "1e-7",
    "5e-324",
    "1.7976931348623157e308",
    "1e309",
    "0.000001",
    "9007199254740993",
    "1e21",
    "01",
    "1.",
    ".5",
    "-",
    "4e",
    "2.2250738585072014e-308",
    "1e-400",
];
const STRINGS: &[&str] = &[
    "",
    "a",
    "b",
    "ab",
    "\\u0061",
    "\\n",
    "\\/",
    "/",
    "é",
    "\\u00e9",
    "😀",
    "\\ud83d\\ude00",
    "\\ud800",
    "\\udc00x",
    "\\u2028",
    "\u{7f}",
    "\\u0000",
    "\\\"",
    "\\\\",
    "\\x",
    "\t",
    "\u{fb33}",
    "\\uD83d",
    "z",
];

impl Case {
    fn text(&self) -> Vec<u8> {
        let mut text = Vec::new();
        // Open brackets, and the number of values in each.
        let mut open: Vec<(bool, usize)> = Vec::new();
        for token in &self.tokens {
            if let Token::Close = token {
                if let Some((object, _)) = open.pop() {
                    text.push(if object { b'}' } else { b']' });
                }
                continue;
            }
            if let Token::Blank(which) = token {
                text.push(b" \t\n\r"[usize::from(which % 4)]);
                continue;
            }
            if let Some((object, count)) = open.last_mut() {
                if *count > 0 {
                    text.push(b',');
                }
                *count += 1;
                if *object {
                    let key = STRINGS[(*count * 7 + self.changes.len()) % STRINGS.len()];
                    text.extend(format!("\"{key}\":").bytes());
                }
            }
            match token {
                Token::Open(object) => {
                    text.push(if *object { b'{' } else { b'[' });
                    open.push((*object, 0));
                }
                Token::Word(which) => text.extend(pick(WORDS, *which).bytes()),
                Token::Number(which, tail) => {
                    text.extend(pick(NUMBERS, *which).bytes());
                    if tail % 8 == 0 {
                        text.push(b'0' + tail % 10);
                    }
                }
                Token::String(one, two) => {
                    text.extend(
                        format!("\"{}{}\"", pick(STRINGS, *one), pick(STRINGS, *two)).bytes(),
                    );
                }
                Token::Any(byte) => text.push(*byte),
                Token::Close | Token::Blank(_) => {}
            }
        }
        while let Some((object, _)) = open.pop() {
            text.push(if object { b'}' } else { b']' });
        }
        for (at, byte) in &self.changes {
            if let Some(place) = text.get_mut(usize::from(*at)) {
                *place = *byte;
            }
        }
        text
    }
}

fn pick<'a>(list: &[&'a str], which: u8) -> &'a str {
    list[usize::from(which) % list.len()]
}

fn check(canonicalizer: &mut Canonicalizer, text: &[u8]) {
    let mut out = b"kept".to_vec();
    let outcome = canonicalizer.run(text, &mut out);
    match (outcome, parse(text)) {
        (Ok(()), Some(value)) => {
            let ours = &out[4..];
            assert_eq!(String::from_utf8_lossy(ours), canonical(&value));
            assert!(is_canonical(ours));
            assert_eq!(is_canonical(text), ours == text);
        }
        (Ok(()), None) => panic!("no JSON was accepted: {:?}", String::from_utf8_lossy(text)),
        (Err(Error::Misuse(why)), parsed) => {
            assert_eq!(out, b"kept");
            assert!(!is_canonical(text));
            // Texts that we refuse although the plain parser accepts them; of equal keys it keeps the last.
            let ours = ["duplicate key", "levels", "2^15"].iter().any(|word| why.contains(word));
            assert!(parsed.is_none() || ours, "{why}: {:?}", String::from_utf8_lossy(text));
        }
        (Err(other), _) => panic!("{other:?}"),
    }
}

#[test]
fn the_canonical_form_is_the_plain_one() {
    bolero::check!().with_type::<Case>().with_iterations(SHORT).for_each(|case| {
        let sound = Case { changes: Vec::new(), ..case.clone() };
        check(&mut Canonicalizer::new(), &sound.text());
        check(&mut Canonicalizer::new(), &case.text());
    });
}

#[test]
fn the_canonical_form_of_any_bytes_is_the_plain_one() {
    bolero::check!().with_iterations(SHORT).for_each(|bytes: &[u8]| {
        check(&mut Canonicalizer::new(), bytes);
    });
}
