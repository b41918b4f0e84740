//! Recent tips: what was added last and nothing descends from.
//!
//! An interrupted transfer leaves revisions that no head names. They are the last that were added, so
//! that the next one finds where it stands without a list of all revisions.

use super::columns::Graph;
use super::pos::Pos;

/// Returns those of the last `window` revisions that no other one names, the latest first, at most
/// `most`. What was deleted neither counts nor names. Visits each of the window once; nothing before
/// it is looked at.
pub fn recent_tips(graph: &Graph, window: u32, most: usize) -> Vec<Pos> {
    let start = graph.len().saturating_sub(window);
    let mut named = vec![false; (graph.len() - start) as usize];
    let mut tips = Vec::new();
    for number in (start..graph.len()).rev() {
        let pos = Pos::new(number);
        if graph.dead().is_gone(pos) {
            continue;
        }
        if !named.get((number - start) as usize).copied().unwrap_or_default() {
            tips.push(pos);
            if tips.len() == most {
                break;
            }
        }
        for parent in graph.parents(pos) {
            let place = parent.get().checked_sub(start);
            if let Some(mark) = place.and_then(|place| named.get_mut(place as usize)) {
                *mark = true;
            }
        }
    }
    tips
}
