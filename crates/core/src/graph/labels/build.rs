//! Build: making labels, as work of one walk.

use std::sync::Arc;

use super::label::Labels;
use super::labelling::Labelling;
use super::shared::Site;
use crate::graph::index::columns::Graph;
use crate::graph::walks::step::Step;

/// A build in progress.
pub(super) struct Build {
    site: Site,
    labelling: Labelling,
}

impl Build {
    /// Begins labels for all revisions of `graph`.
    pub(super) fn new(site: Site, graph: &Graph) -> Self {
        Self { site, labelling: Labelling::new(graph) }
    }

    /// Continues for at most `rest` steps, and subtracts those taken. Returns the labels, which all walks then
    /// share.
    pub(super) fn run(&mut self, graph: &Graph, rest: &mut u64) -> Step<Arc<Labels>> {
        let Step::Done(labels) = self.labelling.run(graph, rest) else {
            return Step::Pending;
        };
        let labels = Arc::new(Labels::new(labels));
        self.site.publish(Arc::clone(&labels));
        Step::Done(labels)
    }
}

/// Makes labels for all revisions of `graph` now, unless a walk is doing so. Walks do it themselves when it
/// pays; this is for tests and measurements.
pub fn label(graph: &Graph) {
    let Some(mut build) = graph.reach().claim().map(|site| Build::new(site, graph)) else {
        return;
    };
    let mut steps = u64::MAX;
    while matches!(build.run(graph, &mut steps), Step::Pending) {}
}
