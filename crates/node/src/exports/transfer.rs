//! Carrying revisions from one database to another as bytes.

use histo_core::Error;
use histo_core::graph::{self, Pos};
use napi::bindgen_prelude::External;
use napi::{Env, Result};
use napi_derive::napi;

use super::read::position;
use crate::database::Database;
use crate::guard::{Code, from_napi, guard};
use crate::values::{self, Made, RefText};

/// What a target lacks of a source's history: positions of the source, ancestors first.
pub struct Missing(Vec<Pos>);

/// Finds what `target` lacks of the history of `head`; visits that and its known ancestors once.
#[napi(catch_unwind)]
pub fn missing(
    source: &External<Database>,
    target: &External<Database>,
    #[napi(ts_arg_type = "string")] head: RefText,
) -> Result<External<Missing>, Code> {
    guard(|| {
        source.engine(|source| {
            let tip = position(source, head)?;
            let graph = source.graph();
            let mut failure = None;
            let missing = target.engine(|target| {
                let known = |pos| match target.find(graph.ref_at(pos)) {
                    Ok(found) => found.is_some(),
                    Err(error) => {
                        failure = Some(error);
                        true
                    }
                };
                graph::missing(&graph, &[tip], known)
            })?;
            failure.map_or_else(|| Ok(External::new(Missing(missing))), Err)
        })
    })
}

/// How many revisions are missing.
#[napi(catch_unwind)]
pub fn count_missing(missing: &External<Missing>) -> Result<u32, Code> {
    guard(|| {
        u32::try_from(missing.0.len()).map_err(|_| Error::Internal("too many revisions".into()))
    })
}

/// A run of revisions as bytes, and how many they are.
#[napi(object, object_from_js = false)]
pub struct Run {
    /// How many revisions; 0 at the end.
    pub count: u32,
    /// Bytes of their payloads.
    pub payload_bytes: f64,
    /// The frames.
    #[napi(ts_type = "Uint8Array")]
    pub frames: Made,
}

/// Reads the missing revisions from number `start` on, until about `max_bytes` bytes are reached.
#[napi(catch_unwind)]
pub fn export_run(
    env: Env,
    source: &External<Database>,
    missing: &External<Missing>,
    start: u32,
    max_bytes: u32,
) -> Result<Run, Code> {
    guard(|| {
        let at = missing.0.get(start as usize..).unwrap_or_default();
        let mut run = Vec::new();
        let (count, payload_bytes) =
            source.engine(|source| source.export(at, max_bytes as usize, &mut run))?;
        let frames = Made(values::bytes(env.raw(), &run).map_err(from_napi)?);
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
        let payload_bytes = payload_bytes as f64;
        Ok(Run { count, payload_bytes, frames })
    })
}
