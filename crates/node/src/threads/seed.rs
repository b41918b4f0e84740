//! Keys of hash tables.

/// Returns a key for hash tables that nobody outside can guess.
pub(crate) fn seed() -> u64 {
    // Without a source of randomness the table still works, except against someone who chooses refs.
    getrandom::u64().unwrap_or(0x9e37_79b9_7f4a_7c15)
}
