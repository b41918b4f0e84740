//! The form that is hashed, and kinds of payloads.

use crate::Ref;
use std::borrow::Cow;

/// Bytes of the hashed form of a revision with up to six ancestors: up to this, nothing is allocated.
const USUAL_FORM: usize = 512;
/// Bytes of the hashed form without its ancestors: `{"ancestors":[` .. `],"bytes":"` .. `","meta":"` .. `"}`.
const FRAME: usize = 14 + 11 + 64 + 10 + 64 + 2;
/// Bytes of an ancestor in the hashed form: digits, quotes and a comma.
const ANCESTOR: usize = 64 + 3;

/// The text between the payload and the meta, in both forms.
pub(super) const META_KEY: &[u8] = b",\"meta\":";

/// Kind of a revision's payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Canonical JSON.
    Json,
    /// Binary data as it is.
    Bytes,
}

impl Kind {
    /// The text between the ancestors and the payload, in both forms.
    pub(super) const fn key(self) -> &'static [u8] {
        match self {
            Self::Json => b"],\"data\":",
            Self::Bytes => b"],\"bytes\":",
        }
    }
}

/// A revision as parsed from its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed<'t> {
    /// The direct ancestors, in order; any non-empty strings, without repetitions.
    pub ancestors: Vec<Cow<'t, str>>,
    /// Kind of the payload.
    pub kind: Kind,
    /// Canonical JSON, or binary data.
    pub payload: Cow<'t, [u8]>,
    /// The canonical JSON of the meta, if there is one: an object with members.
    pub meta: Option<&'t [u8]>,
}

/// Returns the BLAKE3-256 of a payload: of canonical JSON, or of binary data.
pub fn digest(payload: &[u8]) -> [u8; 32] {
    *blake3::hash(payload).as_bytes()
}

/// Returns the ref of a revision: the BLAKE3-256 of
/// `{"ancestors":["<ref>",..],"data":"<hex of the digest>"}`, or with `bytes` in place of `data`. If `meta`, the
/// digest of its meta, is given, `"meta":"<hex>"` is the last key.
pub fn ref_with_meta(
    ancestors: &[Ref],
    kind: Kind,
    digest: &[u8; 32],
    meta: Option<&[u8; 32]>,
) -> Ref {
    let digest = Ref::from_bytes(*digest).to_hex();
    let size = ancestors.len().saturating_mul(ANCESTOR).saturating_add(FRAME);
    let mut usual = [0; USUAL_FORM];
    let mut large = Vec::new();
    let form = if size <= USUAL_FORM {
        usual.as_mut_slice()
    } else {
        large.resize(size, 0);
        large.as_mut_slice()
    };
    let mut form = Form { form, used: 0 };
    form.push(b"{\"ancestors\":[");
    let mut separator: &[u8] = b"\"";
    for ancestor in ancestors {
        form.push(separator);
        form.push(&ancestor.to_hex());
        form.push(b"\"");
        separator = b",\"";
    }
    form.push(kind.key());
    form.push(b"\"");
    form.push(&digest);
    form.push(b"\"");
    if let Some(meta) = meta {
        form.push(META_KEY);
        form.push(b"\"");
        form.push(&Ref::from_bytes(*meta).to_hex());
        form.push(b"\"");
    }
    form.push(b"}");
    Ref::from_bytes(*blake3::hash(form.written()).as_bytes())
}

/// Returns the ref of a revision with this payload and this meta, both as they are hashed.
pub fn ref_of_content(ancestors: &[Ref], kind: Kind, payload: &[u8], meta: Option<&[u8]>) -> Ref {
    ref_with_meta(ancestors, kind, &digest(payload), meta.map(digest).as_ref())
}

/// A buffer of sufficient size that is being filled.
struct Form<'a> {
    form: &'a mut [u8],
    used: usize,
}

impl Form<'_> {
    fn push(&mut self, part: &[u8]) {
        let end = self.used.saturating_add(part.len());
        debug_assert!(end <= self.form.len(), "the form's size was computed too small");
        if let Some(room) = self.form.get_mut(self.used..end) {
            room.copy_from_slice(part);
            self.used = end;
        }
    }

    fn written(&self) -> &[u8] {
        self.form.get(..self.used).unwrap_or_default()
    }
}
