//! Ancestry: whether one ref reaches another.
//!
//! Holds when the painted part answers it. Painting from the ancestor too spares reading on to the
//! roots: whatever it reaches cannot lead to it.

use super::known::{Id, Known, TO};

/// Returns whether `ancestor`, the first side, is reached from the second, once that is certain.
pub(super) fn is_ancestor(known: &Known, ancestor: Id) -> Option<bool> {
    if known.colours(ancestor) & TO != 0 {
        return Some(true);
    }
    (known.unread(TO) == 0).then_some(false)
}
