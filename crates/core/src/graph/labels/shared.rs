//! Shared: what all snapshots of an index have in common: the labels, and when more are worth making.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use super::label::Labels;

/// The shared state of the snapshots of an index.
#[derive(Default)]
pub(in crate::graph) struct Reach {
    labels: RwLock<Option<Arc<Labels>>>,
    /// Visits of walks to positions without labels, since labels were last made.
    missed_visits: AtomicU64,
    /// Whether a walk is making labels.
    building: AtomicBool,
}

impl Reach {
    /// Returns the labels, if there are any. They may cover a part of a snapshot, or more than it.
    pub(in crate::graph) fn labels(&self) -> Option<Arc<Labels>> {
        self.labels.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Bytes of the labels.
    pub(in crate::graph) fn bytes(&self) -> usize {
        self.labels().map_or(0, |labels| labels.bytes())
    }

    /// Counts visits that labels would have saved in a graph of `len` revisions; returns whether more labels
    /// are now worth their cost.
    pub(super) fn note(&self, len: u32, visits: u64) -> bool {
        let missed = self.missed_visits.fetch_add(visits, Ordering::Relaxed) + visits;
        missed >= u64::from(len) && self.labels().map_or(0, |labels| labels.len()) < len
    }

    /// Returns the right to make labels, unless another walk has it.
    pub(super) fn claim(self: &Arc<Self>) -> Option<Site> {
        let is_free = !self.building.swap(true, Ordering::Relaxed);
        is_free.then(|| Site(Arc::clone(self)))
    }
}

/// The right to make labels, held by one walk at a time until dropped.
pub(super) struct Site(Arc<Reach>);

impl Site {
    /// Shares the labels with all walks.
    pub(super) fn publish(&self, labels: Arc<Labels>) {
        *self.0.labels.write().unwrap_or_else(PoisonError::into_inner) = Some(labels);
        self.0.missed_visits.store(0, Ordering::Relaxed);
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.0.building.store(false, Ordering::Relaxed);
    }
}
