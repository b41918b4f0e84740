//! The value of `deletions` in the `meta` table: the counts of deletions.
//!
//! Byte by byte: `docs/format.md`, "Table `meta`".

/// Key in the `meta` table.
pub(in crate::store) const DELETIONS_KEY: &str = "deletions";

/// Counts over all deletions of the file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct DeletionCounts {
    /// Number of the last deletion; 0 before the first.
    pub(crate) generation: u64,
    /// Positions below this one are never assigned again.
    pub(crate) next: u32,
    /// Positions below `next` without a record.
    pub(crate) missing: u32,
    /// Dead positions whose record still exists.
    pub(crate) unswept: u32,
}

pub(crate) fn compose(deletions: &DeletionCounts) -> Vec<u8> {
    let mut value = deletions.generation.to_le_bytes().to_vec();
    for field in [deletions.next, deletions.missing, deletions.unswept] {
        value.extend_from_slice(&field.to_le_bytes());
    }
    let sum = crc32c::crc32c_append(crc32c::crc32c(DELETIONS_KEY.as_bytes()), &value);
    value.extend_from_slice(&sum.to_le_bytes());
    value
}

pub(crate) fn parse(value: &[u8]) -> Option<DeletionCounts> {
    let (&generation, rest) = value.split_first_chunk::<8>()?;
    let field =
        |at: usize| rest.get(at..)?.first_chunk::<4>().map(|field| u32::from_le_bytes(*field));
    let deletions = DeletionCounts {
        generation: u64::from_le_bytes(generation),
        next: field(0)?,
        missing: field(4)?,
        unswept: field(8)?,
    };
    (compose(&deletions) == value).then_some(deletions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deletions_read_back_and_damage_is_noticed() {
        let deletions = DeletionCounts { generation: 1 << 40, next: 9, missing: 3, unswept: 2 };
        let value = compose(&deletions);
        assert_eq!(parse(&value), Some(deletions));
        for at in 0..value.len() {
            let mut damaged = value.clone();
            damaged[at] ^= 1;
            assert_eq!(parse(&damaged), None);
            assert_eq!(parse(&value[..at]), None);
        }
    }
}
