//! Merge bases: the best common ancestors of two refs.
//!
//! Decides when the painted part is enough. A further base is reached from both sides by paths without common
//! ancestors above it, and an unknown path contains an unread revision of its side. So while one side has such
//! a revision and the other side has anything of its own, there may be one. A candidate stays a base unless
//! something unread leads to it. A single candidate reaches all known common ancestors; of several, each must
//! reach all unread ones.

use std::sync::Arc;

use super::certain::{Due, is_certain};
use super::known::{BOTH, FROM, Known, TO};
use crate::error::Result;

/// Whether there may be an answer, by a quick check.
pub(super) fn may_answer(known: &Known, due: &Due) -> bool {
    let may_meet = |side, other| known.unread(side) > 0 && known.painted(other) > 0;
    let is_early = known.painted(BOTH) > 1 && due.is_early(known);
    !may_meet(FROM, TO) && !may_meet(TO, FROM) && !is_early
}

/// Returns all merge bases, ascending by UTF-16 code units, once they are certain.
///
/// # Errors
/// `HISTO_CORRUPT` for a cycle.
pub(super) fn merge_bases(known: &Known, due: &mut Due) -> Result<Option<Vec<Arc<str>>>> {
    if !may_answer(known, due) {
        return Ok(None);
    }
    let is_candidate = |id| known.colours(id) == BOTH;
    if known.painted(BOTH) > 1 && !is_certain(known, due, is_candidate)? {
        return Ok(None);
    }
    let candidates = known.ids().filter(|&id| is_candidate(id));
    let mut bases: Vec<_> = candidates.map(|id| Arc::clone(known.text(id))).collect();
    bases.sort_unstable_by(|a, b| a.encode_utf16().cmp(b.encode_utf16()));
    Ok(Some(bases))
}
