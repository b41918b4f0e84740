//! Ancestry: whether one ref reaches another.
//!
//! Decides when the painted part is enough. Painting from the ancestor too avoids reading down to the roots:
//! whatever it reaches cannot lead to it.

use super::known::{Id, Known, TO};

/// Returns whether the second side reaches `ancestor`, the first side, once that is certain.
pub(super) fn is_ancestor(known: &Known, ancestor: Id) -> Option<bool> {
    if known.colours(ancestor) & TO != 0 {
        return Some(true);
    }
    (known.unread(TO) == 0).then_some(false)
}
