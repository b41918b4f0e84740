//! Questions to the graph. Refs in and out; positions stay inside.

use std::sync::Mutex;

use histo_core::Error;
use histo_core::graph::{self, Difference, Graph, Pos, Step};
use napi::bindgen_prelude::External;
use napi::{Env, Result};
use napi_derive::napi;

use super::read::{Answer, position, positions, revisions_at};
use crate::database::Database;
use crate::guard::{Code, guard};
use crate::values::{RefHex, RefText};

/// All best common ancestors of two revisions, ascending; empty where the histories share nothing.
#[napi(catch_unwind, ts_return_type = "string[]")]
pub fn merge_bases(
    db: &External<Database>,
    #[napi(ts_arg_type = "string")] ref1: RefText,
    #[napi(ts_arg_type = "string")] ref2: RefText,
) -> Result<Vec<RefHex>, Code> {
    guard(|| {
        db.engine(|engine| {
            let (a, b) = (position(engine, ref1)?, position(engine, ref2)?);
            let graph = engine.graph();
            let mut bases: Vec<_> =
                graph::merge_bases(&graph, a, b)?.iter().map(|&pos| *graph.ref_at(pos)).collect();
            bases.sort_unstable();
            Ok(bases.into_iter().map(RefHex).collect())
        })
    })
}

/// Whether `descendant` reaches `ancestor`, or is it.
#[napi(catch_unwind)]
pub fn is_ancestor(
    db: &External<Database>,
    #[napi(ts_arg_type = "string")] ancestor: RefText,
    #[napi(ts_arg_type = "string")] descendant: RefText,
) -> Result<bool, Code> {
    guard(|| {
        db.engine(|engine| {
            let ancestor = position(engine, ancestor)?;
            let descendant = position(engine, descendant)?;
            graph::is_ancestor(&engine.graph(), ancestor, descendant)
        })
    })
}

/// What `to` reaches and none of `from` does, newest first.
#[napi(catch_unwind, ts_return_type = "string[]")]
pub fn ref_difference(
    db: &External<Database>,
    #[napi(ts_arg_type = "string[]")] from: Vec<RefText>,
    #[napi(ts_arg_type = "string")] to: RefText,
) -> Result<Vec<RefHex>, Code> {
    guard(|| {
        db.engine(|engine| {
            let from = positions(engine, from)?;
            let to = position(engine, to)?;
            let graph = engine.graph();
            let answer = graph::difference(&graph, &from, &[to])?;
            Ok(answer.into_iter().map(|pos| RefHex(*graph.ref_at(pos))).collect())
        })
    })
}

/// A walk through a history that rests between batches, over the graph as it was at its start, and
/// the positions that were taken off it and not yet shown.
pub struct History(Mutex<(Graph, Difference, Vec<Pos>)>);

/// Starts a walk through what `to` reaches and none of `until` does.
#[napi(catch_unwind)]
pub fn history(
    db: &External<Database>,
    #[napi(ts_arg_type = "string")] to: RefText,
    #[napi(ts_arg_type = "string[]")] until: Vec<RefText>,
) -> Result<External<History>, Code> {
    guard(|| {
        db.engine(|engine| {
            let to = position(engine, to)?;
            let until = positions(engine, until)?;
            let graph = engine.graph();
            let walk = Difference::new(&graph, &until, &[to])?;
            Ok(External::new(History(Mutex::new((graph, walk, Vec::new())))))
        })
    })
}

/// The next revisions of a walk, newest first: at most `count`; none at its end.
#[napi(catch_unwind)]
pub fn next_of_history(
    env: Env,
    db: &External<Database>,
    walk: &External<History>,
    count: u32,
) -> Result<Answer, Code> {
    guard(|| {
        db.engine(|engine| {
            let mut state =
                walk.0.lock().map_err(|_| Error::Internal("a walk ended in a panic".to_owned()))?;
            let (graph, walk, rest) = &mut *state;
            let count = count as usize;
            while rest.len() < count {
                let lacks = count - rest.len();
                if let Step::Done(()) = walk.run(graph, u64::MAX, lacks, rest) {
                    break;
                }
            }
            // One text may hold fewer than were asked for, where they are large.
            let at = rest.get(..count.min(rest.len())).unwrap_or_default();
            let (answer, shown) = revisions_at(env, engine, at)?;
            rest.drain(..shown);
            Ok(answer)
        })
    })
}
