//! An allocator that counts, and `measured`, which returns what some work allocated.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

static CALLS: AtomicU64 = AtomicU64::new(0);
static BYTES: AtomicU64 = AtomicU64::new(0);

/// The system's allocator, counted. Allocations by C code (LMDB, zstd) are not seen.
pub(crate) struct Counting;

/// The allocations of some work. Growing a piece of memory counts again, with its new size.
pub(crate) struct Allocated {
    pub(crate) calls: u64,
    pub(crate) bytes: u64,
}

fn count(bytes: usize) {
    CALLS.fetch_add(1, Relaxed);
    BYTES.fetch_add(bytes as u64, Relaxed);
}

#[expect(unsafe_code, reason = "the trait is unsafe")]
// SAFETY: each call is passed on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller keeps to the trait's contract, which is the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, ptr: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        count(new_size);
        // SAFETY: as above.
        unsafe { System.realloc(ptr, layout, new_size) }
    }

    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(ptr, layout) }
    }
}

/// Runs `work` and returns what it allocated. Never inlined and the only function of this name: callgrind
/// begins to count at its call and writes its sum at its end (`scripts/lib/costs.mjs`).
#[inline(never)]
pub(crate) fn measured<T>(work: impl FnOnce() -> T) -> (T, Allocated) {
    let (calls, bytes) = (CALLS.load(Relaxed), BYTES.load(Relaxed));
    let answer = work();
    let allocated =
        Allocated { calls: CALLS.load(Relaxed) - calls, bytes: BYTES.load(Relaxed) - bytes };
    (answer, allocated)
}
