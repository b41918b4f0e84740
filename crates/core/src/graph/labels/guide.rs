//! Guide: the labels as one walk has them.
//!
//! A walk counts the visits here that labels would spare it. It finds labels, or makes them if it is its turn.

use std::sync::Arc;

use super::build::Build;
use super::label::Labels;
use crate::graph::index::columns::Graph;
use crate::graph::index::pos::Pos;
use crate::graph::walks::step::Step;

/// Visits without a label between two reports to all walks.
const REPORT_VISITS: u64 = 1024;

/// The labels that a walk has; none until there are some.
pub(in crate::graph) struct Guide {
    labels: Option<Arc<Labels>>,
    build: Option<Box<Build>>,
    /// Visits without a label that were not reported yet.
    missed_visits: u64,
}

impl Guide {
    pub(in crate::graph) fn new(graph: &Graph) -> Self {
        Self { labels: graph.reach().labels(), build: None, missed_visits: 0 }
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
    pub(in crate::graph) fn note(&mut self, graph: &Graph, missed_visits: u64) {
        self.missed_visits += missed_visits;
        if self.missed_visits < REPORT_VISITS {
            return;
        }
        let missed_visits = std::mem::take(&mut self.missed_visits);
        if graph.reach().note(graph.len(), missed_visits) && self.build.is_none() {
            let site = graph.reach().claim();
            self.build = site.map(|site| Box::new(Build::new(site, graph)));
        }
        self.labels = graph.reach().labels();
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
