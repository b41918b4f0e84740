//! Set discovery, and which revisions a tip reaches: what a side needs to know about another one.

use std::sync::{Arc, PoisonError};

use histo_core::graph::{self, Graph, ReachedBy};
use histo_core::sync::{Discovery, Turn};
use histo_core::{Engine, Ref};
use napi::bindgen_prelude::External;
use napi::{Env, Result};
use napi_derive::napi;

use super::question::{FewOrMany, few_or_many};
use super::read::positions;
use crate::convert::guard::{Code, guard};
use crate::convert::values::{Made, RefHex, RefText};
use crate::database::{Database, engine_of};
use crate::questions::ask::{Withdrawal, ask};
use crate::questions::found::Found;
use crate::questions::held::Held;

/// A discovery, and its graph.
pub struct Discovering {
    graph: Graph,
    discovery: Discovery,
}

/// The handle that JavaScript has of it.
pub type OpenDiscovery = Held<Discovering>;

/// The state of a discovery.
#[napi(object, object_from_js = false)]
pub struct DiscoveryTurn {
    /// Whether it has ended: the refs are common. Otherwise it asks whether the other side has them.
    pub is_done: bool,
    /// The refs.
    #[napi(ts_type = "string[] | Many")]
    pub refs: FewOrMany,
}

/// Starts to discover what another side has of the history of `tips`; `seed` chooses among equal questions.
#[napi(catch_unwind)]
pub fn discovery(
    db: &External<Database>,
    #[napi(ts_arg_type = "string[]")] tips: Vec<RefText>,
    seed: u32,
) -> Result<External<OpenDiscovery>, Code> {
    db.guarded(|engine| {
        let tips = positions(engine, tips)?;
        let graph = engine.graph();
        let discovery = Discovery::new(&graph, &tips, u64::from(seed))?;
        Ok(External::new(Held::new(Discovering { graph, discovery })))
    })
}

/// Continues a discovery until it asks or ends. `answers`: whether the other side has each of the refs asked
/// about last; none at the start.
#[napi(catch_unwind, ts_return_type = "DiscoveryTurn | Promise<DiscoveryTurn>")]
pub fn next_turn(
    env: Env,
    discovery: &External<OpenDiscovery>,
    answers: Option<Vec<bool>>,
    end: Option<&External<Withdrawal>>,
) -> Result<Made, Code> {
    guard(|| {
        if let Some(answers) = answers {
            discovery.with(|state| state.discovery.handle(&answers))?;
        }
        let state = discovery.share();
        let work = move |budget| {
            state.with(|Discovering { graph, discovery }| {
                let step = discovery.run(graph, budget)?;
                Ok(step.map(|turn| {
                    let is_done = matches!(turn, Turn::Done(_));
                    let (Turn::Ask(at) | Turn::Done(at)) = turn;
                    (is_done, Found { graph: graph.clone(), at })
                }))
            })
        };
        ask(env, end, work, |_, (is_done, found)| {
            Ok(DiscoveryTurn { is_done, refs: few_or_many(found)? })
        })
    })
}

/// Frees a discovery.
#[napi(catch_unwind)]
pub fn end_discovery(discovery: &External<OpenDiscovery>) -> Result<(), Code> {
    guard(|| {
        discovery.end();
        Ok(())
    })
}

/// Returns what `tips` reach and none of `bounds` does, newest first; `null` if that is more than `most`, or
/// takes long to find out.
#[napi(catch_unwind, ts_return_type = "string[] | null")]
pub fn own_refs(
    db: &External<Database>,
    #[napi(ts_arg_type = "string[]")] tips: Vec<RefText>,
    #[napi(ts_arg_type = "string[]")] bounds: Vec<RefText>,
    most: u32,
) -> Result<Option<Vec<RefHex>>, Code> {
    db.guarded(|engine| {
        let tips = positions(engine, tips)?;
        let bounds = positions(engine, bounds)?;
        let graph = engine.graph();
        let own = graph::own_refs(&graph, &tips, &bounds, most as usize);
        Ok(own.map(|own| RefHex::all(own.into_iter().map(|pos| *graph.ref_at(pos)))))
    })
}

/// Returns which of `refs` exist and are reached by one of `tips`. What a single tip reaches is cached for
/// later calls.
#[napi(catch_unwind, ts_return_type = "boolean[] | Promise<boolean[]>")]
pub fn reached_by(
    env: Env,
    db: &External<Database>,
    #[napi(ts_arg_type = "string[]")] tips: Vec<RefText>,
    #[napi(ts_arg_type = "string[]")] refs: Vec<RefText>,
    end: Option<&External<Withdrawal>>,
) -> Result<Made, Code> {
    db.guarded(|engine| {
        let tips = positions(engine, tips)?;
        let graph = engine.graph();
        let refs: Vec<Option<Ref>> = refs.into_iter().map(|named| named.0.ok()).collect();
        let [tip] = *tips else {
            let mut walk = ReachedBy::many(&graph, &tips)?;
            let link = db.link();
            let answer = move |_, found| are_in(&*engine_of(&link)?, &found, &refs);
            return ask(env, end, move |budget| Ok(walk.run(&graph, budget)), answer);
        };
        let mut reaches = db.reaches().lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(reached) = reaches.of(&graph, tip) {
            drop(reaches);
            return Made::of(env, are_in(engine, &reached, &refs)?);
        }
        let mut walk = ReachedBy::new(&graph, tip, reaches.below(tip))?;
        drop(reaches);
        let (link, reaches) = (db.link(), Arc::clone(db.reaches()));
        let answer = move |_, found| {
            let mut reaches = reaches.lock().unwrap_or_else(PoisonError::into_inner);
            let reached = reaches.keep(found);
            drop(reaches);
            are_in(&*engine_of(&link)?, &reached, &refs)
        };
        ask(env, end, move |budget| Ok(walk.run(&graph, budget)), answer)
    })
}

fn are_in(
    engine: &Engine,
    reached: &graph::Reached,
    refs: &[Option<Ref>],
) -> histo_core::Result<Vec<bool>> {
    let is_in = |named: &Option<Ref>| match named {
        Some(reference) => Ok(engine.find(reference)?.is_some_and(|pos| reached.contains(pos))),
        None => Ok(false),
    };
    refs.iter().map(is_in).collect()
}
