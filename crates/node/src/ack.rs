//! Acknowledgements: outcomes wait here until the JavaScript thread of their database takes them.
//!
//! The writer adds them and wakes that thread once a group; the thread is kept alive only while
//! something is unacknowledged.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};

use histo_core::Result;
use histo_core::write::Outcome;
use napi::bindgen_prelude::{Function, Unknown};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Env, Status, check_status, sys};

/// A call of JavaScript without arguments, which does not keep the event loop alive by itself.
type Wake = ThreadsafeFunction<(), Unknown<'static>, (), Status, false, true>;

/// The acknowledgement channel of one open database.
pub(crate) struct Ack {
    wake: Wake,
    outcomes: Mutex<Vec<Result<Outcome>>>,
    /// Requests handed over and not yet answered by the writer.
    pending: Mutex<u64>,
    answered: Condvar,
    /// Requests handed over whose outcome JavaScript has not taken; used on its thread alone.
    held: AtomicU64,
}

impl Ack {
    pub(crate) fn new(wake: &Function<'_, (), Unknown<'static>>) -> napi::Result<Self> {
        let wake = wake
            .build_threadsafe_function::<()>()
            .callee_handled::<false>()
            .weak::<true>()
            .build()?;
        Ok(Self {
            wake,
            outcomes: Mutex::default(),
            pending: Mutex::default(),
            answered: Condvar::new(),
            held: AtomicU64::new(0),
        })
    }

    /// Notes requests that are about to be handed over; the first keeps the event loop alive.
    pub(crate) fn expect(&self, env: Env, count: u64) -> napi::Result<()> {
        *self.pending.lock().unwrap_or_else(PoisonError::into_inner) += count;
        if self.held.fetch_add(count, Ordering::Relaxed) == 0 {
            #[expect(unsafe_code, reason = "napi has no other way to change it later")]
            // SAFETY: on the thread of the environment, and the function lives as long as `self`.
            let status = unsafe { sys::napi_ref_threadsafe_function(env.raw(), self.wake.raw()) };
            check_status!(status)?;
        }
        Ok(())
    }

    /// Adds outcomes, in the order of the requests, and wakes the JavaScript thread.
    pub(crate) fn answer(&self, outcomes: Vec<Result<Outcome>>) {
        let count = outcomes.len() as u64;
        let mut waiting = self.outcomes.lock().unwrap_or_else(PoisonError::into_inner);
        let wake = waiting.is_empty();
        waiting.extend(outcomes);
        drop(waiting);
        *self.pending.lock().unwrap_or_else(PoisonError::into_inner) -= count;
        self.answered.notify_all();
        if wake {
            // `Closing` when the environment is being torn down: nobody is left to be told.
            self.wake.call((), ThreadsafeFunctionCallMode::NonBlocking);
        }
    }

    /// Takes all outcomes; the last one lets the event loop end.
    pub(crate) fn take(&self, env: Env) -> napi::Result<Vec<Result<Outcome>>> {
        let mut waiting = self.outcomes.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = std::mem::take(&mut *waiting);
        drop(waiting);
        let count = taken.len() as u64;
        if count > 0 && self.held.fetch_sub(count, Ordering::Relaxed) == count {
            #[expect(unsafe_code, reason = "napi has no other way to change it later")]
            // SAFETY: on the thread of the environment, and the function lives as long as `self`.
            let status = unsafe { sys::napi_unref_threadsafe_function(env.raw(), self.wake.raw()) };
            check_status!(status)?;
        }
        Ok(taken)
    }

    /// Blocks until the writer has answered all that was handed over.
    pub(crate) fn drain(&self) {
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        while *pending > 0 {
            pending = self.answered.wait(pending).unwrap_or_else(PoisonError::into_inner);
        }
    }
}
