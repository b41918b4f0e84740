//! Asking: returns an answer at once if that takes little time, else a promise.
//!
//! A question is a closure that visits at most about as many positions as it is told to. A second closure makes
//! a JavaScript value from the result. A promise keeps the event loop alive until it is settled.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use histo_core::graph::Step;
use histo_core::{Error, Result, failpoint};
use napi::Env;
use napi::bindgen_prelude::{External, FinalizeContext, JsValue, ToNapiValue};

use crate::convert::failure::fields_of;
use crate::convert::guard::{caught, from_napi};
use crate::convert::values::Made;
use crate::threads::time_slice;
use crate::threads::walkers::{self, Task};

/// Visits between two checks whether others wait and whether the question was withdrawn: about 1 ms.
const VISITS_A_LOOK: u64 = 1 << 15;

type Flag = Arc<AtomicBool>;

/// Ends the questions that were asked with it. JavaScript has one for each signal.
pub struct Withdrawal(Flag);

impl Withdrawal {
    pub(crate) fn new() -> Self {
        Self(Flag::default())
    }

    /// Ends them: their promises are rejected soon, and their results are freed.
    pub(crate) fn withdraw(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// A way to end a question early.
pub(crate) type End<'a> = Option<&'a External<Withdrawal>>;

/// Returns an answer at once if the time slice of this thread suffices, else a promise.
///
/// # Errors
/// The errors of `work` and `answer`, until there is a promise.
pub(crate) fn ask<A: Send + 'static, J: ToNapiValue + 'static>(
    env: Env,
    end: End<'_>,
    mut work: impl FnMut(u64) -> Result<Step<A>> + Send + 'static,
    answer: impl FnOnce(Env, A) -> Result<J> + Send + 'static,
) -> Result<Made> {
    match time_slice::run(&mut work)? {
        Step::Done(found) => Made::of(env, answer(env, found)?),
        Step::Pending => ask_later(env, end, walkers::send, work, answer),
    }
}

/// Returns a promise; `send` passes the work to other threads.
///
/// # Errors
/// Those of Node-API.
pub(crate) fn ask_later<A: Send + 'static, J: ToNapiValue + 'static>(
    env: Env,
    end: End<'_>,
    send: fn(Task),
    work: impl FnMut(u64) -> Result<Step<A>> + Send + 'static,
    answer: impl FnOnce(Env, A) -> Result<J> + Send + 'static,
) -> Result<Made> {
    let gone = gone(env).map_err(from_napi)?;
    let withdrawn = end.map_or_else(Flag::default, |end| Arc::clone(&end.0));
    let (deferred, promise) = env.create_deferred().map_err(from_napi)?;
    let promise = Made(promise.raw());
    let (mut work, mut waits) = (Some(work), Some((deferred, answer)));
    send(Box::new(move |go_on| {
        let step = go_on.and_then(|()| {
            if withdrawn.load(Ordering::Relaxed) || gone.load(Ordering::Relaxed) {
                return Err(Error::Internal("a question was withdrawn".into()));
            }
            caught(|| {
                failpoint::hit("walker");
                work.as_mut().map_or(Ok(Step::Pending), |work| work(VISITS_A_LOOK))
            })
        });
        let found = match step {
            Ok(Step::Pending) => return false,
            Ok(Step::Done(found)) => Ok(found),
            Err(error) => Err(error),
        };
        drop(work.take()); // frees what it holds before anyone hears of the result
        if let Some((deferred, answer)) = waits.take() {
            deferred.resolve(settling(found, answer));
        }
        true
    }));
    Ok(promise)
}

/// Settles a promise, on the thread of its environment.
type Settle = Box<dyn FnOnce(Env) -> napi::Result<Made>>;

fn settling<A: 'static, J: ToNapiValue + 'static>(
    found: Result<A>,
    answer: impl FnOnce(Env, A) -> Result<J> + 'static,
) -> Settle {
    Box::new(move |env| {
        time_slice::turned();
        let made = caught(|| found.and_then(|found| Made::of(env, answer(env, found)?)));
        made.map_err(|error| rejection(env, &error))
    })
}

/// Returns the fields of an error, for rejecting a promise.
fn rejection(env: Env, error: &Error) -> napi::Error {
    match fields_of(env, error).and_then(|fields| fields.into_unknown(&env)) {
        Ok(fields) => fields.into(),
        Err(error) => error,
    }
}

/// Returns a flag that is set when the environment ends: then nobody waits for its questions.
fn gone(env: Env) -> napi::Result<Flag> {
    if let Some(gone) = env.get_instance_data::<Flag>()? {
        return Ok(Arc::clone(gone));
    }
    let gone = Flag::default();
    let ending = |context: FinalizeContext<Flag, ()>| context.value.store(true, Ordering::Relaxed);
    env.set_instance_data(Arc::clone(&gone), (), ending)?;
    Ok(gone)
}
