//! Reading revisions.
//!
//! Many values are returned as JSON array texts, since a long parse is cheaper than many short ones. Bytes,
//! which JSON cannot express, are returned separately.

use std::sync::PoisonError;

use histo_core::graph::Pos;
use histo_core::revision::Kind;
use histo_core::{Abbreviated, Engine, Error, Holding, room};
use napi::bindgen_prelude::External;
use napi::{Env, Result};
use napi_derive::napi;

use super::keys;
use super::rows::{Answer, Rows, Values};
use crate::convert::guard::{Code, from_napi, guard};
use crate::convert::values::{self, Made, RefHex, RefText};
use crate::database::Database;

/// Returns the data of a revision: a string of JSON, or a `Uint8Array`.
#[napi(catch_unwind, ts_return_type = "string | Uint8Array")]
pub fn get(
    env: Env,
    db: &External<Database>,
    #[napi(ts_arg_type = "string")] reference: RefText,
) -> Result<Made, Code> {
    guard(|| {
        let reference = reference.0.map_err(Error::NotFound)?;
        let show = |kind, payload: &[u8]| {
            room(payload.len())?;
            match kind {
                Kind::Json => keys::text(env, payload),
                Kind::Bytes => values::bytes(env.raw(), payload).map(Made).map_err(from_napi),
            }
        };
        db.engine(|engine| engine.payload(&reference, show))?
    })
}

/// Returns the data of the first of `refs`, as many as fit into memory well, at least one.
#[napi(catch_unwind, ts_return_type = "string | ManyData")]
pub fn get_many(
    env: Env,
    db: &External<Database>,
    #[napi(ts_arg_type = "string[]")] refs: Vec<RefText>,
) -> Result<Made, Code> {
    db.guarded(|engine| {
        let at = positions(engine, refs)?;
        let mut arrays = Values::new(env.raw());
        engine.payloads_up_to(&at, |kind, payload| {
            arrays.push_in_pieces(kind, payload);
            arrays.has_room()
        })?;
        arrays.finish_pieces(env)
    })
}

/// As `get_many`, each as `{ ref, ancestors, data, meta? }`.
#[napi(catch_unwind)]
pub fn revisions(
    env: Env,
    db: &External<Database>,
    #[napi(ts_arg_type = "string[]")] refs: Vec<RefText>,
) -> Result<Answer, Code> {
    db.guarded(|engine| {
        let at = positions(engine, refs)?;
        Ok(revisions_at(env, engine, &at)?.0)
    })
}

/// Returns the revisions at positions, as many as fit in one text, at least one, and their number.
pub(super) fn revisions_at(
    env: Env,
    engine: &Engine,
    at: &[Pos],
) -> histo_core::Result<(Answer, usize)> {
    let graph = engine.graph();
    let mut array = Rows::new(env.raw());
    let mut at_each = at.iter();
    engine.revisions_up_to(at, |kind, payload, meta| {
        if let Some(&pos) = at_each.next() {
            let ancestors = graph.parents(pos).map(|parent| graph.ref_at(parent));
            array.revision(graph.ref_at(pos), ancestors, (kind, payload), meta);
        }
        array.has_room()
    })?;
    let count = array.count();
    Ok((array.finish()?, count))
}

/// Returns the revisions at positions without their data, `{ ref, ancestors, meta? }`, as many as fit in one
/// text, at least one, and their number. Does not read the data.
pub(super) fn headers_at(
    env: Env,
    engine: &Engine,
    at: &[Pos],
) -> histo_core::Result<(Answer, usize)> {
    let graph = engine.graph();
    let mut array = Rows::new(env.raw());
    let mut at_each = at.iter();
    engine.metas_up_to(at, |meta| {
        if let Some(&pos) = at_each.next() {
            array.header(graph.ref_at(pos), graph.parent_refs(pos).iter(), meta);
        }
        array.has_room()
    })?;
    let count = array.count();
    Ok((array.finish()?, count))
}

/// As `revisions`, but each as `{ ref, ancestors, meta? }`; an erased revision may have kept its meta.
#[napi(catch_unwind)]
pub fn headers(
    env: Env,
    db: &External<Database>,
    #[napi(ts_arg_type = "string[]")] refs: Vec<RefText>,
) -> Result<Answer, Code> {
    db.guarded(|engine| {
        let at = positions(engine, refs)?;
        Ok(headers_at(env, engine, &at)?.0)
    })
}

/// Whether each of `refs` exists, and is not known to be damaged.
#[napi(catch_unwind)]
pub fn has(
    db: &External<Database>,
    #[napi(ts_arg_type = "string[]")] refs: Vec<RefText>,
) -> Result<Vec<bool>, Code> {
    db.guarded(|engine| {
        let known = |named: RefText| match named.0 {
            Ok(reference) => engine.find(&reference)?.map_or(Ok(false), |pos| engine.is_whole(pos)),
            Err(_) => Ok(false),
        };
        refs.into_iter().map(known).collect()
    })
}

/// Returns how much there is of each of `refs`: 0 nothing, 1 the data, 2 erased here, 3 erased in the database
/// from which its place came.
#[napi(catch_unwind)]
pub fn data_of(
    db: &External<Database>,
    #[napi(ts_arg_type = "string[]")] refs: Vec<RefText>,
) -> Result<Vec<u32>, Code> {
    db.guarded(|engine| {
        let data_of = |named: RefText| {
            let holding = named.0.map_or(Ok(Holding::Nothing), |it| engine.data_of(&it))?;
            Ok(match holding {
                Holding::Nothing => 0,
                Holding::Data => 1,
                Holding::Erased => 2,
                Holding::Tombstone => 3,
            })
        };
        refs.into_iter().map(data_of).collect()
    })
}

