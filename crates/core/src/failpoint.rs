//! Points that a test can make fail, compiled out of releases.
//!
//! With the feature `failpoints`, the environment variable `HISTO_FAILPOINT` names the one point that
//! panics; it is read anew at each hit, so that a test can switch it while it runs.

/// Panics where the environment names this point.
///
/// # Panics
/// There.
#[cfg(feature = "failpoints")]
pub fn hit(point: &str) {
    let chosen = std::env::var_os("HISTO_FAILPOINT");
    assert!(chosen.is_none_or(|chosen| chosen != point), "failpoint {point}");
}

/// Does nothing in a release.
#[cfg(not(feature = "failpoints"))]
#[inline]
pub const fn hit(_point: &str) {}
