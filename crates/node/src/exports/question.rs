//! Common to long questions: ending them early, and taking their results.

use std::sync::Mutex;

use histo_core::Error;
use histo_core::graph::Step;
use napi::bindgen_prelude::{Either, External, Uint8ArraySlice};
use napi::{Env, Result};
use napi_derive::napi;

use super::read::position;
use crate::convert::guard::{Code, guard, locked};
use crate::convert::values::{self, MAX_INLINE_REFS, Made, RefHex, RefText};
use crate::database::{Database, engine_of};
use crate::questions::ask::{Withdrawal, ask_later};
use crate::questions::found::Found;
use crate::threads::walkers;

/// The revisions that a question found.
pub struct FoundRefs(Mutex<Found>);

/// Many refs.
#[napi(object, object_from_js = false)]
pub struct Many {
    /// Number of refs.
    pub count: u32,
    /// For `refsOf`.
    #[napi(ts_type = "ExternalObject<FoundRefs>")]
    pub refs: External<FoundRefs>,
}

impl Many {
    pub(super) fn of(found: Found) -> histo_core::Result<Self> {
        let count = u32::try_from(found.at.len());
        let count = count.map_err(|_| Error::Internal("too many revisions".into()))?;
        Ok(Self { count, refs: External::new(FoundRefs(Mutex::new(found))) })
    }
}

/// The revisions found: refs if they are few.
pub(super) type FewOrMany = Either<Vec<RefHex>, Many>;

pub(super) fn few_or_many(found: Found) -> histo_core::Result<FewOrMany> {
    if found.at.len() > MAX_INLINE_REFS {
        return Many::of(found).map(Either::B);
    }
    Ok(Either::A(RefHex::all(found.refs(0))))
}

impl FoundRefs {
    pub(super) fn with<R>(
        &self,
        look: impl FnOnce(&Found) -> histo_core::Result<R>,
    ) -> histo_core::Result<R> {
        look(&*locked(&self.0)?)
    }
}

/// Creates what can end the questions that are asked with it.
#[napi(catch_unwind)]
pub fn withdrawal() -> Result<External<Withdrawal>, Code> {
    guard(|| Ok(External::new(Withdrawal::new())))
}

/// Ends the questions that were asked with it: their promises are rejected within some milliseconds.
#[napi(catch_unwind)]
pub fn withdraw(end: &External<Withdrawal>) -> Result<(), Code> {
    guard(|| {
        end.withdraw();
        Ok(())
    })
}

/// Loads what others wrote, after a call that failed with `BEHIND`.
#[napi(catch_unwind, ts_return_type = "Promise<void>")]
pub fn take_in(
    env: Env,
    db: &External<Database>,
    end: Option<&External<Withdrawal>>,
) -> Result<Made, Code> {
    guard(|| {
        let link = db.link();
        let work = move |_| {
            let is_done = engine_of(&link)?.take_in_some()?;
            Ok(if is_done { Step::Done(()) } else { Step::Pending })
        };
        ask_later(env, end, walkers::send, work, |_, ()| Ok(()))
    })
}

/// Writes some of the refs that a question found, starting at index `start`, as digits, as many as fit. Returns
/// how many.
#[napi(catch_unwind)]
pub fn refs_of(
    found: &External<FoundRefs>,
    start: u32,
    room: Uint8ArraySlice<'_>,
) -> Result<u32, Code> {
    guard(|| found.with(|found| Ok(values::write_digits(found.refs(start as usize), room))))
}

/// Returns how many of the revisions found there are up to and including `after`, which is one of them; `null`
/// if it is not.
#[napi(catch_unwind)]
pub fn place_behind(
    db: &External<Database>,
    found: &External<FoundRefs>,
    #[napi(ts_arg_type = "string")] after: RefText,
) -> Result<Option<u32>, Code> {
    guard(|| {
        let after = db.engine(|engine| position(engine, after))?;
        found.with(|found| {
            let place = found.at.iter().position(|&pos| pos == after);
            Ok(place.and_then(|place| u32::try_from(place + 1).ok()))
        })
    })
}

/// The number of revisions found that lack their data, and the first of them.
#[napi(object, object_from_js = false)]
pub struct Tombstones {
    /// Their number.
    pub count: u32,
    /// The first.
    #[napi(ts_type = "string | undefined")]
    pub first: Option<RefHex>,
}

/// Counts those of the revisions found that lack their data.
#[napi(catch_unwind)]
pub fn tombstones_in(
    source: &External<Database>,
    found: &External<FoundRefs>,
) -> Result<Tombstones, Code> {
    guard(|| {
        found.with(|found| {
            source.engine(|source| {
                let graph = source.graph();
                let mut lost = found.at.iter().filter(|&&pos| graph.loss(pos).is_some());
                let first = lost.next().map(|&pos| RefHex(*graph.ref_at(pos)));
                let more = u32::try_from(lost.count()).unwrap_or(u32::MAX);
                let count = more.saturating_add(u32::from(first.is_some()));
                Ok(Tombstones { count, first })
            })
        })
    })
}

/// Frees what a question found, earlier than the garbage collector would.
#[napi(catch_unwind)]
pub fn free_found(found: &External<FoundRefs>) -> Result<(), Code> {
    guard(|| {
        *locked(&found.0)? = Found::default();
        Ok(())
    })
}
