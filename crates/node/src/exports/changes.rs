//! The revisions that changed a value, found by comparing its bytes with those in their ancestors.

use std::collections::HashMap;

use histo_core::graph::Pos;
use histo_core::json::value_at;
use histo_core::revision::{Kind, digest};
use histo_core::{Engine, Result, room};
use napi::Env;
use napi::bindgen_prelude::External;
use napi_derive::napi;

use super::keys;
use super::read::positions;
use crate::convert::guard::{Code, from_napi, guard};
use crate::convert::values::{self, Made, RefText};
use crate::database::Database;

/// A revision whose value at a path differs from that in each of its ancestors.
#[napi(object, object_from_js = false)]
pub struct Changed {
    /// Its index among the revisions asked about.
    pub index: u32,
    /// The value in its first ancestor, if that has one.
    #[napi(ts_type = "string | Uint8Array")]
    pub before: Option<Made>,
    /// Its value, if it has one.
    #[napi(ts_type = "string | Uint8Array")]
    pub after: Option<Made>,
}

/// The changes found.
#[napi(object, object_from_js = false)]
pub struct Changes {
    /// In the order of the revisions asked about.
    pub changed: Vec<Changed>,
    /// How many of these were examined.
    pub looked: u32,
}

/// Returns those of `refs` whose value at the path `steps` differs from that in each ancestor, at most `limit`.
/// A root counts if it has a value. An error after the first revision is not thrown now, but when that revision
/// comes first.
#[napi(catch_unwind)]
pub fn changed_at(
    env: Env,
    db: &External<Database>,
    #[napi(ts_arg_type = "string[]")] refs: Vec<RefText>,
    steps: Vec<String>,
    limit: u32,
) -> napi::Result<Changes, Code> {
    guard(move || {
        db.engine(|engine| {
            let at = positions(engine, refs)?;
            let mut seen = Seen { engine, steps: &steps, prints: HashMap::new() };
            let mut found = Changes { changed: Vec::new(), looked: 0 };
            for &pos in &at {
                let is_first = found.looked == 0;
                let change = match seen.change(pos) {
                    Err(error) if is_first => return Err(error),
                    Err(_) => break,
                    Ok(change) => change,
                };
                if let Some(parents) = change {
                    let parent = parents.first();
                    let before =
                        parent.map(|parent| seen.made(env, *parent)).transpose()?.flatten();
                    let after = seen.made(env, pos)?;
                    found.changed.push(Changed { index: found.looked, before, after });
                }
                found.looked += 1;
                if found.changed.len() >= limit as usize {
                    break;
                }
            }
            Ok(found)
        })
    })
}

/// Identifies a value: its kind and a hash.
type Print = Option<(Kind, [u8; 32])>;

/// The values examined so far.
struct Seen<'a> {
    engine: &'a Engine,
    steps: &'a [String],
    prints: HashMap<Pos, Print>,
}

impl Seen<'_> {
    /// Returns the ancestors of a revision whose value differs from that in each.
    fn change(&mut self, pos: Pos) -> Result<Option<Vec<Pos>>> {
        let graph = self.engine.graph();
        let parents: Vec<Pos> = graph.parents(pos).collect();
        let own = self.print(pos)?;
        for parent in &parents {
            if self.print(*parent)? == own {
                return Ok(None);
            }
        }
        let is_change = own.is_some() || !parents.is_empty();
        Ok(is_change.then_some(parents))
    }

    fn print(&mut self, pos: Pos) -> Result<Print> {
        if let Some(print) = self.prints.get(&pos) {
            return Ok(*print);
        }
        let print = self.at(pos, |kind, value| (kind, digest(value)))?;
        self.prints.insert(pos, print);
        Ok(print)
    }

    /// Passes the value of a revision, if it has one, to `show`. Binary data is one value.
    fn at<R>(&self, pos: Pos, show: impl FnOnce(Kind, &[u8]) -> R) -> Result<Option<R>> {
        let mut show = Some(show);
        let mut shown = None;
        self.engine.payloads_up_to(&[pos], |kind, payload| {
            let value = match kind {
                Kind::Json => value_at(payload, self.steps),
                Kind::Bytes => self.steps.is_empty().then_some(payload),
            };
            shown = value.and_then(|value| show.take().map(|show| show(kind, value)));
            false
        })?;
        Ok(shown)
    }

    /// Returns the value of a revision for JavaScript.
    fn made(&self, env: Env, pos: Pos) -> Result<Option<Made>> {
        let made = self.at(pos, |kind, value| {
            room(value.len())?;
            match kind {
                Kind::Json => keys::text(env, value),
                Kind::Bytes => values::bytes(env.raw(), value).map(Made).map_err(from_napi),
            }
        })?;
        made.transpose()
    }
}
