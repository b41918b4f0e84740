//! Carrying revisions from one database to another as bytes.

use histo_core::graph::Missing;
use napi::Result;
use napi::bindgen_prelude::External;
use napi_derive::napi;

use super::graph::resting;
use super::read::position;
use crate::convert::guard::{Code, guard};
use crate::convert::values::{RefHex, RefText};
use crate::database::Database;
use crate::questions::question::{self, Walk};
use crate::threads::walkers::Question;

/// Asks what `target` lacks of the history of `head`, ancestors first; visits that and its known
/// ancestors once. For the walkers: the target may have to take in what others wrote.
#[napi(catch_unwind)]
pub fn missing(
    source: &External<Database>,
    target: &External<Database>,
    #[napi(ts_arg_type = "string")] head: RefText,
) -> Result<External<Question>, Code> {
    guard(|| {
        source.engine(|source| {
            let tip = position(source, head)?;
            let graph = source.graph();
            let walk = Walk::Missing(Missing::new(&graph, &[tip])?, target.link());
            Ok(resting(question::Question::new(graph, walk)))
        })
    })
}

/// How many of the missing revisions the source has without their data, and the first of them.
#[napi(object, object_from_js = false)]
pub struct Tombstones {
    /// How many.
    pub count: u32,
    /// The first.
    #[napi(ts_type = "string | undefined")]
    pub first: Option<RefHex>,
}

/// Tells of the missing revisions which the source has without their data.
#[napi(catch_unwind)]
pub fn tombstones_in(
    source: &External<Database>,
    missing: &External<Question>,
) -> Result<Tombstones, Code> {
    guard(|| {
        missing.with(|question| {
            source.engine(|source| {
                let graph = source.graph();
                let mut found = question.found().iter().filter(|&&pos| graph.loss(pos).is_some());
                let first = found.next().map(|&pos| RefHex(*graph.ref_at(pos)));
                let more = u32::try_from(found.count()).unwrap_or(u32::MAX);
                let count = more.saturating_add(u32::from(first.is_some()));
                Ok(Tombstones { count, first })
            })
        })
    })
}
