//! Revisions as a binary stream (`docs/protocol.md`), without turning them into JavaScript values.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use histo_core::graph::Pos;
use histo_core::json::Canonicalizer;
use histo_core::revision::Meta;
use histo_core::sync::wire::{Encoder, Framer, Limits, Name, Sent};
use histo_core::sync::{Batch, MAX_BATCHES_IN_FLIGHT, Taking};
use histo_core::write::Draft;
use histo_core::{Engine, Error, Packed, Ref, room};
use napi::bindgen_prelude::{Either, External, Uint8ArraySlice};
use napi::{Env, Result};
use napi_derive::napi;

use super::question::FoundRefs;
use super::read::positions;
use crate::convert::guard::{Code, from_napi, guard};
use crate::convert::values::{self, Made, RefText, Text};
use crate::database::Database;

/// A stream being made.
pub struct WireEncoder(Mutex<Encoder>);

/// A stream being cut into batches.
pub struct WireFramer(Mutex<Framer>);

/// A batch that was not read yet.
pub struct WireFrame(Mutex<Option<Batch>>);

/// A stream being read, batch by batch, by the writer.
pub type SharedTaking = Arc<Mutex<Taking>>;

impl WireFrame {
    /// Returns a batch that was taken.
    pub(super) fn put_back(&self, batch: Batch) {
        *locked(&self.0) = Some(batch);
    }

    /// Takes the batch, once.
    pub(crate) fn take(&self) -> histo_core::Result<Batch> {
        let frame = locked(&self.0).take();
        frame.ok_or_else(|| Error::Internal("a batch was read twice".into()))
    }
}

/// The result of adding to a stream.
#[napi(object, object_from_js = false)]
pub struct Added {
    /// Number of revisions.
    pub count: u32,
    /// Bytes of their payloads.
    pub payload_bytes: f64,
    /// Bytes of the next payload, if that was too large.
    pub wants: Option<f64>,
    /// Bytes that are ready to be taken.
    pub held: f64,
}

/// What the receiving side accepts.
#[derive(Clone, Copy)]
#[napi(object, object_to_js = false)]
pub struct WireTakes {
    /// Metas; otherwise a revision with one is refused.
    pub metas: bool,
    /// Texts as changes of earlier ones.
    pub changes: bool,
    /// Texts as changes of texts that it has.
    pub bases: bool,
}

/// Starts a stream.
#[napi(catch_unwind)]
pub fn wire_encoder(compress: bool, takes: WireTakes) -> Result<External<WireEncoder>, Code> {
    guard(|| {
        let WireTakes { metas, changes, bases } = takes;
        let encoder = Encoder::new(compress).for_side_that_takes_metas(metas);
        let encoder = encoder.for_side_that_takes_changes(changes);
        let encoder = encoder.for_side_that_takes_bases(bases);
        Ok(External::new(WireEncoder(Mutex::new(encoder))))
    })
}

/// Adds what a difference found, oldest first, starting at index `start`, until a batch is full or a payload
/// has more than `most` bytes.
#[napi(catch_unwind)]
pub fn encode_found(
    db: &External<Database>,
    encoder: &External<WireEncoder>,
    difference: &External<FoundRefs>,
    start: u32,
    most: f64,
) -> Result<Added, Code> {
    guard(|| {
        difference.with(|found| {
            let newest_first = &found.at;
            let end = newest_first.len().saturating_sub(start as usize);
            let next = newest_first.get(end.saturating_sub(READ_BATCH)..end).unwrap_or_default();
            let at: Vec<Pos> = next.iter().rev().copied().collect();
            db.engine(|engine| encode_at(engine, encoder, &at, most))
        })
    })
}

/// Adds the first of `refs`, until a batch is full or a payload has more than `most` bytes.
#[napi(catch_unwind)]
pub fn encode_refs(
    db: &External<Database>,
    encoder: &External<WireEncoder>,
    #[napi(ts_arg_type = "string[]")] refs: Vec<RefText>,
    most: f64,
) -> Result<Added, Code> {
    db.guarded(|engine| {
        let at = positions(engine, refs)?;
        encode_at(engine, encoder, &at, most)
    })
}

