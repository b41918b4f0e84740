//! Build: the making of labels and of ranks, as the work of one walk.

use std::sync::Arc;

use super::Site;
use super::label::Labels;
use super::labelling::Labelling;
use super::ranking::Ranking;
use crate::graph::index::columns::Graph;
use crate::graph::walks::step::Step;

/// Work under way.
pub(super) struct Build {
    site: Site,
    work: Work,
}

enum Work {
    Labels { labelling: Labelling, ranks_after: bool },
    Ranks { labels: Arc<Labels>, ranking: Ranking },
}

impl Build {
    /// Makes labels of all revisions of `graph`, and then perhaps ranks.
    pub(super) fn labels(site: Site, graph: &Graph, ranks_after: bool) -> Self {
        Self { site, work: Work::Labels { labelling: Labelling::new(graph), ranks_after } }
    }

    /// Makes ranks of all that have labels.
    pub(super) fn ranks(site: Site, labels: Arc<Labels>) -> Self {
        let ranking = Ranking::new(labels.len());
        Self { site, work: Work::Ranks { labels, ranking } }
    }

    /// Goes on for at most `rest` steps, which are taken off it. Answers the labels, which all walks
    /// know from then on.
    pub(super) fn run(&mut self, graph: &Graph, rest: &mut u64) -> Step<Arc<Labels>> {
        if let Work::Labels { labelling, ranks_after } = &mut self.work {
            let Step::Done(labels) = labelling.run(graph, rest) else {
                return Step::Pending;
            };
            let labels = Arc::new(Labels::new(labels));
            if !*ranks_after {
                return Step::Done(self.publish(labels));
            }
            let ranking = Ranking::new(labels.len());
            self.work = Work::Ranks { labels, ranking };
        }
        if let Work::Ranks { labels, ranking } = &mut self.work
            && let Step::Done(ranks) = ranking.run(graph, labels, rest)
        {
            let labels = Arc::new(labels.with_ranks(ranks));
            return Step::Done(self.publish(labels));
        }
        Step::Pending
    }

    fn publish(&self, labels: Arc<Labels>) -> Arc<Labels> {
        self.site.0.publish(Arc::clone(&labels));
        labels
    }
}
