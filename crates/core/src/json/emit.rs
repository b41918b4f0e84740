//! Writing spans in canonical order.
//!
//! Walks over the objects that are out of order, on its own stack. Copies each byte once, however deeply the
//! objects are nested.

use super::members::{Member, Members, Span};
use std::slice;

/// An object being written: the rest of its members, and what follows the last of them.
struct OpenObject<'a> {
    members: slice::Iter<'a, Member>,
    rest: Span,
}

/// Appends `source` to `out`, which has room for it, with the members of each object in canonical order.
pub(super) fn emit(source: &[u8], members: &Members, out: &mut Vec<u8>) {
    let mut open: Vec<OpenObject<'_>> = Vec::new();
    let mut span = Span { start: 0, end: source.len(), first_object: 0 };
    loop {
        if let Some(mut object) = descend(source, members, &span, out) {
            let Some(first) = object.members.next() else {
                return;
            };
            open.push(object);
            span = first.into();
        } else {
            let Some(object) = open.last_mut() else {
                return;
            };
            if let Some(member) = object.members.next() {
                out.push(b',');
                span = member.into();
            } else {
                span = object.rest.clone();
                open.pop();
            }
        }
    }
}

/// Writes `span` up to and including the brace of its first object that is out of order, and returns that
/// object. If all is in order, writes all and returns `None`.
fn descend<'a>(
    source: &[u8],
    members: &'a Members,
    span: &Span,
    out: &mut Vec<u8>,
) -> Option<OpenObject<'a>> {
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
    Some(OpenObject { members: members.of(object).iter(), rest })
}
