//! Walks over stores of the user's: the refs to read go out, what was read comes in.

use std::sync::{Arc, Mutex, MutexGuard};

use histo_core::{Error, walk};
use napi::Result;
use napi::bindgen_prelude::External;
use napi_derive::napi;

use crate::guard::{Code, guard};

/// What was read of a store's ancestry, for all walks of a database.
pub struct Lineage(Mutex<walk::Lineage>);

/// A walk that rests while what it needs is read.
pub struct Walk(Mutex<walk::Walk>);

/// Where a walk stands: it needs refs, or it is at its end and has an answer.
#[derive(Default)]
#[napi(object, object_from_js = false)]
pub struct Polled {
    /// The refs that may be read now, at once; empty at the end only.
    pub need: Vec<String>,
    /// At the end of `merge-bases` and `difference`: the refs.
    pub answer: Option<Vec<String>>,
    /// At the end of `is-ancestor`.
    pub reaches: Option<bool>,
}

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

/// Tells what a walk needs next, or its answer.
#[napi(catch_unwind)]
pub fn poll_walk(lineage: &External<Lineage>, walk: &External<Walk>) -> Result<Polled, Code> {
    guard(move || {
        let (mut lineage, mut walk) = (locked(&lineage.0)?, locked(&walk.0)?);
        Ok(match walk.poll(&mut lineage)? {
            walk::Poll::Need(need) => Polled { need: texts(&need), ..Polled::default() },
            walk::Poll::Refs(refs) => Polled { answer: Some(texts(&refs)), ..Polled::default() },
            walk::Poll::Reaches(reaches) => Polled { reaches: Some(reaches), ..Polled::default() },
        })
    })
}

/// Hands a walk what was read: the ancestors of each of `refs`, some or all that it needs, in any order.
#[napi(catch_unwind)]
pub fn learn(
    lineage: &External<Lineage>,
    walk: &External<Walk>,
    refs: Vec<String>,
    ancestors: Vec<Vec<String>>,
) -> Result<(), Code> {
    guard(move || {
        let (mut lineage, mut walk) = (locked(&lineage.0)?, locked(&walk.0)?);
        if refs.len() != ancestors.len() {
            return Err(Error::Misuse("each ref comes with its ancestors".to_owned()));
        }
        let mut read = refs.iter().zip(&ancestors);
        read.try_for_each(|(reference, ancestors)| walk.learn(&mut lineage, reference, ancestors))
    })
}

/// Throws what it means that a ref which a walk needs is not in the store: `HISTO_NOT_FOUND` if it was
/// given, `HISTO_MISSING_ANCESTOR` if a revision names it.
#[napi(catch_unwind, ts_return_type = "never")]
pub fn missing_in_walk(walk: &External<Walk>, reference: String) -> Result<(), Code> {
    guard(move || Err(locked(&walk.0)?.missing(&reference)))
}

/// Locks the state behind a handle.
pub(super) fn locked<T>(state: &Mutex<T>) -> histo_core::Result<MutexGuard<'_, T>> {
    state.lock().map_err(|_| Error::Internal("a walk ended in a panic".to_owned()))
}

fn texts(refs: &[Arc<str>]) -> Vec<String> {
    refs.iter().map(ToString::to_string).collect()
}
