//! Points that a test can make fail, compiled out of releases.
//!
//! With the feature `failpoints`, the environment variable `HISTO_FAILPOINT` names the one point that
//! panics, or, as `<point>!<number>`, the one at which the process ends when it is hit for that time, from
//! 1: at once, as by a kill. `<point>~<number>` is the one at which the thread stays for good. It is read anew at
//! each hit, so that a test can switch it while it runs.

#[cfg(feature = "failpoints")]
use std::sync::atomic::{AtomicU64, Ordering};

/// Panics, ends the process or stays, where the environment names this point.
///
/// # Panics
/// There.
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
