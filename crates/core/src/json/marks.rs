//! The positions of bytes in 64 bytes, as one bit each; the first byte is the lowest bit.
//!
//! On x86-64 sixteen bytes are compared at once, on other processors eight.

/// Bytes of a step.
pub(super) const BLOCK: usize = 64;

/// The bytes of a block that make the structure of JSON, inside of strings too.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Marked {
    pub(super) quotes: u64,
    pub(super) backslashes: u64,
    pub(super) open: u64,
    pub(super) close: u64,
    pub(super) comma: u64,
}

/// `[` and `{`, and `]` and `}`, differ in one bit.
const FOLD: u8 = 0x20;

/// Marks the structure of a block.
#[cfg(target_arch = "x86_64")]
#[inline]
pub(super) fn structure(block: &[u8; BLOCK]) -> Marked {
    #[expect(unsafe_code, reason = "calling a function for SSE2 is unsafe")]
    // SAFETY: every x86-64 processor has SSE2.
    unsafe {
        structure_by_sse2(block)
    }
}

/// Marks the bytes of a block that equal `wanted`.
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
fn structure_by_sse2(block: &[u8; BLOCK]) -> Marked {
    use std::arch::x86_64::{_mm_or_si128, _mm_set1_epi8};
    let fold = _mm_set1_epi8(FOLD.cast_signed());
    let mut all = Marked::default();
    let mut shift = 0;
    for sixteen in block.as_chunks::<16>().0 {
        let part = part(sixteen);
        let folded = _mm_or_si128(part, fold);
        all.quotes |= equal(part, b'"') << shift;
        all.backslashes |= equal(part, b'\\') << shift;
        all.open |= equal(folded, b'{') << shift;
        all.close |= equal(folded, b'}') << shift;
        all.comma |= equal(part, b',') << shift;
        shift = 16_u32.wrapping_add(shift);
    }
    all
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "sse2")]
#[inline]
fn marks_by_sse2(block: &[u8; BLOCK], wanted: u8) -> u64 {
    let mut all = 0;
    let mut shift = 0;
    for sixteen in block.as_chunks::<16>().0 {
        all |= equal(part(sixteen), wanted) << shift;
        shift = 16_u32.wrapping_add(shift);
    }
    all
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "sse2")]
#[inline]
fn part(bytes: &[u8; 16]) -> std::arch::x86_64::__m128i {
    use std::arch::x86_64::{_mm_set_epi64x, _mm_setzero_si128};
    let ([low, high], []) = bytes.as_chunks::<8>() else {
        return _mm_setzero_si128(); // impossible
    };
    _mm_set_epi64x(i64::from_le_bytes(*high), i64::from_le_bytes(*low))
}

/// Marks the bytes of a part that equal `wanted`.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "sse2")]
#[inline]
fn equal(part: std::arch::x86_64::__m128i, wanted: u8) -> u64 {
    use std::arch::x86_64::{_mm_cmpeq_epi8, _mm_movemask_epi8, _mm_set1_epi8};
    let wanted = _mm_set1_epi8(wanted.cast_signed());
    u64::from(_mm_movemask_epi8(_mm_cmpeq_epi8(part, wanted)).cast_unsigned())
}

/// Marks the structure of a block.
#[cfg(not(target_arch = "x86_64"))]
#[inline]
pub(super) fn structure(block: &[u8; BLOCK]) -> Marked {
    plain_structure(block)
}

/// Marks the bytes of a block that equal `wanted`.
#[cfg(not(target_arch = "x86_64"))]
#[inline]
pub(super) fn marks(block: &[u8; BLOCK], wanted: u8) -> u64 {
    plain_marks(block, wanted)
}

#[cfg(any(test, not(target_arch = "x86_64")))]
#[inline]
fn plain_structure(block: &[u8; BLOCK]) -> Marked {
    let folded = block.map(|byte| byte | FOLD);
    Marked {
        quotes: plain_marks(block, b'"'),
        backslashes: plain_marks(block, b'\\'),
        open: plain_marks(&folded, b'{'),
        close: plain_marks(&folded, b'}'),
        comma: plain_marks(block, b','),
    }
}

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
                let bytes = *b"\"\\#\0\x80\xff\xa2\"[{]},;|[";
                bytes.get((state >> 60) as usize).copied().unwrap_or_default()
            });
            assert_eq!(structure(&block), plain_structure(&block), "{block:?}");
            assert_eq!(structure(&block).open, marks(&block, b'[') | marks(&block, b'{'));
            assert_eq!(structure(&block).close, marks(&block, b']') | marks(&block, b'}'));
            for wanted in [b'"', b'\\', 0, 0xff] {
                let each =
                    block.iter().rev().fold(0, |all, byte| all << 1 | u64::from(*byte == wanted));
                assert_eq!(marks(&block, wanted), each, "{block:?}");
                assert_eq!(plain_marks(&block, wanted), each, "{block:?}");
            }
        }
    }
}
