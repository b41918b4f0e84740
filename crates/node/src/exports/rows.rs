//! Many revisions for JavaScript: one JSON array text, and separately the bytes that JSON cannot express.

use histo_core::revision::Kind;
use histo_core::{Ref, grow, room};
use napi::{Result, sys};
use napi_derive::napi;

use super::keys;
use crate::convert::guard::from_napi;
use crate::convert::values::{self, Made};

/// At most this many bytes of text at once: strings end at 512 MiB, and memory is shared.
const TEXT: usize = 64 << 20;

/// Revisions as one JSON array text, with `null` in place of bytes.
#[napi(object, object_from_js = false)]
pub struct Answer {
    /// The array.
    #[napi(ts_type = "string")]
    pub text: Made,
    /// The indices where bytes belong.
    pub places: Vec<u32>,
    /// The bytes, in the same order.
    #[napi(ts_type = "Uint8Array[]")]
    pub bytes: Vec<Made>,
}

/// A JSON array being made.
pub(super) struct Rows {
    env: sys::napi_env,
    /// Begins with a space.
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

    /// Number of its rows.
    pub(super) const fn count(&self) -> usize {
        self.count as usize
    }

    /// Adds a row `{ ref, ancestors, data, meta? }`.
    pub(super) fn revision<'r, A: Iterator<Item = &'r Ref>>(
        &mut self,
        reference: &Ref,
        ancestors: A,
        (kind, payload): (Kind, &[u8]),
        meta: Option<&[u8]>,
    ) {
        self.begin(reference, ancestors);
        self.raw(b",\"data\":");
        self.data(kind, payload);
        self.end(meta);
    }

    /// Adds a row `{ ref, ancestors, meta? }`.
    pub(super) fn header<'r, A: Iterator<Item = &'r Ref>>(
        &mut self,
        reference: &Ref,
        ancestors: A,
        meta: Option<&[u8]>,
    ) {
        self.begin(reference, ancestors);
        self.end(meta);
    }

    fn end(&mut self, meta: Option<&[u8]>) {
        if let Some(meta) = meta {
            self.raw(b",\"meta\":");
            self.raw(meta);
        }
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

    pub(super) fn open(&mut self) {
        if self.count > 0 {
            self.text.push(b',');
        }
    }

    fn raw(&mut self, text: &[u8]) {
        self.text.extend_from_slice(text);
    }

    pub(super) fn data(&mut self, kind: Kind, payload: &[u8]) {
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

    pub(super) fn close(&mut self) {
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
