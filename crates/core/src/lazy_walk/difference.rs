//! Difference: what one of `to` reaches and none of `from` does.
//!
//! Decides when the painted part is enough. All that only `to` reaches must have been read, and nothing unread
//! may lead to it. A revision that only `from` reaches could lead to any of it, since none of it reaches that
//! revision. Of those that both reach, only ancestors of the lowest are harmless: the others are above the
//! lowest.

use std::sync::Arc;

use super::certain::{Due, is_certain};
use super::known::{FROM, Id, Known, TO};
use super::postorder::postorder;
use crate::error::Result;

/// Whether there may be an answer, by a quick check.
pub(super) fn may_answer(known: &Known, due: &Due) -> bool {
    let is_read = known.unread(TO) == 0 && known.unread(FROM) == 0;
    known.painted(TO) == 0 || (is_read && !due.is_early(known))
}

/// Returns the refs that one of `to` reaches and `from` does not, newest first, once that is certain. The order
/// depends on the links alone: lines of history stay together, those of later parents first.
///
/// # Errors
/// `HISTO_CORRUPT` for a cycle.
pub(super) fn difference(known: &Known, to: &[Id], due: &mut Due) -> Result<Option<Vec<Arc<str>>>> {
    if !may_answer(known, due) {
        return Ok(None);
    }
    let is_only_to = |id: Id| known.colours(id) == TO;
    if known.painted(TO) > 0 {
        let is_lowest =
            |id: Id| is_only_to(id) && !known.parents(id).iter().any(|&parent| is_only_to(parent));
        if !is_certain(known, due, is_lowest)? {
            return Ok(None);
        }
    }
    let order = postorder(known, to.iter().copied(), is_only_to)?;
    Ok(Some(order.into_iter().rev().map(|id| Arc::clone(known.text(id))).collect()))
}
