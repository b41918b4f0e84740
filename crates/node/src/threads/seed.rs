//! Keys of hash tables.

/// A key for hash tables that nobody outside can guess.
pub(crate) fn seed() -> u64 {
    // Without a source of randomness the table is as good, but for who can choose refs.
    getrandom::u64().unwrap_or(0x9e37_79b9_7f4a_7c15)
}
