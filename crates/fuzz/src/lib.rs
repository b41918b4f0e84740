//! Shared by the fuzz targets: how long each runs.
//!
//! The targets are the tests in `tests/it`. A long run is timed: `npm run fuzz` starts each target in a process
//! of its own and counts its inputs.

use std::time::Duration;

/// Seconds that a target runs with `HISTO_LONG=1`, unless `HISTO_FUZZ_SECONDS` gives another number.
const LONG: u64 = 1_800;

/// Returns how many inputs a check tries: `short`, or with `HISTO_LONG=1` as many as its time allows.
pub fn inputs(short: usize) -> usize {
    if is_long() { usize::MAX } else { short }
}

/// Returns how long one of the `checks` of a target runs: its share of the time with `HISTO_LONG=1`, else
/// without a limit.
pub fn share_of(checks: u32) -> Duration {
    if !is_long() {
        return Duration::MAX;
    }
    let told = std::env::var("HISTO_FUZZ_SECONDS").ok().and_then(|seconds| seconds.parse().ok());
    Duration::from_secs(told.unwrap_or(LONG)) / checks.max(1)
}

fn is_long() -> bool {
    std::env::var_os("HISTO_LONG").is_some_and(|value| value == "1")
}
