//! Variable-length numbers (LEB128): seven bits a byte, low bits first.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

/// Appends a number in 1 to 5 bytes.
pub(crate) fn put(mut number: u32, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push((number & 0x7f) as u8);
}

/// Takes a number from the front; `None` if it is cut short or over 32 bits.
pub(crate) fn take(bytes: &mut &[u8]) -> Option<u32> {
    let mut number = 0_u32;
    for shift in [0, 7, 14, 21, 28] {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        let bits = u32::from(byte & 0x7f);
        if shift == 28 && bits > 0x0f {
            return None;
        }
        number |= bits << shift;
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}

/// Appends a number of at most 35 bits in 1 to 5 bytes; of a larger one, its low 35 bits.
pub(crate) fn put_wide(mut number: u64, out: &mut Vec<u8>) {
    for _ in 0..4 {
        if number < 0x80 {
            break;
        }
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push((number & 0x7f) as u8);
}

/// Takes a number of at most 35 bits from the front; `None` if it is cut short or longer.
pub(crate) fn take_wide(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for shift in [0, 7, 14, 21, 28] {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_back_and_overlong_ones_do_not() {
        let mut out = Vec::new();
        let numbers = [0, 1, 127, 128, 16_383, 16_384, 1 << 28, u32::MAX];
        for number in numbers {
            put(number, &mut out);
        }
        let mut rest = out.as_slice();
        for number in numbers {
            assert_eq!(take(&mut rest), Some(number));
        }
        assert_eq!(take(&mut rest), None);
        assert_eq!(take(&mut [0xff, 0xff, 0xff, 0xff, 0x10].as_slice()), None);
        assert_eq!(take(&mut [0x80; 6].as_slice()), None);
    }

    #[test]
    fn wide_numbers_read_back() {
        let numbers = [0, 1, 127, 128, u64::from(u32::MAX), 1 << 32, (1 << 35) - 1];
        let mut out = Vec::new();
        for number in numbers {
            put_wide(number, &mut out);
        }
        let mut rest = out.as_slice();
        for number in numbers {
            assert_eq!(take_wide(&mut rest), Some(number));
        }
        assert_eq!(take_wide(&mut rest), None);
        assert_eq!(take_wide(&mut [0x80; 6].as_slice()), None);
    }
}
