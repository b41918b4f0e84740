//! The positions of a byte in 64 bytes, as one bit each.

/// Bytes of a step.
pub(super) const BLOCK: usize = 64;

/// Returns one bit for each byte of a block that equals `wanted`; the first byte is the lowest bit.
#[cfg(target_arch = "x86_64")]
#[inline]
pub(super) fn marks(block: &[u8; BLOCK], wanted: u8) -> u64 {
    #[expect(unsafe_code, reason = "calling a function for SSE2 is unsafe")]
    // SAFETY: every x86-64 processor has SSE2.
    unsafe {
        marks_by_sse2(block, wanted)
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "sse2")]
#[inline]
fn marks_by_sse2(block: &[u8; BLOCK], wanted: u8) -> u64 {
    use std::arch::x86_64::{_mm_cmpeq_epi8, _mm_movemask_epi8, _mm_set_epi64x, _mm_set1_epi8};
    let wanted = _mm_set1_epi8(wanted.cast_signed());
    let (words, _) = block.as_chunks::<8>();
    let (pairs, _) = words.as_chunks::<2>();
    pairs.iter().rev().fold(0, |marks, [low, high]| {
        let part = _mm_set_epi64x(i64::from_le_bytes(*high), i64::from_le_bytes(*low));
        let is_wanted = _mm_movemask_epi8(_mm_cmpeq_epi8(part, wanted));
        (marks << 16) | u64::from(is_wanted.cast_unsigned())
    })
}

/// Returns one bit for each byte of a block that equals `wanted`; the first byte is the lowest bit.
#[cfg(not(target_arch = "x86_64"))]
#[inline]
pub(super) fn marks(block: &[u8; BLOCK], wanted: u8) -> u64 {
    plain_marks(block, wanted)
}

/// As on x86-64, eight bytes at a time.
#[cfg(any(test, not(target_arch = "x86_64")))]
#[inline]
fn plain_marks(block: &[u8; BLOCK], wanted: u8) -> u64 {
    const ONES: u64 = u64::MAX / 255;
    const LOWS: u64 = ONES * 0x7f;
    let (words, _) = block.as_chunks::<8>();
    words.iter().rev().fold(0, |marks, word| {
        let differs = u64::from_le_bytes(*word) ^ (ONES.wrapping_mul(wanted.into()));
        let same = !((differs & LOWS).wrapping_add(LOWS) | differs | LOWS);
        (marks << 8) | ((same >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_marked_alike_on_all_processors() {
        let mut state = 1_u64;
        for _ in 0..2000 {
            let block = std::array::from_fn(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let bytes = [b'"', b'\\', b'#', 0, 0x80, 0xff, 0xa2, 0x22];
                bytes.get((state >> 60) as usize & 7).copied().unwrap_or_default()
            });
            for wanted in [b'"', b'\\', 0, 0xff] {
                let each =
                    block.iter().rev().fold(0, |all, byte| all << 1 | u64::from(*byte == wanted));
                assert_eq!(marks(&block, wanted), each, "{block:?}");
                assert_eq!(plain_marks(&block, wanted), each, "{block:?}");
            }
        }
    }
}
