//! The order of keys. Source: RFC 8785, 3.2.3.

use std::cmp::Ordering;
use std::iter;

/// Compares two keys, in canonical spelling and without their quotes, by UTF-16 code units.
pub(super) fn compare(left: &[u8], right: &[u8]) -> Ordering {
    if left.contains(&b'\\') || right.contains(&b'\\') {
        return units(left).cmp(units(right));
    }
    let different = left.iter().zip(right).find(|(left, right)| left != right);
    different.map_or_else(
        || left.len().cmp(&right.len()),
        |(&left, &right)| rank(left).cmp(&rank(right)),
    )
}

/// Ranks bytes of UTF-8 as the UTF-16 units of their characters. U+E000 to U+FFFF, which begin with 0xEE or
/// 0xEF, come after all surrogates and so after all characters of four bytes.
const fn rank(byte: u8) -> u8 {
    if matches!(byte, 0xee | 0xef) { byte | 0x10 } else { byte }
}

fn units(key: &[u8]) -> impl Iterator<Item = u16> {
    let mut characters = std::str::from_utf8(key).unwrap_or_default().chars();
    iter::from_fn(move || {
        let character = characters.next()?;
        if character != '\\' {
            return Some(character);
        }
        Some(match characters.next()? {
            'b' => '\u{8}',
            't' => '\t',
            'n' => '\n',
            'f' => '\u{c}',
            'r' => '\r',
            'u' => {
                let digits = characters.by_ref().take(4).filter_map(|digit| digit.to_digit(16));
                char::from_u32(digits.fold(0, |code, digit| code << 4 | digit))?
            }
            other => other,
        })
    })
    .flat_map(|character| {
        let mut units = [0; 2];
        let count = character.encode_utf16(&mut units).len();
        units.into_iter().take(count)
    })
}
