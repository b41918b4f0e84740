//! Guide: the labels as one walk has them.
//!
//! A walk counts the visits here that labels would spare it and finds labels, or, where it is its turn, makes them meanwhile.

use std::sync::Arc;

use super::build::Build;
use super::label::Labels;
use super::toll::Toll;
use crate::graph::index::columns::Graph;
use crate::graph::index::pos::Pos;
use crate::graph::walks::step::Step;

/// Visits between two looks at whether labels are worth making.
const LOOK: u64 = 1024;

/// The labels that a walk has; none until there are some.
pub(in crate::graph) struct Guide {
    labels: Option<Arc<Labels>>,
    build: Option<Box<Build>>,
    /// What was not told yet.
    toll: Toll,
}

impl Guide {
    pub(in crate::graph) fn new(graph: &Graph) -> Self {
        Self { labels: graph.reach().labels(), build: None, toll: Toll::default() }
    }

    /// Returns the labels, if there are any. They may be newer ones later.
    pub(in crate::graph) fn labels(&self) -> Option<&Labels> {
        self.labels.as_deref()
    }

    /// Whether a position has no label.
    pub(in crate::graph) fn lacks(&self, pos: Pos) -> bool {
        self.labels().is_none_or(|labels| labels.len() <= pos.get())
    }

    /// Counts visits of the walk that labels would have spared it.
    pub(in crate::graph) fn note(&mut self, graph: &Graph, toll: Toll) {
        self.toll += toll;
        if self.toll.visits() < LOOK {
            return;
        }
        let toll = std::mem::take(&mut self.toll);
        if self.build.is_none() {
            self.build = graph.reach().note(graph, toll).map(Box::new);
        }
        if self.labels().is_none_or(|labels| !labels.is_ranked()) {
            self.labels = graph.reach().labels();
        }
    }

    /// Makes labels, where it is this walk's turn, in at most `rest` steps, which are taken off it.
    pub(in crate::graph) fn build(&mut self, graph: &Graph, rest: &mut u64) {
        if let Some(build) = &mut self.build
            && let Step::Done(labels) = build.run(graph, rest)
        {
            self.labels = Some(labels);
            self.build = None;
        }
    }
}
