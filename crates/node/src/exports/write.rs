//! Passing writes to the writer, and taking their outcomes.

use std::sync::{Arc, Mutex};

use histo_core::Ref;
use histo_core::sync::ReorderBuffer;
use histo_core::write::{Outcome, Pruned};
use napi::bindgen_prelude::{Array, Either, External, Null, Uint8ArraySlice};
use napi::{Env, Result};
use napi_derive::napi;

use crate::convert::failure::fields_of;
use crate::convert::guard::{Code, from_napi, guard};
use crate::convert::values::{self, MAX_INLINE_REFS, Made, RefHex};
use crate::database::{Database, Stream};
use crate::writes::batch;

/// Returns a number for a branch, for batches.
#[napi(catch_unwind)]
pub fn add_branch(db: &External<Database>, name: String) -> Result<u32, Code> {
    guard(|| db.add_branch(name))
}

/// Passes a batch to the writer. `more`: the same tick passes another. `now`: the time, for the log.
#[napi(catch_unwind)]
pub fn hand_over(
    env: Env,
    db: &External<Database>,
    #[napi(ts_arg_type = "unknown[]")] batch: Array<'_>,
    more: bool,
    now: f64,
) -> Result<(), Code> {
    guard(|| {
        let requests = batch::read(db, &batch, now)?;
        db.caller().ack.expect(env, requests.len() as u64).map_err(from_napi)?;
        db.hand_over(requests, more);
        Ok(())
    })
}

/// The refs of a large `putMany`.
pub struct Refs(Vec<Ref>);

/// These refs, and their number.
#[napi(object, object_from_js = false)]
pub struct ManyWritten {
    /// Number of refs.
    pub count: u32,
    /// For `sliceOfRefs`.
    #[napi(ts_type = "ExternalObject<Refs>")]
    pub refs: External<Refs>,
}

impl ManyWritten {
    fn of(refs: Vec<Ref>) -> Self {
        let count = u32::try_from(refs.len()).unwrap_or(u32::MAX);
        Self { count, refs: External::new(Refs(refs)) }
    }
}

/// Writes some of the refs, starting at index `start`, as digits, as many as fit. Returns how many.
#[napi(catch_unwind)]
pub fn slice_of_refs(
    refs: &External<Refs>,
    start: u32,
    room: Uint8ArraySlice<'_>,
) -> Result<u32, Code> {
    guard(|| {
        let rest = refs.0.get(start as usize..).unwrap_or_default();
        Ok(values::write_digits(rest.iter().copied(), room))
    })
}

/// Takes the waiting outcomes, in the order of the writes: a ref, null, refs, `{ count, refs }` with many of
/// them for `sliceOfRefs`, undefined, numbers, or a failure `{ code, message, head? }`.
#[napi(catch_unwind, ts_return_type = "unknown[]")]
pub fn take(env: Env, db: &External<Database>) -> Result<Vec<Made>, Code> {
    guard(|| {
        let outcomes = db.caller().ack.take(env, db.is_closed()).map_err(from_napi)?;
        outcomes.into_iter().map(|outcome| value_of(env, outcome)).collect()
    })
}

/// Decides a batch of one write in memory, at once, at the time `now`; returns its outcome, as `take` does.
#[napi(catch_unwind, ts_return_type = "unknown")]
pub fn write_now(
    env: Env,
    db: &External<Database>,
    #[napi(ts_arg_type = "unknown[]")] batch: Array<'_>,
    now: f64,
) -> Result<Made, Code> {
    guard(|| {
        let request = batch::read_one(db, &batch, now)?;
        value_of(env, db.write_now(request)?)
    })
}

/// Starts to accept the revisions of a stream; at most `max_pending_bytes` may wait for ancestors.
#[napi(catch_unwind)]
pub fn reorder_buffer(max_pending_bytes: f64) -> Result<External<Stream>, Code> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "TypeScript lets only positive integers through"
    )]
    guard(|| Ok(External::new(Arc::new(Mutex::new(ReorderBuffer::new(max_pending_bytes as u64))))))
}

fn value_of(env: Env, outcome: histo_core::Result<Outcome>) -> histo_core::Result<Made> {
    match outcome {
        Ok(Outcome::Ref(reference) | Outcome::Head(Some(reference))) => {
            Made::of(env, RefHex(reference))
        }
        Ok(Outcome::Refs(refs)) if refs.len() > MAX_INLINE_REFS => {
            Made::of(env, ManyWritten::of(refs))
        }
        Ok(Outcome::Refs(refs)) => Made::of(env, RefHex::all(refs)),
        Ok(Outcome::Head(None)) => Made::of(env, Null),
        Ok(Outcome::Heads(heads)) => {
            Made::of(env, heads.into_iter().map(|head| head.map(RefHex)).collect::<Vec<_>>())
        }
        Ok(Outcome::Done) => Made::of(env, ()),
        Ok(Outcome::Pruned(it)) => pruned(env, it),
        Ok(Outcome::Swept(it)) => {
            let bytes = number(it.bytes);
            numbers(env, [it.records.into(), bytes, it.left.into(), it.next.into(), 0.0])
        }
        Ok(Outcome::Compacted(before, after)) => {
            numbers(env, [number(before), number(after), 0.0, 0.0, 0.0])
        }
        Err(error) => Made::of(env, fields_of(env, &error).map_err(from_napi)?),
    }
}

fn pruned(env: Env, it: Pruned) -> histo_core::Result<Made> {
    let bytes = number(it.bytes);
    let numbers = [it.deleted.into(), it.cut.into(), it.waiting.into(), bytes, it.left.into()];
    let many = Either::B(ManyWritten::of(it.found));
    Made::of(env, numbers.into_iter().map(Either::A).chain([many]).collect::<Vec<_>>())
}

/// Returns numbers as an array, since an object is a failure.
fn numbers(env: Env, numbers: [f64; 5]) -> histo_core::Result<Made> {
    Made::of(env, numbers.to_vec())
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
const fn number(bytes: u64) -> f64 {
    bytes as f64
}
