//! Points that a test can make fail, compiled out of releases.
//!
//! With the feature `failpoints`, the environment variable `HISTO_FAILPOINT` chooses one point. `<point>`
//! panics there. `<point>!<number>` ends the process at that hit, counted from 1, as a kill would.
//! `<point>~<number>` blocks the thread there forever. The variable is read at each hit, so a test can change
//! it while it runs.
//! each hit, so that a test can switch it while it runs.

#[cfg(feature = "failpoints")]
use std::sync::atomic::{AtomicU64, Ordering};

/// Panics, ends the process or blocks, if the environment names this point.
///
/// # Panics
/// If the environment names this point without a number.
#[cfg(feature = "failpoints")]
pub fn hit(point: &str) {
    static HITS: AtomicU64 = AtomicU64::new(0);
    let chosen = std::env::var("HISTO_FAILPOINT").unwrap_or_default();
    match chosen.split_once(['!', '~']) {
        None => assert!(chosen != point, "failpoint {point}"),
        Some((name, number)) if name == point => {
            let hits = HITS.fetch_add(1, Ordering::Relaxed) + 1;
            if number.parse() == Ok(hits) {
                if chosen.contains('~') {
                    std::thread::sleep(std::time::Duration::MAX);
                }
                std::process::abort();
            }
        }
        Some(_) => {}
    }
}

/// Does nothing in a release.
#[cfg(not(feature = "failpoints"))]
#[inline]
pub const fn hit(_point: &str) {}
