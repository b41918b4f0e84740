//! Many revisions for JavaScript: JSON array texts, and separately the bytes that JSON cannot express.
//!
//! Data alone go out in pieces: V8 gives a longer string pages of its own, and getting these from the system takes a sixth
//! of the time of parsing.
//!
//! Revisions go out by columns, since one array of strings is parsed in a tenth of the time of objects: `[[data],
//! [refs], [links], [metas], rows]`. The refs are those of the rows, and behind them those of ancestors that are not near.
//! A row has the one ancestor whose ref comes next, unless the links say otherwise: the number of the row, of
//! its ancestors, and where the ref of each is. There are no data for headers, and no metas where no row has one.

use histo_core::revision::Kind;
use histo_core::{Ref, grow, room};
use napi::{Env, Result, sys};
use napi_derive::napi;

use super::keys;
use crate::convert::guard::from_napi;
use crate::convert::values::{self, Made};

/// At most this many bytes of text at once: strings end at 512 MiB, and memory is shared.
const TEXT: usize = 64 << 20;

/// A piece of data ends once it has this many bytes. V8 gives longer strings than 128 KiB pages of their own.
const PIECE: usize = 96 << 10;

/// The ref of an ancestor is looked for so many rows before and behind its descendant.
const NEAR: usize = 8;

/// The data of many revisions, as JSON array texts with `null` in place of bytes. One text without bytes is returned by
/// itself.
#[napi(object, object_from_js = false)]
pub struct ManyData {
    /// The arrays, at least one; their values belong one behind the other.
    #[napi(ts_type = "string[]")]
    pub texts: Vec<Made>,
    /// The indices where bytes belong.
    pub places: Vec<u32>,
    /// The bytes, in the same order.
    #[napi(ts_type = "Uint8Array[]")]
    pub bytes: Vec<Made>,
}

/// Columns of revisions as one JSON array text, with `null` in place of bytes.
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

/// JSON arrays of data being made.
pub(super) struct Values {
    env: sys::napi_env,
    /// The last array. Begins with a space.
    text: Vec<u8>,
    /// Those before it, and their bytes.
    texts: Vec<Made>,
    length: usize,
    count: u32,
    places: Vec<u32>,
    bytes: Vec<Result<sys::napi_value>>,
    /// Whether there was memory for all of it.
    fits: histo_core::Result<()>,
}

impl Values {
    pub(super) fn new(env: sys::napi_env) -> Self {
        Self::after(env, b" [")
    }

    fn after(env: sys::napi_env, start: &[u8]) -> Self {
        Self {
            env,
            text: start.to_vec(),
            texts: Vec::new(),
            length: 0,
            count: 0,
            places: Vec::new(),
            bytes: Vec::new(),
            fits: Ok(()),
        }
    }

    /// Whether another one may be added.
    pub(super) const fn has_room(&self) -> bool {
        self.length + self.text.len() < TEXT
    }

    /// Adds the data of a revision.
    pub(super) fn push(&mut self, kind: Kind, payload: &[u8]) {
        let refused = room(payload.len()).and_then(|()| grow(&mut self.text, payload.len() + 1));
        if refused.is_err() {
            self.fits = refused;
        }
        if self.fits.is_err() {
            return;
        }
        if !self.text.ends_with(b"[") {
            self.text.push(b',');
        }
        match kind {
            Kind::Json => self.text.extend_from_slice(payload),
            Kind::Bytes => {
                self.text.extend_from_slice(b"null");
                self.places.push(self.count);
                self.bytes.push(values::bytes(self.env, payload));
            }
        }
        self.count += 1;
    }

    /// As `push`, and begins another array once this one is long.
    pub(super) fn push_in_pieces(&mut self, kind: Kind, payload: &[u8]) {
        self.push(kind, payload);
        if self.text.len() < PIECE || self.fits.is_err() {
            return;
        }
        match self.end() {
            Ok(text) => self.texts.push(text),
            Err(error) => self.fits = Err(error),
        }
        self.length += self.text.len();
        self.text.clear();
        self.text.extend_from_slice(b" [");
    }

    /// Ends the last array and returns it.
    fn end(&mut self) -> histo_core::Result<Made> {
        self.text.push(b']');
        room(self.text.len())?;
        let array = self.text.get(1..).unwrap_or_default();
        let text = if keys::is_to_be_marked(array) { &self.text } else { array };
        values::string(self.env, text).map(Made).map_err(from_napi)
    }

    /// Returns all of them: a string, if that is all.
    pub(super) fn finish_pieces(mut self, env: Env) -> histo_core::Result<Made> {
        let mut texts = std::mem::take(&mut self.texts);
        let Answer { text, places, bytes } = self.finish()?;
        if texts.is_empty() && places.is_empty() {
            return Ok(text);
        }
        texts.push(text);
        Made::of(env, ManyData { texts, places, bytes })
    }

