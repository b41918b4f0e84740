//! A graph by itself, of revisions with arbitrary names. Positions stay inside.

#![expect(
    clippy::needless_pass_by_value,
    reason = "the macro hands converted arguments over, it does not lend them"
)]

use std::sync::Mutex;

use histo_core::graph::{self, Batch, Difference, Graph, NamedGraph, Pos, Step};
use histo_core::{Error, Result as CoreResult};
use napi::bindgen_prelude::{External, Uint32Array};
use napi::{Env, Result};
use napi_derive::napi;

use crate::convert::guard::{Code, from_napi, guard, locked};
use crate::convert::values::{self, Made, Text};
use crate::threads::seed::seed;

/// A graph of named revisions.
pub struct CommitGraph(Mutex<NamedGraph>);

/// Revisions to be added to a graph.
pub struct GraphBatch(Mutex<Batch>);

/// A walk over a graph as it was when the walk started.
pub struct GraphWalk(Mutex<(Graph, Difference)>);

/// Creates an empty graph.
#[napi(catch_unwind)]
pub fn commit_graph() -> Result<External<CommitGraph>, Code> {
    guard(|| Ok(External::new(CommitGraph(Mutex::new(NamedGraph::new(seed()))))))
}

/// Number of revisions.
#[napi(catch_unwind)]
pub fn graph_size(graph: &External<CommitGraph>) -> Result<u32, Code> {
    guard(|| Ok(locked(&graph.0)?.len()))
}

/// Whether a revision exists.
#[napi(catch_unwind)]
pub fn graph_has(
    graph: &External<CommitGraph>,
    #[napi(ts_arg_type = "string")] name: Text,
) -> Result<bool, Code> {
    guard(|| Ok(locked(&graph.0)?.has(name.as_str()?)))
}

/// Adds one revision.
#[napi(catch_unwind)]
pub fn graph_add(
    graph: &External<CommitGraph>,
    #[napi(ts_arg_type = "string")] name: Text,
    #[napi(ts_arg_type = "string[]")] ancestors: Vec<Text>,
) -> Result<(), Code> {
    guard(|| {
        let ancestors = ancestors.iter().map(Text::as_str).collect::<CoreResult<Vec<_>>>()?;
        locked(&graph.0)?.add(name.as_str()?, ancestors)
    })
}

/// Creates an empty batch.
#[napi(catch_unwind)]
pub fn graph_batch() -> Result<External<GraphBatch>, Code> {
    guard(|| Ok(External::new(GraphBatch(Mutex::new(Batch::new(seed()))))))
}

/// Adds revisions to a batch. `text`: the names, separated by one unit, each revision's own before those of its
/// ancestors. `lengths`: of each name, in UTF-16 units. `counts`: how many ancestors each revision has.
#[napi(catch_unwind)]
pub fn fill_batch(
    batch: &External<GraphBatch>,
    #[napi(ts_arg_type = "string")] text: Text,
    lengths: Uint32Array,
    counts: Uint32Array,
) -> Result<(), Code> {
    guard(|| {
        let names = values::pieces(text.as_str()?, &lengths)?;
        let mut batch = locked(&batch.0)?;
        let mut rest = names.as_slice();
        for &count in counts.iter() {
            let row = rest.split_at_checked(count as usize + 1);
            let (row, after) = row.ok_or_else(|| Error::Misuse("names are missing".to_owned()))?;
            batch.push(row[0], row[1..].iter().copied())?;
            rest = after;
        }
        Ok(())
    })
}

/// Adds the revisions of a batch: all or none. Empties the batch, so that its memory does not wait for the
/// garbage collector.
#[napi(catch_unwind)]
pub fn graph_add_batch(
    graph: &External<CommitGraph>,
    batch: &External<GraphBatch>,
) -> Result<(), Code> {
    guard(|| {
        let batch = std::mem::replace(&mut *locked(&batch.0)?, Batch::new(seed()));
        locked(&graph.0)?.add_batch(&batch)
    })
}

/// Returns all best common ancestors, in no order.
#[napi(catch_unwind, ts_return_type = "string[]")]
pub fn graph_merge_bases(
    env: Env,
    graph: &External<CommitGraph>,
    #[napi(ts_arg_type = "string")] ref1: Text,
    #[napi(ts_arg_type = "string")] ref2: Text,
) -> Result<Vec<Made>, Code> {
    guard(|| {
        let graph = locked(&graph.0)?;
        let (a, b) = (graph.position(ref1.as_str()?)?, graph.position(ref2.as_str()?)?);
        names(env, &graph, &graph::merge_bases(&graph.snapshot(), a, b)?)
    })
}

