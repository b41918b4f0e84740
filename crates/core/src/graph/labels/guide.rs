//! Guide: the labels that one walk uses.
//!
//! A walk counts here the visits that labels would have saved. It finds labels, or makes them if that falls to
//! it.

use std::sync::Arc;

use super::build::Build;
use super::label::Labels;
use crate::graph::index::columns::Graph;
use crate::graph::index::pos::Pos;
use crate::graph::walks::step::Step;

/// Visits without a label between two reports to the shared count.
const REPORT_VISITS: u64 = 1024;

/// The labels of a walk; `None` until there are some.
pub(in crate::graph) struct Guide {
    labels: Option<Arc<Labels>>,
    build: Option<Box<Build>>,
    /// Visits without a label not reported yet.
    missed_visits: u64,
}

impl Guide {
    pub(in crate::graph) fn new(graph: &Graph) -> Self {
        Self { labels: graph.reach().labels(), build: None, missed_visits: 0 }
    }

    /// Returns the labels, if there are any. Later calls may return newer ones.
    pub(in crate::graph) fn labels(&self) -> Option<&Labels> {
        self.labels.as_deref()
    }

    /// Whether a position has no label.
    pub(in crate::graph) fn lacks(&self, pos: Pos) -> bool {
        self.labels().is_none_or(|labels| labels.len() <= pos.get())
    }

    /// Counts visits of the walk that labels would have saved.
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

    /// Makes labels, if this walk has claimed that, in at most `rest` steps; subtracts those taken.
    pub(in crate::graph) fn build(&mut self, graph: &Graph, rest: &mut u64) {
        if let Some(build) = &mut self.build
            && let Step::Done(labels) = build.run(graph, rest)
        {
            self.labels = Some(labels);
            self.build = None;
        }
    }
}
