//! Walks over stores of the user's: the refs to read go out, what was read comes in.

use std::sync::{Arc, Mutex, MutexGuard};

use histo_core::revision::ancestors_of_text;
use histo_core::{Error, walk};
use napi::Result;
use napi::bindgen_prelude::{Either, External};
use napi_derive::napi;

use super::text::{Given, bytes_of};
use crate::guard::{Code, guard};
use crate::values::{Text, TextOut};

/// What was read of a store's ancestry, for all walks of a database.
pub struct Lineage(Mutex<walk::Lineage>);

/// A walk that rests while what it needs is read.
pub struct Walk(Mutex<walk::Walk>);

/// The end of a walk.
#[derive(Default)]
#[napi(object, object_from_js = false)]
pub struct WalkAnswer {
    /// Of `merge-bases` and `difference`: the refs.
    #[napi(ts_type = "string[]")]
    pub refs: Option<Vec<TextOut>>,
    /// Of `is-ancestor`.
    pub reaches: Option<bool>,
}

/// Where a walk stands: the refs that may be read now, at once, of which there is one at least, or its
/// answer.
type Stand = Either<Vec<TextOut>, WalkAnswer>;

/// Creates a memory of the ancestors of at most `capacity` revisions.
#[napi(catch_unwind)]
pub fn lineage(capacity: u32) -> Result<External<Lineage>, Code> {
    guard(|| Ok(External::new(Lineage(Mutex::new(walk::Lineage::new(capacity as usize))))))
}

/// Remembers the ancestors of a revision that was written or read outside of a walk.
#[napi(catch_unwind)]
pub fn remember(
    lineage: &External<Lineage>,
    reference: String,
    ancestors: Vec<String>,
) -> Result<(), Code> {
    guard(move || locked(&lineage.0)?.learn(&reference, &ancestors))
}

/// Starts a walk. `merge-bases`: of the one ref in `from` and of `to`; `difference`: what `to` reaches and
/// none of `from` does; `is-ancestor`: whether `to` reaches the one ref in `from`. It reads nothing yet;
/// what the lineage knows is taken when it is polled.
#[napi(catch_unwind)]
pub fn walk(
    _lineage: &External<Lineage>,
    #[napi(ts_arg_type = "'merge-bases' | 'difference' | 'is-ancestor'")] kind: String,
    from: Vec<String>,
    to: String,
) -> Result<External<Walk>, Code> {
    guard(move || {
        let walk = match (kind.as_str(), from.as_slice()) {
            ("difference", from) => walk::Walk::difference(from, &to),
            ("merge-bases", [ref1]) => walk::Walk::merge_bases(ref1, &to),
            ("is-ancestor", [ancestor]) => walk::Walk::is_ancestor(ancestor, &to),
            _ => Err(Error::Misuse(format!("no walk {kind:?} starts at {} refs", from.len()))),
        };
        Ok(External::new(Walk(Mutex::new(walk?))))
    })
}

/// Tells what a walk needs first, or its answer.
#[napi(catch_unwind, ts_return_type = "string[] | WalkAnswer")]
pub fn poll_walk(lineage: &External<Lineage>, walk: &External<Walk>) -> Result<Stand, Code> {
    guard(move || polled(&mut *locked(&walk.0)?, &mut *locked(&lineage.0)?))
}

/// Hands a walk the texts of refs that it needs, in that order, some or all, and tells what it needs next,
/// or its answer. A text that is not there is `null` or `undefined`: `HISTO_NOT_FOUND` if its ref was given,
/// `HISTO_MISSING_ANCESTOR` if a revision names it.
#[napi(catch_unwind, ts_return_type = "string[] | WalkAnswer")]
pub fn step_walk(
    lineage: &External<Lineage>,
    walk: &External<Walk>,
    #[napi(ts_arg_type = "readonly string[]")] refs: Vec<Text>,
    #[napi(ts_arg_type = "readonly (string | Uint8Array | null | undefined)[]")] texts: Vec<
        Option<Given<'_>>,
    >,
) -> Result<Stand, Code> {
    guard(move || {
        let (mut lineage, mut walk) = (locked(&lineage.0)?, locked(&walk.0)?);
        for (reference, text) in refs.iter().zip(&texts) {
            let reference = reference.as_str()?;
            let Some(text) = text else {
                return Err(walk.missing(reference));
            };
            let ancestors = ancestors_of_text(bytes_of(text))?;
            walk.learn(&mut lineage, reference, &ancestors)?;
        }
        polled(&mut walk, &mut lineage)
    })
}

fn polled(walk: &mut walk::Walk, lineage: &mut walk::Lineage) -> histo_core::Result<Stand> {
    Ok(match walk.poll(lineage)? {
        walk::Poll::Need(need) => Either::A(texts_of(need)),
        walk::Poll::Refs(refs) => {
            Either::B(WalkAnswer { refs: Some(texts_of(refs)), reaches: None })
        }
        walk::Poll::Reaches(reaches) => {
            Either::B(WalkAnswer { refs: None, reaches: Some(reaches) })
        }
    })
}

fn texts_of(refs: Vec<Arc<str>>) -> Vec<TextOut> {
    refs.into_iter().map(TextOut).collect()
}

/// Locks the state behind a handle.
pub(super) fn locked<T>(state: &Mutex<T>) -> histo_core::Result<MutexGuard<'_, T>> {
    state.lock().map_err(|_| Error::Internal("a walk ended in a panic".to_owned()))
}
