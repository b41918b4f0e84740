//! The revisions found by a question.

use histo_core::Ref;
use histo_core::graph::{Difference, Graph, Pos, Step};

/// Positions in the order of the walk, and its graph.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) graph: Graph,
    pub(crate) at: Vec<Pos>,
}

impl Found {
    /// Returns the refs, starting at index `start`.
    pub(crate) fn refs(&self, start: usize) -> impl Iterator<Item = Ref> {
        let at = self.at.get(start..).unwrap_or_default();
        at.iter().map(|&pos| *self.graph.ref_at(pos))
    }
}

/// Continues a difference until all of it is found.
pub(crate) fn whole(
    mut walk: Difference,
    graph: Graph,
) -> impl FnMut(u64) -> histo_core::Result<Step<Found>> {
    let mut found = Found { graph, at: Vec::new() };
    move |budget| {
        let step = walk.run(&found.graph, budget, usize::MAX, &mut found.at)?;
        Ok(step.map(|()| std::mem::take(&mut found)))
    }
}
