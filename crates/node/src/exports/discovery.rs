//! Set discovery, and which revisions a tip reaches: what a side needs to know of another one.

use std::sync::PoisonError;

use histo_core::Error;
use histo_core::graph::{self, Pos, ReachedBy};
use histo_core::sync::Discovery;
use napi::Result;
use napi::bindgen_prelude::{Either, External};
use napi_derive::napi;

use super::graph::resting;
use super::read::{position, positions};
use crate::convert::guard::{Code, guard};
use crate::convert::values::{RefHex, RefText};
use crate::database::Database;
use crate::questions::question::{self, Walk};
use crate::threads::time_slice;
use crate::threads::walkers::Question;

/// Starts to discover what another side has of the history of `tips`; `seed` chooses among equal questions.
/// The question is answered when there is something to ask, or at the end: `refs_of` tells which.
#[napi(catch_unwind)]
pub fn discovery(
    db: &External<Database>,
    #[napi(ts_arg_type = "string[]")] tips: Vec<RefText>,
    seed: u32,
) -> Result<External<Question>, Code> {
    guard(|| {
        db.engine(|engine| {
            let tips = positions(engine, tips)?;
            let graph = engine.graph();
            let discovery = Discovery::new(&graph, &tips, u64::from(seed))?;
            let walk = Walk::Discovery(Box::new(discovery));
            let mut question = question::Question::new(graph, walk);
            let _step = time_slice::run(&mut question)?;
            Ok(resting(question))
        })
    })
}

/// What `tips` reach and none of `bounds` does, newest first; `null` where that is more than `most`, or takes
/// long to tell.
#[napi(catch_unwind, ts_return_type = "string[] | null")]
pub fn own_refs(
    db: &External<Database>,
    #[napi(ts_arg_type = "string[]")] tips: Vec<RefText>,
    #[napi(ts_arg_type = "string[]")] bounds: Vec<RefText>,
    most: u32,
) -> Result<Option<Vec<RefHex>>, Code> {
    guard(|| {
        db.engine(|engine| {
            let tips = positions(engine, tips)?;
            let bounds = positions(engine, bounds)?;
            let graph = engine.graph();
            let own = graph::own_refs(&graph, &tips, &bounds, most as usize);
            Ok(own.map(|own| own.into_iter().map(|pos| RefHex(*graph.ref_at(pos))).collect()))
        })
    })
}

/// Whether an answered discovery is at its end: what it found is common. Else it asks about that.
#[napi(catch_unwind)]
pub fn has_discovered(discovery: &External<Question>) -> Result<bool, Code> {
    guard(|| discovery.with(|question| Ok(question.reaches())))
}

/// Goes on with a discovery: `answers` tell whether the other side has each of what it asked about.
#[napi(catch_unwind)]
pub fn tell_discovery(discovery: &External<Question>, answers: Vec<bool>) -> Result<(), Code> {
    guard(move || {
        discovery.with(|question| {
            question.tell(&answers)?;
            time_slice::run(question).map(drop)
        })
    })
}

/// Which of `refs` are there and reached by `tip`. A question where all that it reaches has to be found first:
/// `keep_reached` once it is answered, then ask again.
#[napi(catch_unwind, ts_return_type = "boolean[] | ExternalObject<Question>")]
pub fn reached_by(
    db: &External<Database>,
    #[napi(ts_arg_type = "string")] tip: RefText,
    #[napi(ts_arg_type = "string[]")] refs: Vec<RefText>,
) -> Result<Either<Vec<bool>, External<Question>>, Code> {
    guard(|| {
        db.engine(|engine| {
            let tip = position(engine, tip)?;
            let graph = engine.graph();
            let mut reaches = db.reaches().lock().unwrap_or_else(PoisonError::into_inner);
            if reaches.of(&graph, tip).is_none() {
                let walk = ReachedBy::new(&graph, tip, reaches.below(tip))?;
                let walk = Walk::Reached(Box::new(walk), None);
                let mut question = question::Question::new(graph.clone(), walk);
                let _step = time_slice::run(&mut question)?;
                match question.take_reached() {
                    Some(found) => reaches.keep(found),
                    None => return Ok(Either::B(resting(question))),
                }
            }
            let reached = reaches.of(&graph, tip).ok_or_else(|| lost(tip))?;
            drop(reaches);
            let is_reached = |named: RefText| match named.0 {
                Ok(reference) => {
                    Ok(engine.find(&reference)?.is_some_and(|pos| reached.contains(pos)))
                }
                Err(_) => Ok(false),
            };
            refs.into_iter().map(is_reached).collect::<histo_core::Result<_>>().map(Either::A)
        })
    })
}

/// Keeps what an answered question found, for the calls that follow.
#[napi(catch_unwind)]
pub fn keep_reached(db: &External<Database>, question: &External<Question>) -> Result<(), Code> {
    guard(|| {
        let found = question.with(|question| Ok(question.take_reached()))?;
        if let Some(found) = found {
            db.reaches().lock().unwrap_or_else(PoisonError::into_inner).keep(found);
        }
        Ok(())
    })
}

fn lost(tip: Pos) -> Error {
    Error::Internal(format!("what position {} reaches was not kept", tip.get()))
}
