//! Binary streams of revisions read as values.

use std::sync::Mutex;

use histo_core::revision::Kind;
use histo_core::sync::Batch;
use histo_core::sync::wire::{Name, Opener, Received};
use napi::bindgen_prelude::External;
use napi::{Env, Result};
use napi_derive::napi;

use super::wire::{WireFrame, limits, locked};
use crate::convert::guard::{Code, from_napi, guard};
use crate::convert::values::{self, Made};
use crate::database::Database;

/// A stream being read for JavaScript.
pub struct WireOpener(Mutex<Opener>);

/// Starts to read a stream as values. With `changes`, its texts may come as changes of earlier ones.
#[napi(catch_unwind)]
pub fn wire_opener(
    max_revision_bytes: f64,
    max_bytes: f64,
    changes: bool,
) -> Result<External<WireOpener>, Code> {
    guard(|| {
        let opener = Opener::new(limits(max_revision_bytes, max_bytes)).keeping_texts(changes);
        Ok(External::new(WireOpener(Mutex::new(opener))))
    })
}

/// Frees what a stream being read holds, some 3 MB and more, earlier than the garbage collector would.
#[napi(catch_unwind)]
pub fn free_opener(opener: &External<WireOpener>) -> Result<(), Code> {
    guard(|| {
        *locked(&opener.0) = Opener::new(limits(0.0, 0.0));
        Ok(())
    })
}

/// A revision of a stream.
#[napi(object, object_from_js = false)]
pub struct ReceivedItem {
    /// Its ref.
    #[napi(js_name = "ref", ts_type = "string")]
    pub reference: Made,
    /// Its direct ancestors, in order.
    #[napi(ts_type = "string[]")]
    pub ancestors: Vec<Made>,
    /// Canonical JSON text, or bytes; missing if they were erased.
    #[napi(ts_type = "string | Uint8Array")]
    pub payload: Option<Made>,
    /// The canonical JSON of its meta, if it has one.
    #[napi(ts_type = "string")]
    pub meta: Option<Made>,
}

/// Reads the next batch. Fails if data was erased.
#[napi(catch_unwind)]
pub fn open_wire(
    env: Env,
    opener: &External<WireOpener>,
    frame: &External<WireFrame>,
) -> Result<Vec<ReceivedItem>, Code> {
    guard(|| {
        let received = opened(opener, frame, None)?;
        let items =
            received.into_iter().map(|received| item(env, &received.whole()?).map_err(from_napi));
        items.collect()
    })
}

/// As `open_wire`, for a batch that is written afterwards; includes erased revisions. The batch is decoded only
/// once. With `bases`, its texts may come as changes of those in that database.
#[napi(catch_unwind)]
pub fn look_at_wire(
    env: Env,
    opener: &External<WireOpener>,
    frame: &External<WireFrame>,
    bases: Option<&External<Database>>,
) -> Result<Vec<ReceivedItem>, Code> {
    guard(|| {
        let received = opened(opener, frame, bases)?;
        let items = received.iter().map(|received| item(env, received).map_err(from_napi));
        let items = items.collect();
        frame.put_back(Batch::Received(received));
        items
    })
}

fn opened(
    opener: &WireOpener,
    frame: &WireFrame,
    bases: Option<&External<Database>>,
) -> histo_core::Result<Vec<Received>> {
    match frame.take()? {
        Batch::Framed(frame) => match bases {
            None => locked(&opener.0).open(frame),
            Some(db) => db.engine(|engine| {
                let mut lookup = |reference: &_, most| engine.base_text(reference, most);
                locked(&opener.0).open_to(frame, Some(&mut lookup))
            }),
        },
        Batch::Received(told) => Ok(told),
    }
}

fn item(env: Env, received: &Received) -> Result<ReceivedItem> {
    let meta = received.meta().map(|meta| values::string(env.raw(), meta.json())).transpose()?;
    let (ancestors, kind, payload, is_erased) = match received {
        Received::Computed(arrival) => {
            let ancestors = arrival.ancestors.iter().copied().map(Name::Ref).collect();
            (ancestors, arrival.kind, &arrival.payload, arrival.erased.is_some())
        }
        Received::Claimed(told) => (told.ancestors.clone(), told.kind, &told.payload, told.erased),
    };
    let ancestors: Vec<Name> = ancestors;
    let payload = match kind {
        _ if is_erased => None,
        Kind::Json => Some(values::string(env.raw(), payload)?),
        Kind::Bytes => Some(values::bytes(env.raw(), payload)?),
    };
    Ok(ReceivedItem {
        reference: text(env, &received.name())?,
        ancestors: ancestors.iter().map(|name| text(env, name)).collect::<Result<_>>()?,
        payload: payload.map(Made),
        meta: meta.map(Made),
    })
}

fn text(env: Env, name: &Name) -> Result<Made> {
    Ok(Made(match name {
        Name::Ref(reference) => values::string(env.raw(), &reference.to_hex())?,
        Name::Text(text) => values::string(env.raw(), text.as_bytes())?,
    }))
}
