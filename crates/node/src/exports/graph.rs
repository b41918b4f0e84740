//! Questions about the graph. Takes and returns refs; positions stay inside.

use histo_core::Engine;
use histo_core::graph::{Difference, Graph, IsAncestor, MergeBases, Missing};
use napi::bindgen_prelude::External;
use napi::{Env, Result};
use napi_derive::napi;

use super::question::{Many, few_or_many};
use super::read::{headers_at, position, positions, revisions_at};
use crate::convert::guard::{Code, guard};
use crate::convert::values::{Made, RefHex, RefText};
use crate::database::{Database, engine_of};
use crate::questions::ask::{Withdrawal, ask, ask_later};
use crate::questions::found::{Found, whole};
use crate::questions::held::Held;
use crate::questions::history::History;
use crate::threads::walkers;

/// The handle that JavaScript has of a history.
pub type OpenHistory = Held<History>;

/// Returns all best common ancestors of two revisions, ascending; empty if their histories share nothing.
#[napi(catch_unwind, ts_return_type = "string[] | Promise<string[]>")]
pub fn merge_bases(
    env: Env,
    db: &External<Database>,
    #[napi(ts_arg_type = "string")] ref1: RefText,
    #[napi(ts_arg_type = "string")] ref2: RefText,
    end: Option<&External<Withdrawal>>,
) -> Result<Made, Code> {
    db.guarded(|engine| {
        let (a, b) = (position(engine, ref1)?, position(engine, ref2)?);
        let graph = engine.graph();
        let mut walk = MergeBases::new(&graph, a, b)?;
        let work = move |budget| {
            let step = walk.run(&graph, budget)?;
            Ok(step.map(|at| {
                let mut refs: Vec<_> = at.iter().map(|&pos| *graph.ref_at(pos)).collect();
                refs.sort_unstable();
                refs
            }))
        };
        ask(env, end, work, |_, refs| Ok(RefHex::all(refs)))
    })
}

/// Whether `descendant` reaches `ancestor`, or is it.
#[napi(catch_unwind, ts_return_type = "boolean | Promise<boolean>")]
pub fn is_ancestor(
    env: Env,
    db: &External<Database>,
    #[napi(ts_arg_type = "string")] ancestor: RefText,
    #[napi(ts_arg_type = "string")] descendant: RefText,
    end: Option<&External<Withdrawal>>,
) -> Result<Made, Code> {
    db.guarded(|engine| {
        let ancestor = position(engine, ancestor)?;
        let descendant = position(engine, descendant)?;
        let graph = engine.graph();
        let mut walk = IsAncestor::new(&graph, ancestor, descendant)?;
        ask(env, end, move |budget| walk.run(&graph, budget), |_, reaches| Ok(reaches))
    })
}

/// Returns what some of `to` reach and none of `from` does, newest first.
#[napi(catch_unwind, ts_return_type = "string[] | Many | Promise<string[] | Many>")]
pub fn ref_difference(
    env: Env,
    db: &External<Database>,
    #[napi(ts_arg_type = "string[]")] from: Vec<RefText>,
    #[napi(ts_arg_type = "string[]")] to: Vec<RefText>,
    end: Option<&External<Withdrawal>>,
) -> Result<Made, Code> {
    db.guarded(|engine| {
        let (graph, walk) = difference(engine, from, to)?;
        ask(env, end, whole(walk, graph), |_, found| few_or_many(found))
    })
}

/// Returns the part of the histories of `to` to send to a side that has all that `from` reaches, newest first.
/// `HISTO_SHALLOW` if some of it was cut away.
#[napi(catch_unwind, ts_return_type = "Many | Promise<Many>")]
pub fn to_send(
    env: Env,
    db: &External<Database>,
    #[napi(ts_arg_type = "string[]")] from: Vec<RefText>,
    #[napi(ts_arg_type = "string[]")] to: Vec<RefText>,
    end: Option<&External<Withdrawal>>,
) -> Result<Made, Code> {
    db.guarded(|engine| {
        let (graph, walk) = difference(engine, from, to)?;
        ask(env, end, whole(walk.for_sending(), graph), |_, found| Many::of(found))
    })
}

/// Returns what `target` lacks of the histories of `heads` and has not cut away, ancestors first. Visits that,
/// and its known ancestors, once. The walkers do it, since the target may have to load what others wrote.
#[napi(catch_unwind, ts_return_type = "Promise<Many>")]
pub fn missing(
    env: Env,
    source: &External<Database>,
    target: &External<Database>,
    #[napi(ts_arg_type = "string[]")] heads: Vec<RefText>,
    end: Option<&External<Withdrawal>>,
) -> Result<Made, Code> {
    source.guarded(|source| {
        let tips = positions(source, heads)?;
        let graph = source.graph();
        let mut walk = Missing::new(&graph, &tips)?;
        let link = target.link();
        let work = move |budget| {
            // The link is followed again for each part, so that the walk does not keep files open.
            let target = engine_of(&link)?;
            let known = |pos| {
                let reference = graph.ref_at(pos);
                Ok(target.has_whole(reference)? || target.was_cut_away(reference)?)
            };
            let step = walk.run(&graph, budget, known)?;
            Ok(step.map(|at| Found { graph: graph.clone(), at }))
        };
        ask_later(env, end, walkers::send, work, |_, found| Many::of(found))
    })
}

/// Starts to read what some of `to` reach and none of `until` does, in the present graph.
#[napi(catch_unwind)]
pub fn history(
    db: &External<Database>,
    #[napi(ts_arg_type = "string[]")] to: Vec<RefText>,
    #[napi(ts_arg_type = "string[]")] until: Vec<RefText>,
) -> Result<External<OpenHistory>, Code> {
    db.guarded(|engine| {
        let (graph, walk) = difference(engine, until, to)?;
        Ok(External::new(Held::new(History::new(graph, walk.for_reading()))))
    })
}

/// Returns the next revisions of a history, newest first, at most `count`; none at its end. `HISTO_SHALLOW`
/// there if more was cut away. May return fewer if they are large. Without `data`, data is not read.
#[napi(catch_unwind, ts_return_type = "Answer | Promise<Answer>")]
pub fn next_of_history(
    env: Env,
    db: &External<Database>,
    history: &External<OpenHistory>,
    count: u32,
    with_data: bool,
    end: Option<&External<Withdrawal>>,
) -> Result<Made, Code> {
    guard(|| {
        let count = count as usize;
        let rows = if with_data { revisions_at } else { headers_at };
        let (walking, read, link) = (history.share(), history.share(), db.link());
        let work = move |budget| walking.with(|history| history.run(budget, count));
        let answer = move |env, ()| {
            let engine = engine_of(&link)?;
            read.with(|history| history.read(count, |at| rows(env, &engine, at)))
        };
        ask(env, end, work, answer)
    })
}

/// Frees a history.
#[napi(catch_unwind)]
pub fn end_history(history: &External<OpenHistory>) -> Result<(), Code> {
    guard(|| {
        history.end();
        Ok(())
    })
}

fn difference(
    engine: &Engine,
    from: Vec<RefText>,
    to: Vec<RefText>,
) -> histo_core::Result<(Graph, Difference)> {
    let (from, to) = (positions(engine, from)?, positions(engine, to)?);
    let graph = engine.graph();
    let walk = Difference::new(&graph, &from, &to)?;
    Ok((graph, walk))
}
