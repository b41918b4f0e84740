//! Allocation of large payloads that can fail with an error.
//!
//! Otherwise a failed allocation ends the process, and the user chooses the size of a payload. Small
//! allocations are not checked: where they fail, nothing else works either.

use crate::{Error, Result};

/// Payloads below this many bytes are not checked. A check costs a mapping of untouched pages: some 5 us.
const ASKED_FROM: usize = 1 << 20;

/// Checks that this many bytes can be allocated, before an allocation that must not fail.
///
/// # Errors
/// `TooLarge` if the process has no memory for it.
pub fn room(bytes: usize) -> Result<()> {
    if bytes < ASKED_FROM {
        return Ok(());
    }
    let mut trial: Vec<u8> = Vec::new();
    grow(&mut trial, bytes)
}

/// Reserves room for `count` more elements.
///
/// # Errors
/// `TooLarge` if the process has no memory for it.
#[inline]
pub fn grow<T>(list: &mut Vec<T>, count: usize) -> Result<()> {
    if list.capacity().wrapping_sub(list.len()) >= count {
        return Ok(());
    }
    list.try_reserve(count).map_err(|_| refused(count.saturating_mul(size_of::<T>())))
}

#[cold]
fn refused(bytes: usize) -> Error {
    Error::too_large(format!("the process has no memory for a revision: {bytes} more bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_that_no_machine_has_is_refused() {
        assert_eq!(room(1 << 10), Ok(()));
        assert_eq!(room(1 << 24), Ok(()));
        assert!(matches!(room(usize::MAX / 2), Err(Error::TooLarge { .. })));
        assert!(matches!(room(usize::MAX), Err(Error::TooLarge { .. })));
        assert!(matches!(grow(&mut vec![0_u64], usize::MAX / 8), Err(Error::TooLarge { .. })));
    }
}
