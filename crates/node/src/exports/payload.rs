//! Large data in pieces: read by the walkers, and copied to JavaScript a piece at a time.

use histo_core::Error;
use histo_core::graph::Step;
use histo_core::revision::Kind;
use napi::bindgen_prelude::{External, Uint8Array};
use napi::{Env, Result};
use napi_derive::napi;

use crate::convert::guard::{Code, guard};
use crate::convert::values::{Made, RefText};
use crate::database::{Database, engine_of};
use crate::questions::ask::{Withdrawal, ask_later};
use crate::questions::held::Held;
use crate::threads::walkers;

/// The handle that JavaScript has of data in memory.
pub type OpenPayload = Held<Vec<u8>>;

/// The data of a revision, in memory.
#[napi(object, object_from_js = false)]
pub struct PayloadInMemory {
    /// Its bytes.
    pub size: f64,
    /// Whether it is binary data; else it is JSON.
    pub is_binary: bool,
    /// For `pieceOfPayload`; must be ended.
    #[napi(ts_type = "ExternalObject<OpenPayload>")]
    pub payload: External<OpenPayload>,
}

/// Returns how many bytes the data of a revision has. Does not read it.
#[napi(catch_unwind)]
pub fn payload_size(
    db: &External<Database>,
    #[napi(ts_arg_type = "string")] reference: RefText,
) -> Result<f64, Code> {
    db.guarded(|engine| {
        let reference = reference.0.map_err(Error::NotFound)?;
        Ok(float(engine.payload_len(&reference)?))
    })
}

/// Reads the data of a revision into memory, checked, without holding this thread.
#[napi(catch_unwind, ts_return_type = "Promise<PayloadInMemory>")]
pub fn open_payload(
    env: Env,
    db: &External<Database>,
    #[napi(ts_arg_type = "string")] reference: RefText,
    end: Option<&External<Withdrawal>>,
) -> Result<Made, Code> {
    guard(|| {
        let reference = reference.0.map_err(Error::NotFound)?;
        let link = db.link();
        let work = move |_| Ok(Step::Done(engine_of(&link)?.owned_payload(&reference)?));
        let answer = |_, (kind, bytes): (Kind, Vec<u8>)| {
            let (size, is_binary) = (float(bytes.len()), kind == Kind::Bytes);
            Ok(PayloadInMemory { size, is_binary, payload: External::new(Held::new(bytes)) })
        };
        ask_later(env, end, walkers::send, work, answer)
    })
}

/// Copies bytes of open data, from byte `from` on, at most `count`.
#[napi(catch_unwind)]
pub fn piece_of_payload(
    payload: &External<OpenPayload>,
    from: f64,
    count: u32,
) -> Result<Uint8Array, Code> {
    guard(|| {
        payload.with(|bytes| {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "beyond the end there is nothing either way"
            )]
            let rest = bytes.get(from as usize..).unwrap_or_default();
            Ok(Uint8Array::new(rest.get(..count as usize).unwrap_or(rest).to_vec()))
        })
    })
}

/// Frees open data.
#[napi(catch_unwind)]
pub fn end_payload(payload: &External<OpenPayload>) -> Result<(), Code> {
    guard(|| {
        payload.end();
        Ok(())
    })
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
const fn float(bytes: usize) -> f64 {
    bytes as f64
}
