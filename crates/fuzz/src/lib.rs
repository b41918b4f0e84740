//! What the fuzz targets share: how many inputs each tries.
//!
//! The targets are the tests in `tests/it`, a file each.

/// Inputs that a target tries where `HISTO_LONG=1`.
const LONG: usize = 1_000_000;

/// Returns how many inputs a target tries: `short`, or a million with `HISTO_LONG=1` around it.
pub fn inputs(short: usize) -> usize {
    let long = std::env::var_os("HISTO_LONG").is_some_and(|value| value == "1");
    if long { LONG } else { short }
}
