//! Walks over users' stores: they return the refs to read, and take what was read.
//!
//! The work of a walk between two reads is done at once if it is little, else by the walkers.

use std::sync::{Arc, Mutex};

use histo_core::graph::Step;
use histo_core::revision::Texts;
use histo_core::{Error, lazy_walk, room};
use napi::bindgen_prelude::{Either, External};
use napi::{Env, Result};
use napi_derive::napi;

use super::text::with_texts;
use crate::convert::given::{Given, Names};
use crate::convert::guard::{Code, guard, locked};
use crate::convert::values::{MAX_INLINE_REFS, Made, Text, TextOut};
use crate::questions::ask::{End, Withdrawal, ask_later};
use crate::questions::stored_walk::StoredWalk;
use crate::threads::walkers;

/// The cost of a generation of a walk over a store, in visits of the index.
const GENERATION: u64 = 64;

/// The known ancestry of a store, for all walks of a database.
pub struct AncestorCache {
    known: Arc<Mutex<lazy_walk::AncestorCache>>,
    /// Whether texts may be from the package of 2013.
    former: bool,
}

/// A walk, which waits while the refs that it needs are read.
pub struct Walk(Arc<Mutex<lazy_walk::LazyWalk>>);

/// The many refs of a walk's answer.
pub struct RefNames(Vec<Arc<str>>);

/// The answer of a walk.
#[derive(Default)]
#[napi(object, object_from_js = false)]
pub struct WalkAnswer {
    /// The refs, for `merge-bases` and `difference`.
    #[napi(ts_type = "string[]")]
    pub refs: Option<Vec<TextOut>>,
    /// The answer to `is-ancestor`.
    pub reaches: Option<bool>,
    /// The number of refs if there are many: then `namesOf` returns them.
    pub count: Option<u32>,
    /// These refs.
    #[napi(ts_type = "ExternalObject<RefNames> | undefined")]
    pub names: Option<External<RefNames>>,
}

/// The state of a walk: the refs that may be read now, all at once, at least one; or its answer.
type Stand = Either<Vec<TextOut>, WalkAnswer>;

/// Creates a cache for the ancestors of at most `capacity` revisions, read from texts as `parseText` reads
/// them.
#[napi(catch_unwind)]
pub fn ancestor_cache(capacity: u32, former: bool) -> Result<External<AncestorCache>, Code> {
    guard(|| {
        let known = Arc::new(Mutex::new(lazy_walk::AncestorCache::new(capacity as usize)));
        Ok(External::new(AncestorCache { known, former }))
    })
}

/// Remembers the ancestors of revisions that were written or read outside of a walk; for each revision one
/// name, or a list.
#[napi(catch_unwind)]
pub fn remember(
    ancestor_cache: &External<AncestorCache>,
    #[napi(ts_arg_type = "readonly string[]")] refs: Vec<Text>,
    #[napi(ts_arg_type = "readonly (string | readonly string[])[]")] ancestors: Vec<Names>,
) -> Result<(), Code> {
    guard(move || {
        let mut ancestor_cache = locked(&ancestor_cache.known)?;
        for (reference, ancestors) in refs.iter().zip(&ancestors) {
            ancestors.with(|names| ancestor_cache.learn(reference.as_str()?, names))?;
        }
        Ok(())
    })
}

/// Starts a walk. `merge-bases`: of the one ref in `from` and the one in `to`. `difference`: what some of `to`
/// reach and none of `from` does. `is-ancestor`: whether the one in `to` reaches the one in `from`. Reads
/// nothing yet; polling takes what the ancestor cache knows.
#[napi(catch_unwind)]
pub fn walk(
    _lineage: &External<AncestorCache>,
    #[napi(ts_arg_type = "'merge-bases' | 'difference' | 'is-ancestor'")] kind: String,
    from: Vec<String>,
    to: Vec<String>,
) -> Result<External<Walk>, Code> {
    guard(move || {
        let walk = match (kind.as_str(), from.as_slice(), to.as_slice()) {
            ("difference", from, to) => lazy_walk::LazyWalk::difference_of(from, to),
            ("merge-bases", [ref1], [ref2]) => lazy_walk::LazyWalk::merge_bases(ref1, ref2),
            ("is-ancestor", [ancestor], [descendant]) => {
                lazy_walk::LazyWalk::is_ancestor(ancestor, descendant)
            }
            _ => Err(Error::Misuse(format!("no walk {kind:?} starts at {} refs", from.len()))),
        };
        Ok(External::new(Walk(Arc::new(Mutex::new(walk?)))))
    })
}

