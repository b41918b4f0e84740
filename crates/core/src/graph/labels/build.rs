//! Build: the making of labels, as the work of one walk.

use std::sync::Arc;

use super::Site;
use super::label::Labels;
use super::labelling::Labelling;
use crate::graph::index::columns::Graph;
use crate::graph::walks::step::Step;

/// Work under way.
pub(super) struct Build {
    site: Site,
    labelling: Labelling,
}

impl Build {
    /// Makes labels of all revisions of `graph`.
    pub(super) fn new(site: Site, graph: &Graph) -> Self {
        Self { site, labelling: Labelling::new(graph) }
    }

    /// Goes on for at most `rest` steps, which are taken off it. Returns the labels, which all walks
    /// know from then on.
    pub(super) fn run(&mut self, graph: &Graph, rest: &mut u64) -> Step<Arc<Labels>> {
        let Step::Done(labels) = self.labelling.run(graph, rest) else {
            return Step::Pending;
        };
        let labels = Arc::new(Labels::new(labels));
        self.site.0.publish(Arc::clone(&labels));
        Step::Done(labels)
    }
}
