//! Postorder: what some revisions reach, each behind all of its ancestors.
//!
//! Holds the search with a stack of its own, which is also what finds cycles.

use super::known::{Id, Known};
use super::lineage::cycle_at;
use crate::error::Result;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    New,
    /// On the path from the start to where the search is.
    Open,
    Closed,
}

/// Returns what `starts` reach through revisions that `follow` accepts, ancestors first. The order
/// depends on the order of starts and parents, never on numbers. Visits each link once.
///
/// # Errors
/// `HISTO_CORRUPT`, naming a ref on it, if there is a cycle.
pub(super) fn postorder(
    known: &Known,
    starts: impl IntoIterator<Item = Id>,
    follow: impl Fn(Id) -> bool,
) -> Result<Vec<Id>> {
    let mut marks = vec![Mark::New; known.len()];
    let mut order = Vec::new();
    let mut path: Vec<(Id, usize)> = Vec::new();
    for start in starts {
        if marks[start as usize] != Mark::New || !follow(start) {
            continue;
        }
        marks[start as usize] = Mark::Open;
        path.push((start, 0));
        while let Some((id, next)) = path.last_mut() {
            let Some(&parent) = known.parents(*id).get(*next) else {
                marks[*id as usize] = Mark::Closed;
                order.push(*id);
                path.pop();
                continue;
            };
            *next += 1;
            match marks[parent as usize] {
                Mark::New if follow(parent) => {
                    marks[parent as usize] = Mark::Open;
                    path.push((parent, 0));
                }
                Mark::Open => return Err(cycle_at(known.text(parent))),
                Mark::New | Mark::Closed => {}
            }
        }
    }
    Ok(order)
}
