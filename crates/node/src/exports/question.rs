//! Questions to the graph that rest: sent to the walkers, and their answers taken.

use std::sync::Arc;

use histo_core::Error;
use histo_core::graph::Graph;
use napi::bindgen_prelude::{External, Function, Uint8ArraySlice, Unknown};
use napi::{Env, Result};
use napi_derive::napi;

use super::graph::{ascending, resting};
use super::read::position;
use crate::convert::guard::{Code, from_napi, guard};
use crate::convert::values::{self, RefHex, RefText};
use crate::database::Database;
use crate::questions::question::{self, Walk};
use crate::threads::ack::Ack;
use crate::threads::time_slice;
use crate::threads::walkers::{self, Question, Told};

/// Where an environment is told that its questions are answered.
pub struct Channel(Arc<Told>);

impl Drop for Channel {
    /// The environment ends, and nobody waits any longer.
    fn drop(&mut self) {
        self.0.leave();
    }
}

/// Makes the channel of an environment. `wake` is called when there are tickets to take.
#[napi(catch_unwind)]
pub fn channel(wake: Function<'_, (), Unknown<'static>>) -> Result<External<Channel>, Code> {
    guard(|| {
        let ack = Ack::new(&wake).map_err(from_napi)?;
        Ok(External::new(Channel(Arc::new(Told::new(ack)))))
    })
}

/// Asks for what others wrote to be taken in. For the walkers, after a call that failed with `BEHIND`.
#[napi(catch_unwind)]
pub fn behind(db: &External<Database>) -> Result<External<Question>, Code> {
    guard(|| Ok(resting(question::Question::new(Graph::default(), Walk::TakeIn(db.link())))))
}

/// Sends a question to the walkers. `ticket` comes back when it is answered, has failed or was
/// withdrawn; the event loop is kept alive until then. `false`: it is answered already.
#[napi(catch_unwind)]
pub fn send_away(
    env: Env,
    channel: &External<Channel>,
    question: &External<Question>,
    ticket: u32,
) -> Result<bool, Code> {
    guard(|| {
        if question.with(|question| Ok(question.is_answered()))? {
            return Ok(false);
        }
        channel.0.ack.expect(env, 1).map_err(from_napi)?;
        walkers::send(question, &channel.0, ticket)?;
        Ok(true)
    })
}

/// The tickets of questions that came back.
#[napi(catch_unwind)]
pub fn take_tickets(env: Env, channel: &External<Channel>) -> Result<Vec<u32>, Code> {
    guard(|| {
        time_slice::turned();
        channel.0.ack.take(env, false).map_err(from_napi)
    })
}

/// Ends a question, wherever it is, and frees what it found.
#[napi(catch_unwind)]
pub fn withdraw(question: &External<Question>) -> Result<(), Code> {
    guard(|| {
        question.withdraw();
        Ok(())
    })
}

/// The answer to a question for merge bases.
#[napi(catch_unwind, ts_return_type = "string[]")]
pub fn bases_of(question: &External<Question>) -> Result<Vec<RefHex>, Code> {
    guard(|| question.with(|question| Ok(ascending(question))))
}

/// The answer to a question whether one revision reaches another.
#[napi(catch_unwind)]
pub fn reaches_of(question: &External<Question>) -> Result<bool, Code> {
    guard(|| question.with(|question| Ok(question.reaches())))
}

/// How many revisions a question found.
#[napi(catch_unwind)]
pub fn count_of(question: &External<Question>) -> Result<u32, Code> {
    guard(|| {
        question.with(|question| {
            u32::try_from(question.found().len())
                .map_err(|_| Error::Internal("too many revisions".into()))
        })
    })
}

/// Writes the refs of some of the revisions that a question found, from number `start` on, as digits:
/// as many as there is room for. Returns how many.
#[napi(catch_unwind)]
pub fn refs_of(
    question: &External<Question>,
    start: u32,
    room: Uint8ArraySlice<'_>,
) -> Result<u32, Code> {
    guard(|| {
        question.with(|question| Ok(values::write_digits(question.refs(start as usize), room)))
    })
}

/// How many of the revisions that a question found stand before what comes behind `after`, which is one of
/// them; `null` where it is not.
#[napi(catch_unwind)]
pub fn place_behind(
    db: &External<Database>,
    question: &External<Question>,
    #[napi(ts_arg_type = "string")] after: RefText,
) -> Result<Option<u32>, Code> {
    guard(|| {
        let after = db.engine(|engine| position(engine, after))?;
        question.with(|question| {
            let place = question.found().iter().position(|&found| found == after);
            Ok(place.and_then(|place| u32::try_from(place + 1).ok()))
        })
    })
}