/// Whether `descendant` reaches `ancestor`, or is it.
#[napi(catch_unwind)]
pub fn graph_is_ancestor(
    graph: &External<CommitGraph>,
    #[napi(ts_arg_type = "string")] ancestor: Text,
    #[napi(ts_arg_type = "string")] descendant: Text,
) -> Result<bool, Code> {
    guard(|| {
        let graph = locked(&graph.0)?;
        let ancestor = graph.position(ancestor.as_str()?)?;
        let descendant = graph.position(descendant.as_str()?)?;
        graph::is_ancestor(&graph.snapshot(), ancestor, descendant)
    })
}

/// Returns what `to` reaches and none of `from` does, newest first.
#[napi(catch_unwind, ts_return_type = "string[]")]
pub fn graph_difference(
    env: Env,
    graph: &External<CommitGraph>,
    #[napi(ts_arg_type = "string[]")] from: Vec<Text>,
    #[napi(ts_arg_type = "string")] to: Text,
) -> Result<Vec<Made>, Code> {
    guard(|| {
        let graph = locked(&graph.0)?;
        let from = positions(&graph, &from)?;
        let to = graph.position(to.as_str()?)?;
        names(env, &graph, &graph::difference(&graph.snapshot(), &from, &[to])?)
    })
}

/// Returns the revisions that no other one names, in no order.
#[napi(catch_unwind, ts_return_type = "string[]")]
pub fn graph_tips(env: Env, graph: &External<CommitGraph>) -> Result<Vec<Made>, Code> {
    guard(|| {
        let graph = locked(&graph.0)?;
        names(env, &graph, &graph.tips())
    })
}

/// Starts a walk over what `to` reaches and none of `until` does.
#[napi(catch_unwind)]
pub fn graph_history(
    graph: &External<CommitGraph>,
    #[napi(ts_arg_type = "string")] to: Text,
    #[napi(ts_arg_type = "string[]")] until: Vec<Text>,
) -> Result<External<GraphWalk>, Code> {
    guard(|| {
        let graph = locked(&graph.0)?;
        let until = positions(&graph, &until)?;
        let to = graph.position(to.as_str()?)?;
        let snapshot = graph.snapshot();
        let walk = Difference::new(&snapshot, &until, &[to])?;
        Ok(External::new(GraphWalk(Mutex::new((snapshot, walk)))))
    })
}

/// Revisions of a graph.
#[napi(object, object_from_js = false)]
pub struct Rows {
    /// The names: each revision's own before those of its ancestors.
    #[napi(ts_type = "string[]")]
    pub names: Vec<Made>,
    /// How many ancestors each revision has.
    pub counts: Vec<u32>,
}

/// Returns the next revisions of a walk, newest first, at most `count`; none at its end.
#[napi(catch_unwind)]
pub fn graph_next(
    env: Env,
    graph: &External<CommitGraph>,
    walk: &External<GraphWalk>,
    count: u32,
) -> Result<Rows, Code> {
    guard(|| {
        let graph = locked(&graph.0)?;
        let mut state = locked(&walk.0)?;
        let (snapshot, walk) = &mut *state;
        let count = count as usize;
        let mut at = Vec::new();
        while at.len() < count {
            if let Step::Done(()) = walk.run(snapshot, u64::MAX, count - at.len(), &mut at)? {
                break;
            }
        }
        let mut named = Vec::new();
        let mut counts = Vec::new();
        for pos in at {
            let before = named.len();
            named.push(pos);
            named.extend(snapshot.parents(pos));
            let count = u32::try_from(named.len() - before - 1);
            counts.push(count.map_err(|error| Error::Internal(error.to_string()))?);
        }
        Ok(Rows { names: names(env, &graph, &named)?, counts })
    })
}

fn positions(graph: &NamedGraph, names: &[Text]) -> CoreResult<Vec<Pos>> {
    names.iter().map(|name| graph.position(name.as_str()?)).collect()
}

fn names(env: Env, graph: &NamedGraph, at: &[Pos]) -> CoreResult<Vec<Made>> {
    let made = |&pos: &Pos| values::string(env.raw(), graph.name(pos).as_bytes()).map(Made);
    at.iter().map(made).collect::<Result<_>>().map_err(from_napi)
}
