//! The bytes of what is stored, as `docs/format.md` specifies them: one file a kind of value.

pub(crate) mod chunk;
pub(crate) mod gc_marks;
pub(crate) mod gone;
pub(crate) mod record;
pub(crate) mod tombstone;
pub(crate) mod varint;
