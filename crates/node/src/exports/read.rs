//! Reading revisions.
//!
//! Many values leave as one JSON array text, since one long parse is cheaper than many short ones;
//! bytes, which JSON cannot say, stand beside it.

use std::sync::PoisonError;

use histo_core::graph::Pos;
use histo_core::revision::Kind;
use histo_core::{Abbreviated, Engine, Error, Holding, Ref, grow, room};
use napi::bindgen_prelude::External;
use napi::{Env, Result, sys};
use napi_derive::napi;

use super::keys;
use crate::convert::guard::{Code, from_napi, guard};
use crate::convert::values::{self, Made, RefHex, RefText};
use crate::database::Database;

/// A text of at most so many bytes is made at once: strings end at 512 MiB, and memory is shared.
const TEXT: usize = 64 << 20;

/// The data of a revision: a string of JSON, or a `Uint8Array`.
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

/// Revisions as one JSON array text, `null` in the place of bytes.
#[napi(object, object_from_js = false)]
pub struct Answer {
    /// The array.
    #[napi(ts_type = "string")]
    pub text: Made,
    /// Where bytes belong.
    pub places: Vec<u32>,
    /// The bytes, in the same order.
    #[napi(ts_type = "Uint8Array[]")]
    pub bytes: Vec<Made>,
}

/// The data of the first of `refs`, as many as one text holds, at least one.
#[napi(catch_unwind)]
pub fn get_many(
    env: Env,
    db: &External<Database>,
    #[napi(ts_arg_type = "string[]")] refs: Vec<RefText>,
) -> Result<Answer, Code> {
    guard(|| {
        db.engine(|engine| {
            let at = positions(engine, refs)?;
            let mut array = Rows::new(env.raw());
            engine.payloads_up_to(&at, |kind, payload| {
                array.open();
                array.data(kind, payload);
                array.close();
                array.has_room()
            })?;
            array.finish()
        })
    })
}

/// As `get_many`, each as `{ ref, ancestors, data }`.
#[napi(catch_unwind)]
pub fn revisions(
    env: Env,
    db: &External<Database>,
    #[napi(ts_arg_type = "string[]")] refs: Vec<RefText>,
) -> Result<Answer, Code> {
    guard(|| {
        db.engine(|engine| {
            let at = positions(engine, refs)?;
            Ok(revisions_at(env, engine, &at)?.0)
        })
    })
}

/// The revisions at positions, as many as one text holds, at least one, and how many.
pub(super) fn revisions_at(
    env: Env,
    engine: &Engine,
    at: &[Pos],
) -> histo_core::Result<(Answer, usize)> {
    let graph = engine.graph();
    let mut array = Rows::new(env.raw());
    let mut at_each = at.iter();
    engine.payloads_up_to(at, |kind, payload| {
        if let Some(&pos) = at_each.next() {
            let ancestors = graph.parents(pos).map(|parent| graph.ref_at(parent));
            array.revision(graph.ref_at(pos), ancestors, kind, payload);
        }
        array.has_room()
    })?;
    let count = array.count as usize;
    Ok((array.finish()?, count))
}

/// The revisions at positions without their data, `{ ref, ancestors }`: of the graph alone, as many as one text
/// holds, at least one, and how many.
pub(super) fn headers_at(
    env: Env,
    engine: &Engine,
    at: &[Pos],
) -> histo_core::Result<(Answer, usize)> {
    let graph = engine.graph();
    let mut array = Rows::new(env.raw());
    for &pos in at {
        array.header(graph.ref_at(pos), graph.parent_refs(pos).iter());
        if !array.has_room() {
            break;
        }
    }
    let count = array.count as usize;
    Ok((array.finish()?, count))
}

