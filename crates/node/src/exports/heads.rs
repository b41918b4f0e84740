//! Reading heads and remote heads, and their moves.

#![expect(
    clippy::needless_pass_by_value,
    reason = "the macro hands converted arguments over, it does not lend them"
)]

use std::sync::atomic::Ordering;

use histo_core::{Engine, Move, NameRange, Ref};
use napi::Result;
use napi::bindgen_prelude::External;
use napi_derive::napi;

use crate::convert::guard::{Code, guard};
use crate::convert::values::RefHex;
use crate::database::Database;

/// Returns a number that changes after any process has committed; always 0 in memory.
#[napi(catch_unwind)]
pub fn last_change(db: &External<Database>) -> Result<f64, Code> {
    #[expect(clippy::cast_precision_loss, reason = "only told apart, and counts up from 0")]
    db.guarded(|engine| engine.last_change().map(|number| number as f64))
}

/// The heads that moved.
#[napi(object, object_from_js = false)]
pub struct HeadsMoved {
    /// To be passed to the next call.
    pub mark: f64,
    /// In order; missing if they are not known: then all heads must be read.
    pub moves: Option<Vec<HeadMoved>>,
}

/// A head that moved.
#[napi(object, object_from_js = false)]
pub struct HeadMoved {
    /// `heads/<branch>` or `remotes/<name>`.
    pub key: String,
    /// The head before.
    #[napi(ts_type = "string")]
    pub from: Option<RefHex>,
    /// The head after.
    #[napi(ts_type = "string")]
    pub to: Option<RefHex>,
}

/// Returns the heads that moved since the call that returned `mark`, or, without one, since the database was
/// opened.
#[napi(catch_unwind)]
pub fn heads_moved(db: &External<Database>, mark: Option<f64>) -> Result<HeadsMoved, Code> {
    guard(|| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "an integer that this call answered, or more than any"
        )]
        let mark = mark.map_or_else(|| db.joined().load(Ordering::Acquire), |mark| mark as u64);
        let (mark, moves) = db.engine(|engine| engine.moved_since(mark))?;
        let moved = |each: Move| HeadMoved {
            key: each.key,
            from: each.from.map(RefHex),
            to: each.to.map(RefHex),
        };
        #[expect(clippy::cast_precision_loss, reason = "moves are fewer than 2^53")]
        let mark = mark as f64;
        Ok(HeadsMoved { mark, moves: moves.map(|moves| moves.into_iter().map(moved).collect()) })
    })
}

/// Returns the head of a branch.
#[napi(catch_unwind, ts_return_type = "string | null")]
pub fn head(db: &External<Database>, branch: String) -> Result<Option<RefHex>, Code> {
    db.guarded(|engine| Ok(engine.head(&branch)?.map(RefHex)))
}

/// Returns the remembered head of a remote.
#[napi(catch_unwind, ts_return_type = "string | null")]
pub fn remote_head(db: &External<Database>, name: String) -> Result<Option<RefHex>, Code> {
    db.guarded(|engine| Ok(engine.remote_head(&name)?.map(RefHex)))
}

/// Names with their heads, in two lists, which take half the time of a list of objects.
#[napi(object, object_from_js = false)]
pub struct NamedRefs {
    /// The branches or remotes, in byte order.
    pub names: Vec<String>,
    /// Their heads.
    #[napi(ts_type = "string[]")]
    pub refs: Vec<RefHex>,
}

/// Returns branches with their heads, at most `limit`, whose names begin with `prefix` and come after `after`.
#[napi(catch_unwind)]
pub fn branches(
    db: &External<Database>,
    prefix: String,
    after: Option<String>,
    limit: Option<u32>,
) -> Result<NamedRefs, Code> {
    named(db, Engine::branches, &prefix, after.as_deref(), limit)
}

/// As `branches`, for remotes.
#[napi(catch_unwind)]
pub fn remotes(
    db: &External<Database>,
    prefix: String,
    after: Option<String>,
    limit: Option<u32>,
) -> Result<NamedRefs, Code> {
    named(db, Engine::remotes, &prefix, after.as_deref(), limit)
}

fn named(
    db: &Database,
    list: impl FnOnce(&Engine, &NameRange<'_>) -> histo_core::Result<Vec<(String, Ref)>>,
    prefix: &str,
    after: Option<&str>,
    limit: Option<u32>,
) -> Result<NamedRefs, Code> {
    let limit = limit.map_or(usize::MAX, |limit| limit as usize);
    db.guarded(|engine| {
        let heads = list(engine, &NameRange { prefix, after, limit })?.into_iter();
        let (names, refs) = heads.map(|(name, head)| (name, RefHex(head))).unzip();
        Ok(NamedRefs { names, refs })
    })
}
