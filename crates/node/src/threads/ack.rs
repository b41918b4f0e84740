//! Acknowledgements: outcomes of writes wait here until the JavaScript thread that asked takes them.
//!
//! The writer adds them and wakes that thread once a group. The event loop is kept alive only while something
//! is unacknowledged.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use histo_core::Result;
use histo_core::write::Outcome;
use napi::bindgen_prelude::{Function, Unknown};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Env, Status, check_status, sys};

use crate::threads::outcomes::Outcomes;

/// A call of JavaScript without arguments, which does not keep the event loop alive by itself.
type Wake = ThreadsafeFunction<(), Unknown<'static>, (), Status, false, true>;

/// A channel for the outcomes of one open database.
pub(crate) struct Ack {
    /// `None` in memory, and once the last outcome was taken, since it keeps the database's object alive.
    wake: Mutex<Option<Wake>>,
    outcomes: Outcomes<Result<Outcome>>,
    /// Number of requests whose outcome JavaScript has not taken; used only on its thread.
    held: AtomicU64,
}

impl Ack {
    /// A channel that wakes JavaScript by calling `wake`.
    pub(crate) fn new(wake: &Function<'_, (), Unknown<'static>>) -> napi::Result<Self> {
        let wake = wake
            .build_threadsafe_function::<()>()
            .callee_handled::<false>()
            .weak::<true>()
            .build()?;
        Ok(Self { wake: Mutex::new(Some(wake)), ..Self::silent() })
    }

    /// A channel for a database whose writes are decided at once.
    pub(crate) fn silent() -> Self {
        Self { wake: Mutex::new(None), outcomes: Outcomes::new(), held: AtomicU64::new(0) }
    }

    /// Counts requests that are about to be passed on; the first keeps the event loop alive.
    pub(crate) fn expect(&self, env: Env, count: u64) -> napi::Result<()> {
        let wake = self.wake.lock().unwrap_or_else(PoisonError::into_inner);
        let first = self.held.fetch_add(count, Ordering::Relaxed) == 0;
        if let Some(wake) = wake.as_ref().filter(|_| first) {
            #[expect(unsafe_code, reason = "napi has no other way to change it later")]
            // SAFETY: on the thread of the environment, and the lock keeps the function.
            let status = unsafe { sys::napi_ref_threadsafe_function(env.raw(), wake.raw()) };
            check_status!(status)?;
        }
        self.outcomes.expect(count);
        Ok(())
    }

    /// Counts a request that JavaScript does not wait for.
    pub(crate) fn expect_unheard(&self) {
        self.outcomes.expect(1);
    }

    /// Adds outcomes, in the order of the requests, and wakes the JavaScript thread.
    pub(crate) fn answer(&self, outcomes: Vec<Result<Outcome>>) {
        let wake = self.outcomes.add(outcomes);
        let function = self.wake.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(function) = function.as_ref().filter(|_| wake) {
            // `Closing` while the environment is being torn down: then nobody is left to wake.
            function.call((), ThreadsafeFunctionCallMode::NonBlocking);
        }
    }

    /// Takes all outcomes. The last one lets the event loop end; after a close, which `closing` marks, it also
    /// releases the function.
    pub(crate) fn take(&self, env: Env, closing: bool) -> napi::Result<Vec<Result<Outcome>>> {
        let taken = self.outcomes.take();
        let count = taken.len() as u64;
        let last = count > 0 && self.held.fetch_sub(count, Ordering::Relaxed) == count;
        let mut wake = self.wake.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(wake) = wake.as_ref().filter(|_| last) {
            #[expect(unsafe_code, reason = "napi has no other way to change it later")]
            // SAFETY: on the thread of the environment, and the lock keeps the function.
            let status = unsafe { sys::napi_unref_threadsafe_function(env.raw(), wake.raw()) };
            check_status!(status)?;
        }
        if last && closing {
            drop(wake.take());
        }
        Ok(taken)
    }

    /// Blocks until all requests have an outcome.
    pub(crate) fn drain(&self) {
        self.outcomes.drain();
    }
}
