//! The revisions that changed a value.

use histo_core::graph::Pos;
use histo_core::json::value_at;
use histo_core::revision::Kind;
use histo_core::{Changed, Engine, Result, room};
use napi::Env;
use napi::bindgen_prelude::External;
use napi_derive::napi;

use super::graph::OpenHistory;
use super::keys;
use crate::convert::guard::{Code, from_napi, guard};
use crate::convert::values::{self, Made, RefHex};
use crate::database::{Database, engine_of};
use crate::questions::ask::{Withdrawal, ask};

/// A revision whose value at a path differs from that in each of its ancestors.
#[napi(object, object_from_js = false)]
pub struct ValueChange {
    /// The revision.
    #[napi(js_name = "ref", ts_type = "string")]
    pub reference: RefHex,
    /// The value in its first ancestor, if that has one.
    #[napi(ts_type = "string | Uint8Array")]
    pub before: Option<Made>,
    /// Its value, if it has one.
    #[napi(ts_type = "string | Uint8Array")]
    pub after: Option<Made>,
}

/// The changes found in a part of a history.
#[napi(object, object_from_js = false)]
pub struct ValueChanges {
    /// Newest first.
    pub changed: Vec<ValueChange>,
    /// How many revisions were examined; 0 at the end of the history.
    pub looked: u32,
}

/// Examines the next revisions of a history, at most `count`. Returns those whose value at the path `steps`
/// differs from that in each ancestor, at most `limit`; a root counts if it has a value. `HISTO_SHALLOW` at the
/// end if more was cut away. An error after the first revision is not thrown now, but when that revision comes
/// first.
#[napi(catch_unwind, ts_return_type = "ValueChanges | Promise<ValueChanges>")]
pub fn changes_in_history(
    env: Env,
    db: &External<Database>,
    history: &External<OpenHistory>,
    count: u32,
    steps: Vec<String>,
    limit: u32,
    end: Option<&External<Withdrawal>>,
) -> napi::Result<Made, Code> {
    guard(|| {
        let count = count as usize;
        let (walking, read, link) = (history.share(), history.share(), db.link());
        let work = move |budget| walking.with(|history| history.run(budget, count));
        let answer = move |env, ()| {
            let engine = engine_of(&link)?;
            let search = Search { env, engine: &engine, steps: &steps };
            read.with(|history| history.read(count, |at| search.changes(at, limit as usize)))
        };
        ask(env, end, work, answer)
    })
}

/// A search for the changes of one value.
struct Search<'a> {
    env: Env,
    engine: &'a Engine,
    steps: &'a [String],
}

impl Search<'_> {
    /// Returns the changes in revisions, and how many of these were examined.
    fn changes(&self, at: &[Pos], limit: usize) -> Result<(ValueChanges, usize)> {
        let graph = self.engine.graph();
        let Changed { at: indices, looked } = self.engine.changed_at(at, self.steps, limit)?;
        let mut changed = Vec::with_capacity(indices.len());
        for &pos in indices.iter().filter_map(|index| at.get(*index)) {
            let first = graph.parents(pos).next();
            changed.push(ValueChange {
                reference: RefHex(*graph.ref_at(pos)),
                before: first.map(|first| self.value(first)).transpose()?.flatten(),
                after: self.value(pos)?,
            });
        }
        let told = u32::try_from(looked).unwrap_or(u32::MAX);
        Ok((ValueChanges { changed, looked: told }, looked))
    }

    /// Returns the value of a revision for JavaScript, if it has one. Binary data is one value.
    fn value(&self, pos: Pos) -> Result<Option<Made>> {
        let mut value = None;
        self.engine.payloads_up_to(&[pos], |kind, payload| {
            let found = match kind {
                Kind::Json => value_at(payload, self.steps),
                Kind::Bytes => self.steps.is_empty().then_some(payload),
            };
            value = found.map(|found| self.made(kind, found));
            false
        })?;
        value.transpose()
    }

    fn made(&self, kind: Kind, value: &[u8]) -> Result<Made> {
        room(value.len())?;
        match kind {
            Kind::Json => keys::text(self.env, value),
            Kind::Bytes => values::bytes(self.env.raw(), value).map(Made).map_err(from_napi),
        }
    }
}
