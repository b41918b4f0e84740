//! Other spellings of a value, with the plain implementation of RFC 8785 that the fast one is compared with.
#![cfg(test)]

pub(crate) use histo_reference::json::{canonical, parse, quote};
use serde_json::Value;

/// Spells a value in one of the many ways that RFC 8259 allows, chosen by a seed.
pub(crate) struct Speller(pub(crate) u64);

impl Speller {
    /// Returns a number below `bound` (the step of `SplitMix64`).
    fn draw(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ mixed >> 31) % bound
    }

    pub(crate) fn spell(&mut self, value: &Value) -> String {
        let inner = match value {
            Value::Null | Value::Bool(_) => value.to_string(),
            Value::Number(number) => self.number(number.as_f64().unwrap()),
            Value::String(string) => self.string(string),
            Value::Array(items) => {
                let items: Vec<String> = items.iter().map(|item| self.spell(item)).collect();
                format!("[{}{}]", self.blank(), items.join(","))
            }
            Value::Object(members) => {
                let mut members: Vec<String> = members
                    .iter()
                    .map(|(key, value)| {
                        let key = self.string(key);
                        format!("{}{key}{}:{}", self.blank(), self.blank(), self.spell(value))
                    })
                    .collect();
                self.shuffle(&mut members);
                format!("{{{}{}}}", members.join(","), self.blank())
            }
        };
        format!("{}{inner}{}", self.blank(), self.blank())
    }

    fn shuffle(&mut self, members: &mut [String]) {
        for last in (1..members.len()).rev() {
            let other = self.draw(last as u64 + 1);
            members.swap(last, usize::try_from(other).unwrap());
        }
    }

    fn blank(&mut self) -> &'static str {
        match self.draw(8) {
            0 => " ",
            1 => "\n  ",
            2 => "\t\r",
            _ => "",
        }
    }

    fn number(&mut self, value: f64) -> String {
        match self.draw(4) {
            0 => format!("{value:e}"),
            1 => format!("{value:E}").replace('E', "E+").replace("E+-", "E-0"),
            2 => format!("{value:?}"),
            _ => format!("{value}"),
        }
    }

    fn string(&mut self, string: &str) -> String {
        let mut spelt = String::from("\"");
        for character in string.chars() {
            if self.draw(4) > 0 {
                let quoted = quote(character.encode_utf8(&mut [0; 4]));
                spelt.push_str(quoted.strip_prefix('"').unwrap().strip_suffix('"').unwrap());
            } else if character == '/' {
                spelt.push_str("\\/");
            } else {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    let lower = format!("\\u{unit:04x}");
                    let upper = format!("\\u{unit:04X}");
                    spelt.push_str(if self.draw(2) == 0 { &lower } else { &upper });
                }
            }
        }
        spelt.push('"');
        spelt
    }
}