/// Returns the revisions whose data was erased, ancestors first: all, or only those erased elsewhere.
#[napi(catch_unwind, ts_return_type = "string[]")]
pub fn tombstones(db: &External<Database>, only_elsewhere: bool) -> Result<Vec<RefHex>, Code> {
    db.guarded(|engine| Ok(RefHex::all(engine.tombstones(only_elsewhere)?)))
}

/// Returns a number that changes whenever the result of `tombstones` may have changed.
#[napi(catch_unwind)]
pub fn tombstones_version(db: &External<Database>) -> Result<f64, Code> {
    #[expect(clippy::cast_precision_loss, reason = "only told apart, and counts up from 0")]
    db.guarded(|engine| engine.tombstones_version().map(|number| number as f64))
}

/// Whether each of `refs` was here and was cut away.
#[napi(catch_unwind)]
pub fn was_cut(
    db: &External<Database>,
    #[napi(ts_arg_type = "string[]")] refs: Vec<RefText>,
) -> Result<Vec<bool>, Code> {
    db.guarded(|engine| {
        let was_cut = |named: RefText| match named.0 {
            Ok(reference) => engine.was_cut_away(&reference),
            Err(_) => Ok(false),
        };
        refs.into_iter().map(was_cut).collect()
    })
}

/// Returns the revisions known to be damaged, ancestors first.
#[napi(catch_unwind, ts_return_type = "string[]")]
pub fn damaged(db: &External<Database>) -> Result<Vec<RefHex>, Code> {
    db.guarded(|engine| Ok(RefHex::all(engine.damaged()?)))
}

/// The result of one call of `refs_starting_with`.
#[napi(object, object_from_js = false)]
pub struct AbbreviatedRefs {
    /// Refs with this beginning, in no order.
    #[napi(ts_type = "string[]")]
    pub refs: Vec<RefHex>,
    /// Where the next call starts; missing at the end.
    pub next: Option<u32>,
}

/// Returns revisions at or after position `from` whose ref begins with `digits`, at most `most`. Examines some
/// 262,144 revisions a call.
#[napi(catch_unwind)]
pub fn refs_starting_with(
    db: &External<Database>,
    digits: String,
    from: u32,
    most: u32,
) -> Result<AbbreviatedRefs, Code> {
    db.guarded(move |engine| {
        let Abbreviated { refs, next } =
            engine.refs_starting_with(digits.as_bytes(), from, most as usize)?;
        Ok(AbbreviatedRefs { refs: RefHex::all(refs), next })
    })
}

/// Counts and sizes of a database.
#[napi(object, object_from_js = false)]
pub struct DatabaseStats {
    /// Revisions.
    pub revisions: u32,
    /// Branches that have a head.
    pub branches: f64,
    /// Remote heads.
    pub remotes: f64,
    /// Bytes of all data.
    pub data_bytes: f64,
    /// Bytes stored for the data.
    pub stored_bytes: f64,
    /// Bytes of the file.
    pub file_bytes: f64,
    /// Bytes of the index, and in memory also of the data.
    pub memory_bytes: f64,
}

/// Counts the data of some more revisions, about 1 ms a call; returns whether that was all.
#[napi(catch_unwind)]
pub fn count_data(db: &External<Database>) -> Result<bool, Code> {
    db.guarded(Engine::count_some)
}

/// Returns the counts; sizes of data are those counted last.
#[napi(catch_unwind)]
pub fn stats(db: &External<Database>) -> Result<DatabaseStats, Code> {
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    guard(|| {
        let it = db.engine(Engine::stats)?;
        Ok(DatabaseStats {
            revisions: it.revisions,
            branches: it.branches as f64,
            remotes: it.remotes as f64,
            data_bytes: it.data as f64,
            stored_bytes: it.stored as f64,
            file_bytes: it.file as f64,
            memory_bytes: it.memory as f64,
        })
    })
}

/// Returns the direct ancestors of a revision, in order.
#[napi(catch_unwind, ts_return_type = "string[]")]
pub fn ancestors(
    db: &External<Database>,
    #[napi(ts_arg_type = "string")] reference: RefText,
) -> Result<Vec<RefHex>, Code> {
    db.guarded(|engine| {
        let pos = position(engine, reference)?;
        Ok(RefHex::all(engine.ancestors(pos)))
    })
}

/// Returns those of the last 65,536 revisions that no other one names, latest first, at most `most`.
#[napi(catch_unwind, ts_return_type = "string[]")]
pub fn recent_tips(db: &External<Database>, most: u32) -> Result<Vec<RefHex>, Code> {
    db.guarded(|engine| {
        let graph = engine.graph();
        let mut recent = db.recent_tips().lock().unwrap_or_else(PoisonError::into_inner);
        let tips = recent.of(&graph, most as usize);
        Ok(tips.into_iter().map(|pos| RefHex(*graph.ref_at(pos))).collect())
    })
}

pub(super) fn position(engine: &Engine, named: RefText) -> histo_core::Result<Pos> {
    engine.position(&named.0.map_err(Error::NotFound)?)
}

pub(super) fn positions(engine: &Engine, refs: Vec<RefText>) -> histo_core::Result<Vec<Pos>> {
    let refs: histo_core::Result<Vec<_>> =
        refs.into_iter().map(|named| named.0.map_err(Error::NotFound)).collect();
    engine.positions(&refs?)
}
