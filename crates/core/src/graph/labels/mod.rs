//! Reach: labels that tell of most pairs at once whether one reaches the other.
//!
//! Holds what all snapshots of an index share: the labels, and when it is worth making more. They are
//! never stored. Long walks pay for them: once walks have visited as many positions without labels as
//! there are positions, the one under way makes labels, in the steps of its budget; and ranks, once they
//! have visited some times as many of which labels did not tell. So neither ever costs more than what
//! was done without.

mod build;
mod guide;
mod label;
mod labelling;
mod order;
mod rank;
mod ranking;
mod toll;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

pub(in crate::graph) use guide::Guide;
pub(in crate::graph) use label::{Label, Labels, Sought, Verdict};
pub(in crate::graph) use toll::Toll;

use build::Build;

use crate::graph::index::columns::Graph;
use crate::graph::walks::step::Step;

/// What making ranks costs, in visits for each position.
const RANK: u64 = 4;

/// What the snapshots of an index know together.
#[derive(Default)]
pub(in crate::graph) struct Reach {
    labels: RwLock<Option<Arc<Labels>>>,
    /// Visits of walks to positions without labels, since labels were made.
    blind: AtomicU64,
    /// Visits of walks to positions of which labels without ranks did not tell, since then.
    astray: AtomicU64,
    /// A walk is making labels or ranks.
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

    /// Counts what visits cost that labels would have spared; returns the making of more of them where
    /// that is now worth its cost.
    fn note(self: &Arc<Self>, graph: &Graph, toll: Toll) -> Option<Build> {
        let blind = self.blind.fetch_add(toll.blind, Ordering::Relaxed) + toll.blind;
        let astray = self.astray.fetch_add(toll.astray, Ordering::Relaxed) + toll.astray;
        let labels = self.labels();
        let labelled = labels.as_deref().map_or(0, Labels::len);
        if blind >= u64::from(graph.len()) && labelled < graph.len() {
            let is_ranked = labels.is_some_and(|labels| labels.is_ranked());
            return self.build(|site| Build::labels(site, graph, is_ranked));
        }
        let labels = labels.filter(|labels| !labels.is_ranked() && labelled <= graph.len())?;
        if astray >= RANK * u64::from(labelled) {
            return self.build(|site| Build::ranks(site, labels));
        }
        None
    }

    /// Begins to make labels, if nobody else does.
    fn build(self: &Arc<Self>, begin: impl FnOnce(Site) -> Build) -> Option<Build> {
        let is_free = !self.building.swap(true, Ordering::Relaxed);
        is_free.then(|| begin(Site(Arc::clone(self))))
    }

    fn publish(&self, labels: Arc<Labels>) {
        *self.labels.write().unwrap_or_else(PoisonError::into_inner) = Some(labels);
        self.blind.store(0, Ordering::Relaxed);
        self.astray.store(0, Ordering::Relaxed);
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
    make(graph, graph.reach().build(|site| Build::labels(site, graph, false)));
}

/// Makes labels of all revisions of `graph` and ranks them, as `label` does.
pub fn rank(graph: &Graph) {
    make(graph, graph.reach().build(|site| Build::labels(site, graph, true)));
}

fn make(graph: &Graph, build: Option<Build>) {
    let Some(mut build) = build else {
        return;
    };
    let mut steps = u64::MAX;
    while matches!(build.run(graph, &mut steps), Step::Pending) {}
}
