//! Outlines of histories: revisions by number, for drawing histories of any length.
//!
//! A number means something only together with the history that it comes from, whose graph never changes.

#![expect(
    clippy::needless_pass_by_value,
    reason = "the macro hands converted arguments over, it does not lend them"
)]

use histo_core::Error;
use histo_core::graph::{Graph, Pos};
use napi::bindgen_prelude::{External, Uint32Array};
use napi::{Env, Result};
use napi_derive::napi;

use super::graph::OpenHistory;
use crate::convert::guard::{Code, guard};
use crate::convert::values::{Made, RefHex, RefText};
use crate::database::Database;
use crate::questions::ask::{Withdrawal, ask};

/// Returns the next revisions of a history, newest first, at most `count`; none at its end. For each: its number,
/// the number of its ancestors, and the numbers of these. `HISTO_SHALLOW` at the end if more was cut away.
#[napi(catch_unwind, ts_return_type = "Uint32Array | Promise<Uint32Array>")]
pub fn outline_of_history(
    env: Env,
    history: &External<OpenHistory>,
    count: u32,
    end: Option<&External<Withdrawal>>,
) -> Result<Made, Code> {
    guard(|| {
        let count = count as usize;
        let (walking, read) = (history.share(), history.share());
        let work = move |budget| walking.with(|history| history.run(budget, count));
        let answer = move |_, ()| {
            read.with(|history| {
                let graph = history.graph().clone();
                history.read(count, |at| Ok((outline(&graph, at), at.len())))
            })
        };
        ask(env, end, work, answer)
    })
}

/// Returns some revisions of a history by their numbers, each as `outlineOfHistory` does.
#[napi(catch_unwind)]
pub fn lines_in_history(
    history: &External<OpenHistory>,
    numbers: Uint32Array,
) -> Result<Uint32Array, Code> {
    guard(|| {
        history.with(|history| {
            let graph = history.graph();
            Ok(outline(graph, &known(graph, &numbers)?))
        })
    })
}

/// Returns the refs of revisions of a history by their numbers.
#[napi(catch_unwind, ts_return_type = "string[]")]
pub fn refs_in_history(
    history: &External<OpenHistory>,
    numbers: Uint32Array,
) -> Result<Vec<RefHex>, Code> {
    guard(|| {
        history.with(|history| {
            let graph = history.graph();
            Ok(RefHex::all(known(graph, &numbers)?.into_iter().map(|pos| *graph.ref_at(pos))))
        })
    })
}

/// Returns the number that a revision has in a history, or would have if it were in it; `null` if there is none.
#[napi(catch_unwind)]
pub fn number_in_history(
    db: &External<Database>,
    history: &External<OpenHistory>,
    #[napi(ts_arg_type = "string")] reference: RefText,
) -> Result<Option<u32>, Code> {
    guard(|| {
        let reference = reference.0.map_err(Error::NotFound)?;
        let found = db.engine(|engine| engine.find(&reference))?;
        history.with(|history| {
            let graph = history.graph();
            let is_it = |pos: &Pos| graph.contains(*pos) && *graph.ref_at(*pos) == reference;
            Ok(found.filter(is_it).map(Pos::get))
        })
    })
}

fn outline(graph: &Graph, at: &[Pos]) -> Uint32Array {
    let mut flat = Vec::with_capacity(at.len() * 3);
    for &pos in at {
        let parents = graph.parents(pos);
        flat.push(pos.get());
        let place = flat.len();
        flat.push(0);
        flat.extend(parents.map(Pos::get));
        let count = u32::try_from(flat.len() - place - 1).unwrap_or(u32::MAX);
        if let Some(counted) = flat.get_mut(place) {
            *counted = count;
        }
    }
    Uint32Array::new(flat)
}

/// # Errors
/// `Internal` if a number lies beyond the graph.
fn known(graph: &Graph, numbers: &[u32]) -> histo_core::Result<Vec<Pos>> {
    let check = |&number: &u32| {
        let pos = Pos::new(number);
        let beyond = || Error::Internal(format!("there is no revision {number} in this history"));
        if graph.contains(pos) { Ok(pos) } else { Err(beyond()) }
    };
    numbers.iter().map(check).collect()
}
