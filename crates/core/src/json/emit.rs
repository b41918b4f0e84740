//! Writing spans in canonical order.
//!
//! Walks over the objects that are out of order, on its own stack. Copies each byte once, however deeply the
//! objects are nested.

use super::members::{Members, Span};
use std::ops::Range;

/// An object being written: the rest of its members, and what follows the last of them.
#[derive(Debug)]
pub(super) struct OpenObject {
    members: Range<usize>,
    rest: Span,
}

/// Appends `source` to `out`, which has room for it, with the members of each object in canonical order. `open` is a
/// reused buffer.
pub(super) fn emit(
    source: &[u8],
    members: &Members,
    open: &mut Vec<OpenObject>,
    out: &mut Vec<u8>,
) {
    open.clear();
    let mut span = Span { start: 0, end: source.len(), first_object: 0 };
    loop {
        if let Some(mut object) = descend(source, members, &span, out) {
            let Some(first) = members.next_of(&mut object.members) else {
                return;
            };
            open.push(object);
            span = first;
        } else {
            let Some(object) = open.last_mut() else {
                return;
            };
            if let Some(member) = members.next_of(&mut object.members) {
                out.push(b',');
                span = member;
            } else {
                span = object.rest.clone();
                open.pop();
            }
        }
    }
}

/// Writes `span` up to and including the brace of its first object that is out of order, and returns that
/// object. If all is in order, writes all and returns `None`.
fn descend(source: &[u8], members: &Members, span: &Span, out: &mut Vec<u8>) -> Option<OpenObject> {
    let objects = members.objects().get(span.first_object..).unwrap_or_default();
    let found = objects
        .iter()
        .take_while(|object| object.start < span.end)
        .find(|object| !object.members.is_empty());
    let Some(object) = found else {
        out.extend_from_slice(source.get(span.start..span.end).unwrap_or_default());
        return None;
    };
    out.extend_from_slice(source.get(span.start..=object.start).unwrap_or_default());
    let rest = Span { start: object.end, end: span.end, first_object: object.following };
    Some(OpenObject { members: object.members.clone(), rest })
}
