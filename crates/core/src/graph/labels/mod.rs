//! Labels: what tells of most pairs at once whether one revision reaches the other.
//!
//! Holds what all snapshots of an index share: the labels, and when it is worth making more. They are
//! never stored. Long walks pay for them: once walks have visited as many positions without labels as
//! there are positions, the one under way makes labels, in the steps of its budget. So labels never
//! cost more than what was done without them.

mod build;
mod guide;
mod label;
mod labelling;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

pub(in crate::graph) use guide::Guide;
pub(in crate::graph) use label::{Label, Labels, Verdict};

use build::Build;

use crate::graph::index::columns::Graph;
use crate::graph::walks::step::Step;

/// What the snapshots of an index know together.
#[derive(Default)]
pub(in crate::graph) struct Reach {
    labels: RwLock<Option<Arc<Labels>>>,
    /// Visits of walks to positions without labels, since labels were made.
    missed_visits: AtomicU64,
    /// A walk is making labels.
    building: AtomicBool,
}

impl Reach {
    /// Returns the labels, if there are any: of a part of a snapshot, or of more than it holds.
    pub(in crate::graph) fn labels(&self) -> Option<Arc<Labels>> {
        self.labels.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Bytes that the labels hold.
    pub(in crate::graph) fn bytes(&self) -> usize {
        self.labels().map_or(0, |labels| labels.bytes())
    }

    /// Counts visits that labels would have spared; returns the making of more labels where that is
    /// now worth its cost.
    fn note(self: &Arc<Self>, graph: &Graph, missed_visits: u64) -> Option<Build> {
        let missed = self.missed_visits.fetch_add(missed_visits, Ordering::Relaxed) + missed_visits;
        let labelled = self.labels().map_or(0, |labels| labels.len());
        if missed < u64::from(graph.len()) || labelled >= graph.len() {
            return None;
        }
        self.build(graph)
    }

    /// Begins to make labels, unless a walk does so.
    fn build(self: &Arc<Self>, graph: &Graph) -> Option<Build> {
        let is_free = !self.building.swap(true, Ordering::Relaxed);
        is_free.then(|| Build::new(Site(Arc::clone(self)), graph))
    }

    fn publish(&self, labels: Arc<Labels>) {
        *self.labels.write().unwrap_or_else(PoisonError::into_inner) = Some(labels);
        self.missed_visits.store(0, Ordering::Relaxed);
    }
}

/// The right to make labels, of one walk at a time; given back when it is dropped.
struct Site(Arc<Reach>);

impl Drop for Site {
    fn drop(&mut self) {
        self.0.building.store(false, Ordering::Relaxed);
    }
}

/// Makes labels of all revisions of `graph` now, unless a walk is doing so. Walks do so by themselves
/// where it pays; for tests and measurements.
pub fn label(graph: &Graph) {
    let Some(mut build) = graph.reach().build(graph) else {
        return;
    };
    let mut steps = u64::MAX;
    while matches!(build.run(graph, &mut steps), Step::Pending) {}
}
