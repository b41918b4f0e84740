//! Certainty: whether unread revisions cannot lead to some revisions, whatever their ancestors are.
//!
//! Holds the test with which both painted walks end. An unread revision may have any ancestors except its
//! descendants. So it can lead to a questioned revision unless that one reaches it. A revision that is not yet
//! named cannot: it would have to be reached through an unread one.

use super::known::{BOTH, Id, Known};
use super::postorder::postorder;
use crate::error::Result;

/// With at most this many known revisions the test is always made: it costs less than one read.
const TESTED_ALWAYS: usize = 1_024;
/// With more, the test waits until the known part has grown by one in this many, so that the whole walk stays
/// linear.
const GROWTH_SHARE: usize = 16;

/// The number of known revisions at which the test is due again.
#[derive(Default)]
pub(super) struct Due(usize);

impl Due {
    /// Whether `is_certain` would return false because too little is known, without testing.
    pub(super) fn is_early(&self, known: &Known) -> bool {
        known.unread_common() > 0 && known.len() < self.0
    }
}

/// Returns whether every one of `questioned` reaches every unread common ancestor. May return false although it
/// is true, if the test is not due. Visits each link below `questioned` once for every 64 unread.
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
/// ancestors first. `reached` is a buffer with a bit for each of `some`, for each known revision.
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