/// Returns what a walk needs first, or its answer. If that is a promise, the walk must not be used until it is
/// settled.
#[napi(catch_unwind, ts_return_type = "string[] | WalkAnswer | Promise<string[] | WalkAnswer>")]
pub fn poll_walk(
    env: Env,
    ancestor_cache: &External<AncestorCache>,
    walk: &External<Walk>,
    end: Option<&External<Withdrawal>>,
) -> Result<Made, Code> {
    guard(move || polled(env, ancestor_cache, walk, end))
}

/// Passes a walk the texts of refs that it needs, some or all, in the same order. Returns what it needs next,
/// or its answer, as `pollWalk` does. A text that does not exist is `null` or `undefined`: `HISTO_NOT_FOUND` if
/// its ref was given, `HISTO_MISSING_ANCESTOR` if a revision names it.
#[napi(catch_unwind, ts_return_type = "string[] | WalkAnswer | Promise<string[] | WalkAnswer>")]
pub fn step_walk(
    env: Env,
    ancestor_cache: &External<AncestorCache>,
    walk: &External<Walk>,
    #[napi(ts_arg_type = "readonly string[]")] refs: Vec<Text>,
    #[napi(ts_arg_type = "readonly (string | Uint8Array | null | undefined)[]")] texts: Vec<
        Option<Given<'_>>,
    >,
    end: Option<&External<Withdrawal>>,
) -> Result<Made, Code> {
    guard(move || {
        learn(walk, ancestor_cache, &refs, &texts)?;
        polled(env, ancestor_cache, walk, end)
    })
}

/// Returns some of many refs, starting at index `start`.
#[napi(catch_unwind, ts_return_type = "string[]")]
pub fn names_of(names: &External<RefNames>, start: u32, count: u32) -> Result<Vec<TextOut>, Code> {
    guard(|| {
        let rest = names.0.get(start as usize..).unwrap_or_default();
        Ok(texts_of(rest.get(..count as usize).unwrap_or(rest)))
    })
}

fn learn(
    walk: &Walk,
    ancestor_cache: &AncestorCache,
    refs: &[Text],
    texts: &[Option<Given<'_>>],
) -> histo_core::Result<()> {
    let mut walk = locked(&walk.0)?;
    let mut known = locked(&ancestor_cache.known)?;
    with_texts(|reader| {
        for (reference, text) in refs.iter().zip(texts) {
            let reference = reference.as_str()?;
            let text = text.as_ref().ok_or_else(|| walk.missing(reference))?.bytes();
            room(text.len())?;
            let read =
                if ancestor_cache.former { Texts::ancestors_former } else { Texts::ancestors };
            walk.learn(&mut known, reference, &read(reader, text)?)?;
        }
        Ok(())
    })
}

fn polled(
    env: Env,
    ancestor_cache: &AncestorCache,
    walk: &Walk,
    end: End<'_>,
) -> histo_core::Result<Made> {
    let (ancestor_cache, walk) = (Arc::clone(&ancestor_cache.known), Arc::clone(&walk.0));
    let walk = StoredWalk { ancestor_cache, walk };
    match walk.run_at_once()? {
        Step::Done(polled) => Made::of(env, stand(polled)?),
        Step::Pending => {
            let work = move |budget| walk.run(budget / GENERATION + 1);
            ask_later(env, end, walkers::send, work, |_, polled| stand(polled))
        }
    }
}

fn stand(polled: lazy_walk::Poll) -> histo_core::Result<Stand> {
    Ok(match polled {
        lazy_walk::Poll::Need(need) => Either::A(texts_of(&need)),
        lazy_walk::Poll::Refs(refs) if refs.len() > MAX_INLINE_REFS => {
            let count = u32::try_from(refs.len());
            let count = Some(count.map_err(|error| Error::Internal(error.to_string()))?);
            let names = Some(External::new(RefNames(refs)));
            Either::B(WalkAnswer { count, names, ..WalkAnswer::default() })
        }
        lazy_walk::Poll::Refs(refs) => {
            Either::B(WalkAnswer { refs: Some(texts_of(&refs)), ..WalkAnswer::default() })
        }
        lazy_walk::Poll::Reaches(reaches) => {
            Either::B(WalkAnswer { reaches: Some(reaches), ..WalkAnswer::default() })
        }
    })
}

fn texts_of(refs: &[Arc<str>]) -> Vec<TextOut> {
    refs.iter().map(|text| TextOut(Arc::clone(text))).collect()
}