    pub(super) fn finish(mut self) -> histo_core::Result<Answer> {
        std::mem::replace(&mut self.fits, Ok(()))?;
        let text = self.end()?;
        let bytes: Result<_> = self.bytes.into_iter().map(|made| made.map(Made)).collect();
        Ok(Answer { text, places: self.places, bytes: bytes.map_err(from_napi)? })
    }
}

/// Columns of revisions being made.
pub(super) struct Rows {
    data: Values,
    refs: Vec<Ref>,
    /// Of all rows, one behind the other.
    ancestors: Vec<Ref>,
    /// Where those of each row end.
    ends: Vec<usize>,
    /// JSON values with commas between; none as long as no row has a meta.
    metas: Vec<u8>,
}

impl Rows {
    pub(super) fn new(env: sys::napi_env) -> Self {
        let data = Values::after(env, b" [[");
        let (refs, ancestors) = (Vec::new(), Vec::new());
        Self { data, refs, ancestors, ends: Vec::new(), metas: Vec::new() }
    }

    /// Whether another row may be added.
    pub(super) const fn has_room(&self) -> bool {
        self.data.text.len() + self.metas.len() < TEXT
    }

    /// Number of its rows.
    pub(super) const fn count(&self) -> usize {
        self.refs.len()
    }

    /// Adds a row `{ ref, ancestors, data, meta? }`.
    pub(super) fn revision<'r, A: Iterator<Item = &'r Ref>>(
        &mut self,
        reference: &Ref,
        ancestors: A,
        (kind, payload): (Kind, &[u8]),
        meta: Option<&[u8]>,
    ) {
        self.data.push(kind, payload);
        self.header(reference, ancestors, meta);
    }

    /// Adds a row `{ ref, ancestors, meta? }`.
    pub(super) fn header<'r, A: Iterator<Item = &'r Ref>>(
        &mut self,
        reference: &Ref,
        ancestors: A,
        meta: Option<&[u8]>,
    ) {
        if meta.is_some() && self.metas.is_empty() {
            self.metas = b"0,".repeat(self.refs.len());
        }
        if meta.is_some() || !self.metas.is_empty() {
            self.metas.extend_from_slice(meta.unwrap_or(b"0"));
            self.metas.push(b',');
        }
        self.refs.push(*reference);
        self.ancestors.extend(ancestors);
        self.ends.push(self.ancestors.len());
    }

    pub(super) fn finish(mut self) -> histo_core::Result<Answer> {
        let (links, apart) = self.links();
        self.metas.pop();
        let room_for = (self.refs.len() + apart.len()) * 67 + links.len() * 8 + self.metas.len();
        let text = &mut self.data.text;
        grow(text, room_for)?;
        text.extend_from_slice(b"],[");
        for (number, reference) in self.refs.iter().chain(&apart).enumerate() {
            text.extend_from_slice(if number == 0 { b"\"" } else { b",\"" });
            text.extend_from_slice(&reference.to_hex());
            text.push(b'"');
        }
        text.extend_from_slice(b"],[");
        for (number, link) in links.iter().enumerate() {
            if number > 0 {
                text.push(b',');
            }
            text.extend_from_slice(link.to_string().as_bytes());
        }
        text.extend_from_slice(b"],[");
        text.extend_from_slice(&self.metas);
        text.extend_from_slice(b"],");
        text.extend_from_slice(self.refs.len().to_string().as_bytes());
        self.data.finish()
    }

    /// The links, and the refs that stand behind those of the rows.
    fn links(&self) -> (Vec<usize>, Vec<Ref>) {
        let (mut links, mut apart) = (Vec::new(), Vec::new());
        let mut start = 0;
        for (row, &end) in self.ends.iter().enumerate() {
            let ancestors = self.ancestors.get(start..end).unwrap_or_default();
            start = end;
            let mut place_of = |ancestor: &Ref| {
                self.near(row, ancestor).unwrap_or_else(|| {
                    apart.push(*ancestor);
                    self.refs.len() + apart.len() - 1
                })
            };
            if let [only] = ancestors {
                let place = place_of(only);
                if place != row + 1 {
                    links.extend([row, 1, place]);
                }
            } else {
                links.extend([row, ancestors.len()]);
                links.extend(ancestors.iter().map(place_of));
            }
        }
        (links, apart)
    }

    /// The number of the row that is `ancestor`, if it is near `row`.
    fn near(&self, row: usize, ancestor: &Ref) -> Option<usize> {
        let next = row + 1;
        if self.refs.get(next) == Some(ancestor) {
            return Some(next);
        }
        let start = row.saturating_sub(NEAR);
        let window = self.refs.get(start..self.refs.len().min(next + NEAR))?;
        window.iter().position(|reference| reference == ancestor).map(|found| start + found)
    }
}