/// Whether each of `refs` is there, and not known to be damaged.
#[napi(catch_unwind)]
pub fn has(
    db: &External<Database>,
    #[napi(ts_arg_type = "string[]")] refs: Vec<RefText>,
) -> Result<Vec<bool>, Code> {
    guard(|| {
        db.engine(|engine| {
            let known = |named: RefText| match named.0 {
                Ok(reference) => {
                    engine.find(&reference)?.map_or(Ok(false), |pos| engine.is_whole(pos))
                }
                Err(_) => Ok(false),
            };
            refs.into_iter().map(known).collect()
        })
    })
}

/// What there is of the data of each of `refs`: 0 nothing, 1 the data, 2 it was erased here, 3 it was erased
/// where its place came from.
#[napi(catch_unwind)]
pub fn data_of(
    db: &External<Database>,
    #[napi(ts_arg_type = "string[]")] refs: Vec<RefText>,
) -> Result<Vec<u32>, Code> {
    guard(|| {
        db.engine(|engine| {
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
    })
}

/// The revisions whose data was erased, ancestors first: here and elsewhere, or only elsewhere.
#[napi(catch_unwind, ts_return_type = "string[]")]
pub fn tombstones(db: &External<Database>, only_elsewhere: bool) -> Result<Vec<RefHex>, Code> {
    guard(|| {
        db.engine(|engine| Ok(engine.tombstones(only_elsewhere)?.into_iter().map(RefHex).collect()))
    })
}

/// A number that is another one where `tombstones` may answer otherwise.
#[napi(catch_unwind)]
pub fn tombstones_version(db: &External<Database>) -> Result<f64, Code> {
    guard(|| {
        #[expect(clippy::cast_precision_loss, reason = "only told apart, and counts up from 0")]
        db.engine(|engine| engine.tombstones_version().map(|number| number as f64))
    })
}

/// Whether each of `refs` was here and was cut away.
#[napi(catch_unwind)]
pub fn was_cut(
    db: &External<Database>,
    #[napi(ts_arg_type = "string[]")] refs: Vec<RefText>,
) -> Result<Vec<bool>, Code> {
    guard(|| {
        db.engine(|engine| {
            let was_cut = |named: RefText| match named.0 {
                Ok(reference) => engine.was_cut_away(&reference),
                Err(_) => Ok(false),
            };
            refs.into_iter().map(was_cut).collect()
        })
    })
}

/// The revisions that are known to be damaged, ancestors first.
#[napi(catch_unwind, ts_return_type = "string[]")]
pub fn damaged(db: &External<Database>) -> Result<Vec<RefHex>, Code> {
    guard(|| db.engine(|engine| Ok(engine.damaged()?.into_iter().map(RefHex).collect())))
}

/// What one call of `refs_starting_with` found.
#[napi(object, object_from_js = false)]
pub struct AbbreviatedRefs {
    /// Refs that begin so, in no order.
    #[napi(ts_type = "string[]")]
    pub refs: Vec<RefHex>,
    /// Where the next call starts; none at the end.
    pub next: Option<u32>,
}

/// Those of the revisions from the position `from` on whose ref begins with `digits`, at most `most`. Looks at
/// some 262,144 revisions a call.
#[napi(catch_unwind)]
pub fn refs_starting_with(
    db: &External<Database>,
    digits: String,
    from: u32,
    most: u32,
) -> Result<AbbreviatedRefs, Code> {
    guard(move || {
        db.engine(|engine| {
            let Abbreviated { refs, next } =
                engine.refs_starting_with(digits.as_bytes(), from, most as usize)?;
            Ok(AbbreviatedRefs { refs: refs.into_iter().map(RefHex).collect(), next })
        })
    })
}

/// The direct ancestors of a revision, in order.
#[napi(catch_unwind, ts_return_type = "string[]")]
pub fn ancestors(
    db: &External<Database>,
    #[napi(ts_arg_type = "string")] reference: RefText,
) -> Result<Vec<RefHex>, Code> {
    guard(|| {
        db.engine(|engine| {
            let pos = position(engine, reference)?;
            Ok(engine.ancestors(pos).into_iter().map(RefHex).collect())
        })
    })
}

/// Those of the last 65,536 revisions that no other one names, the latest first, at most `most`.
#[napi(catch_unwind, ts_return_type = "string[]")]
pub fn recent_tips(db: &External<Database>, most: u32) -> Result<Vec<RefHex>, Code> {
    guard(|| {
        db.engine(|engine| {
            let graph = engine.graph();
            let mut recent = db.recent_tips().lock().unwrap_or_else(PoisonError::into_inner);
            let tips = recent.of(&graph, most as usize);
            Ok(tips.into_iter().map(|pos| RefHex(*graph.ref_at(pos))).collect())
        })
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

/// A JSON array under way.
pub(super) struct Rows {
    env: sys::napi_env,
    /// Behind a space.
    text: Vec<u8>,
    count: u32,
    places: Vec<u32>,
    bytes: Vec<Result<sys::napi_value>>,
    /// Whether there was memory for all of it.
    fits: histo_core::Result<()>,
}

impl Rows {
    pub(super) fn new(env: sys::napi_env) -> Self {
        Self {
            env,
            text: b" [".to_vec(),
            count: 0,
            places: Vec::new(),
            bytes: Vec::new(),
            fits: Ok(()),
        }
    }

    /// Whether another row may be added.
    pub(super) const fn has_room(&self) -> bool {
        self.text.len() < TEXT
    }

    /// Adds a row `{ ref, ancestors, data }`.
    pub(super) fn revision<'r, A: Iterator<Item = &'r Ref>>(
        &mut self,
        reference: &Ref,
        ancestors: A,
        kind: Kind,
        payload: &[u8],
    ) {
        self.begin(reference, ancestors);
        self.raw(b",\"data\":");
        self.data(kind, payload);
        self.raw(b"}");
        self.close();
    }

    /// Adds a row `{ ref, ancestors }`.
    fn header<'r, A: Iterator<Item = &'r Ref>>(&mut self, reference: &Ref, ancestors: A) {
        self.begin(reference, ancestors);
        self.raw(b"}");
        self.close();
    }

    fn begin<'r, A: Iterator<Item = &'r Ref>>(&mut self, reference: &Ref, ancestors: A) {
        self.open();
        self.raw(b"{\"ref\":\"");
        self.raw(&reference.to_hex());
        self.raw(b"\",\"ancestors\":[");
        for (number, ancestor) in ancestors.enumerate() {
            self.raw(if number == 0 { b"\"" } else { b",\"" });
            self.raw(&ancestor.to_hex());
            self.raw(b"\"");
        }
        self.raw(b"]");
    }

    fn open(&mut self) {
        if self.count > 0 {
            self.text.push(b',');
        }
    }

    fn raw(&mut self, text: &[u8]) {
        self.text.extend_from_slice(text);
    }

    fn data(&mut self, kind: Kind, payload: &[u8]) {
        let refused = room(payload.len()).and_then(|()| grow(&mut self.text, payload.len()));
        if refused.is_err() {
            self.fits = refused;
        }
        if self.fits.is_err() {
            return;
        }
        match kind {
            Kind::Json => self.raw(payload),
            Kind::Bytes => {
                self.raw(b"null");
                self.places.push(self.count);
                self.bytes.push(values::bytes(self.env, payload));
            }
        }
    }

    fn close(&mut self) {
        self.count += 1;
    }

    pub(super) fn finish(mut self) -> histo_core::Result<Answer> {
        self.fits?;
        self.text.push(b']');
        room(self.text.len())?;
        let array = self.text.get(1..).unwrap_or_default();
        let text = if keys::is_to_be_marked(array) { &self.text } else { array };
        let text = values::string(self.env, text).map(Made).map_err(from_napi)?;
        let bytes: Result<_> = self.bytes.into_iter().map(|made| made.map(Made)).collect();
        Ok(Answer { text, places: self.places, bytes: bytes.map_err(from_napi)? })
    }
}
