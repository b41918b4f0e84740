//! Points that a test can make fail, compiled out of releases.
//!
//! With the feature `failpoints`, the environment variable `HISTO_FAILPOINT` names the one point that
//! panics, or, as `<point>!<number>`, the one at which the process ends when it is hit for that time, from
//! 1: at once, as by a kill. It is read anew at each hit, so that a test can switch it while it runs.

#[cfg(feature = "failpoints")]
use std::sync::atomic::{AtomicU64, Ordering};

/// Panics, or ends the process, where the environment names this point.
///
/// # Panics
/// There.
#[cfg(feature = "failpoints")]
pub fn hit(point: &str) {
    static HITS: AtomicU64 = AtomicU64::new(0);
    let chosen = std::env::var("HISTO_FAILPOINT").unwrap_or_default();
    match chosen.split_once('!') {
        None => assert!(chosen != point, "failpoint {point}"),
        Some((name, number)) if name == point => {
            let hits = HITS.fetch_add(1, Ordering::Relaxed) + 1;
            if number.parse() == Ok(hits) {
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