/// At most this many revisions are read by one call.
const READ_BATCH: usize = 4096;

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it saturates")]
fn encode_at(
    engine: &Engine,
    encoder: &WireEncoder,
    at: &[Pos],
    most: f64,
) -> histo_core::Result<Added> {
    let mut encoder = locked(&encoder.0);
    let sent = engine.send(at, &mut encoder, most as u64)?;
    Ok(added(sent, &encoder))
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
fn added(sent: Packed, encoder: &Encoder) -> Added {
    Added {
        count: sent.count,
        payload_bytes: sent.bytes as f64,
        wants: sent.wants.map(|bytes| bytes as f64),
        held: encoder.ready().len() as f64,
    }
}

/// Adds revisions given as values: JSON text or bytes as payload, JSON text or nothing as meta.
#[napi(catch_unwind)]
pub fn encode_items(
    encoder: &External<WireEncoder>,
    #[napi(ts_arg_type = "string[]")] refs: Vec<Text>,
    #[napi(ts_arg_type = "string[][]")] ancestors: Vec<Vec<Text>>,
    #[napi(ts_arg_type = "(string | Uint8Array)[]")] payloads: Vec<
        Either<Text, Uint8ArraySlice<'_>>,
    >,
    #[napi(ts_arg_type = "(string | undefined)[]")] metas: Vec<Option<Text>>,
) -> Result<Added, Code> {
    guard(|| {
        let (mut count, mut bytes) = (0, 0);
        let mut encoder = locked(&encoder.0);
        let mut canonicalizer = Canonicalizer::default();
        let items = refs.into_iter().zip(ancestors).zip(payloads).zip(metas);
        for (((name, ancestors), payload), meta) in items {
            let name = Name::of(name.as_str()?)?;
            let ancestors = ancestors.iter().map(|named| Name::of(named.as_str()?));
            let ancestors = ancestors.collect::<histo_core::Result<Vec<_>>>()?;
            let draft = match payload {
                Either::A(text) => Draft::json(&mut canonicalizer, &text.0, None, u64::MAX)?,
                Either::B(bytes) => {
                    room(bytes.len())?;
                    Draft::bytes(bytes.to_vec(), None, u64::MAX)?
                }
            };
            let meta = match meta {
                Some(json) => Meta::of(&mut canonicalizer, &json.0)?.map(Box::new),
                None => None,
            };
            let draft = draft.with_meta(meta);
            let told = !is_built_in(&name, &ancestors, &draft);
            let Draft { kind, payload, meta, .. } = draft;
            let meta = meta.as_deref().map(Meta::json);
            let sent = Sent { name: &name, told, kind, payload: &payload, meta };
            encoder.add(sent, ancestors.into_iter())?;
            count += 1;
            bytes += payload.len() as u64;
        }
        Ok(added(Packed { count, bytes, wants: None }, &encoder))
    })
}

/// Whether a revision's ref is the one that the other end computes.
fn is_built_in(name: &Name, ancestors: &[Name], draft: &Draft) -> bool {
    let refs: Option<Vec<Ref>> = ancestors.iter().map(built_in).collect();
    refs.is_some_and(|refs| built_in(name) == Some(draft.ref_on(&refs)))
}

fn built_in(name: &Name) -> Option<Ref> {
    match name {
        Name::Ref(reference) => Some(*reference),
        Name::Text(_) => None,
    }
}

/// Ends the batch, or the stream.
#[napi(catch_unwind)]
pub fn end_wire(encoder: &External<WireEncoder>, whole: bool) -> Result<(), Code> {
    guard(|| {
        let mut encoder = locked(&encoder.0);
        if whole { encoder.finish() } else { encoder.flush() }
    })
}

/// Takes bytes that are ready, about `most` at most; `null` if there are none.
#[napi(catch_unwind, ts_return_type = "Uint8Array | null")]
pub fn take_wire(
    env: Env,
    encoder: &External<WireEncoder>,
    most: u32,
) -> Result<Option<Made>, Code> {
    guard(|| {
        let mut encoder = locked(&encoder.0);
        let ready = encoder.ready();
        let part = ready.get(..most as usize).unwrap_or(ready);
        if part.is_empty() {
            return Ok(None);
        }
        let made = Made(values::bytes(env.raw(), part).map_err(from_napi)?);
        let taken = part.len();
        encoder.advance(taken);
        Ok(Some(made))
    })
}

/// Frees what a stream being made holds, some 3 MB and more, earlier than the garbage collector would.
#[napi(catch_unwind)]
pub fn free_encoder(encoder: &External<WireEncoder>) -> Result<(), Code> {
    guard(|| {
        *locked(&encoder.0) = Encoder::new(false);
        Ok(())
    })
}

/// Starts to cut an incoming stream. Without `changes`, refuses one whose texts come as changes of earlier
/// ones.
#[napi(catch_unwind)]
pub fn wire_framer(
    max_revision_bytes: f64,
    max_bytes: f64,
    changes: bool,
) -> Result<External<WireFramer>, Code> {
    guard(|| {
        let framer = Framer::new(limits(max_revision_bytes, max_bytes)).refusing_changes(!changes);
        Ok(External::new(WireFramer(Mutex::new(framer))))
    })
}

/// The result of passing a piece of a stream.
#[napi(object, object_from_js = false)]
pub struct Cut {
    /// Number of its bytes that were taken.
    pub taken: u32,
    /// Number of revisions in the batch; 0 without one.
    pub count: u32,
    /// Bytes of memory that the batch takes, as it came and when read.
    pub weight: f64,
    /// The batch that became complete.
    #[napi(ts_type = "ExternalObject<WireFrame> | undefined")]
    pub frame: Option<External<WireFrame>>,
}

/// Takes bytes, starting at index `start`, until a batch is complete.
#[napi(catch_unwind)]
pub fn cut_wire(
    framer: &External<WireFramer>,
    bytes: Uint8ArraySlice<'_>,
    start: u32,
) -> Result<Cut, Code> {
    guard(|| {
        let all: &[u8] = bytes.get(start as usize..).unwrap_or_default();
        let mut rest = all;
        let frame = locked(&framer.0).handle(&mut rest)?;
        Ok(cut(all.len() - rest.len(), frame.map(Batch::Framed)))
    })
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
fn cut(taken: usize, frame: Option<Batch>) -> Cut {
    Cut {
        taken: u32::try_from(taken).unwrap_or(u32::MAX),
        count: frame.as_ref().map_or(0, Batch::count),
        weight: frame.as_ref().map_or(0.0, |frame| frame.weight() as f64),
        frame: frame.map(|frame| External::new(WireFrame(Mutex::new(Some(frame))))),
    }
}

/// Frees what a stream being cut holds, earlier than the garbage collector would.
#[napi(catch_unwind)]
pub fn free_framer(framer: &External<WireFramer>) -> Result<(), Code> {
    guard(|| {
        *locked(&framer.0) = Framer::new(limits(0.0, 0.0));
        Ok(())
    })
}

/// Reads what a question found, in order, starting at index `start`, until a batch is full; for another
/// database of this process.
#[napi(catch_unwind)]
pub fn tell_found(
    db: &External<Database>,
    found: &External<FoundRefs>,
    start: u32,
    max_bytes: u32,
) -> Result<Cut, Code> {
    guard(|| {
        let told = found.with(|found| {
            let at = found.at.get(start as usize..).unwrap_or_default();
            let at = at.get(..READ_BATCH).unwrap_or(at);
            db.engine(|engine| engine.tell(at, max_bytes as usize))
        })?;
        Ok(cut(0, Some(Batch::Received(told))))
    })
}

/// Succeeds if the stream is complete.
#[napi(catch_unwind)]
pub fn finish_wire(framer: &External<WireFramer>) -> Result<(), Code> {
    guard(|| locked(&framer.0).finish())
}

/// Starts to accept a stream; at most `max_pending_bytes` may wait for ancestors. A revision may have as many
/// bytes as `max_revision_bytes` and the database allow. With `changes`, its texts may come as changes of
/// earlier ones; with `bases`, of those in the database.
#[napi(catch_unwind)]
pub fn wire_taking(
    db: &External<Database>,
    max_revision_bytes: f64,
    max_bytes: f64,
    max_pending_bytes: f64,
    refuse_tombstones: bool,
    changes: bool,
    bases: bool,
) -> Result<External<SharedTaking>, Code> {
    guard(|| {
        let mut limits = limits(max_revision_bytes, max_bytes);
        limits.revision = limits.revision.min(db.caller().limit);
        let taking = Taking::new(limits, whole(max_pending_bytes));
        let taking = taking.refusing_tombstones(refuse_tombstones);
        let taking = taking.taking_changes(changes, bases);
        Ok(External::new(Arc::new(Mutex::new(taking))))
    })
}

/// Returns how many batches of a stream may be in flight: passed to the writer and not yet committed.
#[napi(catch_unwind)]
pub fn max_batches_in_flight() -> Result<u32, Code> {
    guard(|| Ok(MAX_BATCHES_IN_FLIGHT))
}

/// Frees what a stream being taken in holds, some 3 MB and more, earlier than the garbage collector would. No
/// batch of it may be on its way.
#[napi(catch_unwind)]
pub fn free_taking(taking: &External<SharedTaking>) -> Result<(), Code> {
    guard(|| {
        *locked(taking) = Taking::new(limits(0.0, 0.0), 0);
        Ok(())
    })
}

/// Returns the bytes of payloads of the next batch that was read, in order; each number once.
#[napi(catch_unwind)]
pub fn taken_bytes(taking: &External<SharedTaking>) -> Result<f64, Code> {
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    guard(|| Ok(locked(taking).told_bytes() as f64))
}

/// Returns how many revisions came without their data, in the batches that were read.
#[napi(catch_unwind)]
pub fn taken_tombstones(taking: &External<SharedTaking>) -> Result<u32, Code> {
    guard(|| Ok(locked(taking).tombstones()))
}

pub(super) fn limits(max_revision_bytes: f64, max_bytes: f64) -> Limits {
    Limits { revision: whole(max_revision_bytes), stream: whole(max_bytes) }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "TypeScript lets only positive integers and infinity through, which saturates"
)]
pub(super) fn whole(number: f64) -> u64 {
    number as u64
}

pub(super) fn locked<T>(state: &Mutex<T>) -> MutexGuard<'_, T> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
