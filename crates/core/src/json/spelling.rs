//! Strings in canonical texts.

use super::strings;

/// Returns a key as canonical texts spell it, without quotes.
pub(crate) fn spelt(name: &str) -> Vec<u8> {
    let mut text = Vec::new();
    strings::write(name, &mut text);
    text.pop();
    text.get(1..).unwrap_or_default().to_vec()
}
