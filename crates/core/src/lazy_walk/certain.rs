//! Certainty: whether no ancestry of what was not read can lead to some revisions.
//!
//! Holds the test that both painted walks end with. An unread revision may have any ancestors but its
//! descendants. So it can lead to a questioned revision unless that one reaches it, and nothing that
//! is not yet named can: it would have to be reached through an unread revision.

use super::known::{BOTH, Id, Known};
use super::postorder::postorder;
use crate::error::Result;

/// Up to this many known revisions the test is made each time: it costs less than one read.
const TESTED_ALWAYS: usize = 1_024;
/// Above that it waits until the known part has grown by one in this many, so that the whole walk stays linear.
const GROWTH_SHARE: usize = 16;

/// When the test is due again: at how many known revisions.
#[derive(Default)]
pub(super) struct Due(usize);

impl Due {
    /// Whether `is_certain` would say no for want of what is known, without a look at it.
    pub(super) fn is_early(&self, known: &Known) -> bool {
        known.unread_common() > 0 && known.len() < self.0
    }
}

/// Returns whether every one of `questioned` reaches every common ancestor that was not read. May say no
/// where that is so, if the test is not due. Visits each link below `questioned` once for 64 unread.
///
/// # Errors
/// `HISTO_CORRUPT` if there is a cycle below `questioned`.
pub(super) fn is_certain(
    known: &Known,
    due: &mut Due,
    questioned: impl Fn(Id) -> bool,
) -> Result<bool> {
    if known.unread_common() == 0 {
        return Ok(true);
    }
    if due.is_early(known) {
        return Ok(false);
    }
    due.0 = known.len() + known.len().saturating_sub(TESTED_ALWAYS) / GROWTH_SHARE;
    let questioned: Vec<Id> = known.ids().filter(|&id| questioned(id)).collect();
    let order = postorder(known, questioned.iter().copied(), |_| true)?;
    let is_unread = |id: &Id| known.colours(*id) & BOTH == BOTH && !known.is_read(*id);
    let unread: Vec<Id> = order.iter().copied().filter(is_unread).collect();
    if unread.len() < known.unread_common() {
        return Ok(false);
    }
    let mut reached = vec![0_u64; known.len()];
    Ok(unread.chunks(64).all(|some| all_reach(known, &questioned, &order, some, &mut reached)))
}

/// Returns whether each of `questioned` reaches all of `some`, at most 64. `order` is what they reach,
/// ancestors first; `reached` is room for a bit of each of `some` for each known revision.
fn all_reach(
    known: &Known,
    questioned: &[Id],
    order: &[Id],
    some: &[Id],
    reached: &mut [u64],
) -> bool {
    reached.fill(0);
    let mut all = 0;
    for (number, &id) in some.iter().enumerate() {
        reached[id as usize] = 1 << number;
        all |= 1 << number;
    }
    for &id in order {
        let own = reached[id as usize];
        let through = known.parents(id).iter().map(|&parent| reached[parent as usize]);
        reached[id as usize] = through.fold(own, |bits, more| bits | more);
    }
    questioned.iter().all(|&id| reached[id as usize] == all)
}
