//! Missing: what some tips reach and somebody else does not know.
//!
//! Holds the walk that asks about each revision at most once and never looks below a known one.

use super::columns::Graph;
use super::frontier::{Colours, Frontier};
use super::pos::Pos;
use crate::error::Result;

/// Reached.
const REACHED: Colours = 1;

/// Returns what `tips` reach and `known` denies, ascending: ancestors first, as they have to be sent.
///
/// Whoever knows a revision knows its ancestors, so `known` is asked in descending order, at most
/// once for each position, and not for what stands behind known revisions only.
///
/// # Errors
/// `HISTO_INTERNAL` if a position lies beyond `graph`.
pub fn missing<K>(graph: &Graph, tips: &[Pos], mut known: K) -> Result<Vec<Pos>>
where
    K: FnMut(Pos) -> bool,
{
    graph.check(tips)?;
    let highest = tips.iter().max().copied();
    let mut frontier = Frontier::new(highest.unwrap_or(Pos::new(0)));
    for &tip in tips {
        frontier.paint(tip, REACHED);
    }
    let mut missing = Vec::new();
    while let Some((pos, _)) = frontier.pop() {
        if known(pos) {
            continue;
        }
        missing.push(pos);
        for parent in graph.parents(pos) {
            frontier.paint(parent, REACHED);
        }
    }
    missing.reverse();
    Ok(missing)
}
