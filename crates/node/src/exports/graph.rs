//! Questions to the graph. Refs in and out; positions stay inside.
//!
//! A short walk is answered at once. One that takes longer, or finds much, is handed out as a question:
//! `question.rs` sends it to the walkers and brings its answer.

use std::sync::Arc;

use histo_core::graph::{Difference, IsAncestor, MergeBases, Step};
use napi::bindgen_prelude::{Either, External};
use napi::{Env, Result};
use napi_derive::napi;

use super::read::{Answer, position, positions, revisions_at};
use crate::convert::guard::{Code, guard};
use crate::convert::values::{RefHex, RefText};
use crate::database::Database;
use crate::questions::question::{self, Walk};
use crate::threads::time_slice;
use crate::threads::walkers::{Question, Resting};

/// More refs than this are handed out in slices.
const FEW: usize = 2048;

/// All best common ancestors of two revisions, ascending; empty where the histories share nothing.
#[napi(catch_unwind, ts_return_type = "string[] | ExternalObject<Question>")]
pub fn merge_bases(
    db: &External<Database>,
    #[napi(ts_arg_type = "string")] ref1: RefText,
    #[napi(ts_arg_type = "string")] ref2: RefText,
) -> Result<Either<Vec<RefHex>, External<Question>>, Code> {
    guard(|| {
        db.engine(|engine| {
            let (a, b) = (position(engine, ref1)?, position(engine, ref2)?);
            let graph = engine.graph();
            let walk = Walk::Bases(MergeBases::new(&graph, a, b)?);
            begin(question::Question::new(graph, walk), ascending)
        })
    })
}

/// Whether `descendant` reaches `ancestor`, or is it.
#[napi(catch_unwind, ts_return_type = "boolean | ExternalObject<Question>")]
pub fn is_ancestor(
    db: &External<Database>,
    #[napi(ts_arg_type = "string")] ancestor: RefText,
    #[napi(ts_arg_type = "string")] descendant: RefText,
) -> Result<Either<bool, External<Question>>, Code> {
    guard(|| {
        db.engine(|engine| {
            let ancestor = position(engine, ancestor)?;
            let descendant = position(engine, descendant)?;
            let graph = engine.graph();
            let walk = Walk::Ancestry(IsAncestor::new(&graph, ancestor, descendant)?);
            begin(question::Question::new(graph, walk), question::Question::reaches)
        })
    })
}

/// What `to` reaches and none of `from` does, newest first.
#[napi(catch_unwind, ts_return_type = "string[] | ExternalObject<Question>")]
pub fn ref_difference(
    db: &External<Database>,
    #[napi(ts_arg_type = "string[]")] from: Vec<RefText>,
    #[napi(ts_arg_type = "string")] to: RefText,
) -> Result<Either<Vec<RefHex>, External<Question>>, Code> {
    guard(|| {
        db.engine(|engine| {
            let from = positions(engine, from)?;
            let to = position(engine, to)?;
            let graph = engine.graph();
            let walk = Walk::Difference(Difference::new(&graph, &from, &[to])?);
            begin(question::Question::new(graph, walk), |question| {
                question.refs(0).map(RefHex).collect()
            })
        })
    })
}

/// The refs that a question found, ascending.
pub(super) fn ascending(question: &question::Question) -> Vec<RefHex> {
    let mut refs: Vec<_> = question.refs(0).collect();
    refs.sort_unstable();
    refs.into_iter().map(RefHex).collect()
}

/// Works on a question for a while: `answer` is made of it where that was enough and it found little.
fn begin<A>(
    mut question: question::Question,
    answer: impl FnOnce(&question::Question) -> A,
) -> histo_core::Result<Either<A, External<Question>>> {
    let step = time_slice::run(&mut question)?;
    if step == Step::Done(()) && question.found().len() <= FEW {
        return Ok(Either::A(answer(&question)));
    }
    Ok(Either::B(resting(question)))
}

/// A question that was asked and can be sent to the walkers.
pub(super) fn resting(question: question::Question) -> External<Question> {
    External::new(Arc::new(Resting::new(question)))
}

/// Asks for the history of `to` without what `until` reaches, over the graph as it is now.
#[napi(catch_unwind)]
pub fn history(
    db: &External<Database>,
    #[napi(ts_arg_type = "string")] to: RefText,
    #[napi(ts_arg_type = "string[]")] until: Vec<RefText>,
) -> Result<External<Question>, Code> {
    guard(|| {
        db.engine(|engine| {
            let to = position(engine, to)?;
            let until = positions(engine, until)?;
            let graph = engine.graph();
            let walk = Difference::new(&graph, &until, &[to])?.for_reading();
            let walk = Walk::Difference(walk);
            Ok(resting(question::Question::new(graph, walk)))
        })
    })
}

/// Asks what of the history of `to` is to be sent to somebody who has all that `from` reaches, over the
/// graph as it is now. `HISTO_SHALLOW` if some of it was cut away.
#[napi(catch_unwind)]
pub fn to_send(
    db: &External<Database>,
    #[napi(ts_arg_type = "string[]")] from: Vec<RefText>,
    #[napi(ts_arg_type = "string")] to: RefText,
) -> Result<External<Question>, Code> {
    guard(|| {
        db.engine(|engine| {
            let from = positions(engine, from)?;
            let to = position(engine, to)?;
            let graph = engine.graph();
            let walk = Walk::Difference(Difference::new(&graph, &from, &[to])?.for_sending());
            let mut question = question::Question::new(graph, walk);
            let _step = time_slice::run(&mut question)?;
            Ok(resting(question))
        })
    })
}

/// The next revisions of a history, newest first: at most `count`; none at its end, unless more was cut
/// away, which is `HISTO_SHALLOW`. `null` where the walkers have to find them first.
#[napi(catch_unwind)]
pub fn next_of_history(
    env: Env,
    db: &External<Database>,
    history: &External<Question>,
    count: u32,
) -> Result<Option<Answer>, Code> {
    guard(|| {
        let count = count as usize;
        history.with(|question| {
            question.aim(count);
            if time_slice::run(question)? == Step::Pending {
                return Ok(None);
            }
            // One text may hold fewer than were asked for, where they are large.
            let found = question.found();
            if found.is_empty()
                && let Some(error) = question.lacks()
            {
                return Err(error);
            }
            let at = found.get(..count.min(found.len())).unwrap_or_default();
            let (answer, shown) = db.engine(|engine| revisions_at(env, engine, at))?;
            question.drop_found(shown);
            Ok(Some(answer))
        })
    })
}
