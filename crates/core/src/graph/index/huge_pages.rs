//! Huge pages for what is large and filled at once: each page that is touched first costs a microsecond or more, of which
//! a database of 10 million has 130,000 at 4 KiB and 300 at 2 MiB.

/// Bytes of a huge page.
const HUGE: usize = 2 << 20;

/// Lets the system take huge pages for the memory of an empty vector, where it is large. Linux only; elsewhere, and where
/// the system takes none, all is as before.
pub(super) fn allow<T>(empty: &mut Vec<T>) {
    #[cfg(target_os = "linux")]
    {
        let bytes = empty.capacity().saturating_mul(size_of::<T>());
        let start = empty.as_mut_ptr().cast::<u8>();
        let before = start.align_offset(HUGE);
        let whole = bytes.saturating_sub(before) / HUGE * HUGE;
        if whole == 0 {
            return;
        }
        #[expect(unsafe_code, reason = "the system's advice takes a pointer")]
        // SAFETY: these are whole pages of an allocation that `empty` owns; the advice changes no byte of them.
        let _is_taken = unsafe {
            rustix::mm::madvise(
                start.wrapping_add(before).cast(),
                whole,
                rustix::mm::Advice::LinuxHugepage,
            )
        }
        .is_ok(); // a system without huge pages refuses
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (empty, HUGE);
}
