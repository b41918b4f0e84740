//! Postorder of what a walk knows: each revision after all of its ancestors.

use super::known::{Id, Known};
use crate::error::Result;
use crate::lazy_walk::ancestor_cache::cycle_at;
use crate::postorder;

/// Returns what `starts` reach through revisions that `follow` accepts, ancestors first.
///
/// # Errors
/// `HISTO_CORRUPT`, naming a ref on it, if there is a cycle.
pub(super) fn postorder(
    known: &Known,
    starts: impl IntoIterator<Item = Id>,
    follow: impl Fn(Id) -> bool,
) -> Result<Vec<Id>> {
    postorder::postorder(known.len(), |id| known.parents(id), starts, follow)
        .map_err(|id| cycle_at(known.text(id)))
}
