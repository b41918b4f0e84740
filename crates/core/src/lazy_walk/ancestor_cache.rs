//! Ancestor cache: ancestors that were read once, for all walks of a database.
//!
//! Bounded: at most `capacity` revisions, and the refs that these name. A revision used since the clock last
//! passed it is spared once. A walk itself keeps what it has seen, so anything may be forgotten at any time.

use std::collections::VecDeque;
use std::sync::Arc;

use hashbrown::HashMap;

use crate::error::{Error, Result};

/// The ancestors of at most `capacity` revisions.
pub struct AncestorCache {
    capacity: usize,
    /// Every ref that is known or named, by its text.
    ids: HashMap<Arc<str>, u32>,
    slots: Vec<Slot>,
    free: Vec<u32>,
    /// The known revisions, those to be forgotten next first.
    clock: VecDeque<u32>,
}

struct Slot {
    text: Arc<str>,
    /// `None` if only others name it.
    ancestors: Option<Box<[u32]>>,
    /// Number of known revisions that name it.
    named: u32,
    used: bool,
}

impl AncestorCache {
    /// Creates one that remembers `capacity` revisions; 0 means none.
    pub fn new(capacity: usize) -> Self {
        Self {
            capacity,
            ids: HashMap::new(),
            slots: Vec::new(),
            free: Vec::new(),
            clock: VecDeque::new(),
        }
    }

    /// Returns how many revisions it remembers.
    pub fn len(&self) -> usize {
        self.clock.len()
    }

    /// Returns whether it remembers none.
    pub fn is_empty(&self) -> bool {
        self.clock.is_empty()
    }

    /// Returns whether the ancestors of `reference` are remembered.
    pub fn knows(&self, reference: &str) -> bool {
        self.ids.get(reference).is_some_and(|&id| self.slots[id as usize].ancestors.is_some())
    }

    /// Remembers the ancestors of a revision; replaces what was remembered of it.
    ///
    /// # Errors
    /// `HISTO_CORRUPT` if it is its own ancestor.
    pub fn learn<S: AsRef<str>>(&mut self, reference: &str, ancestors: &[S]) -> Result<()> {
        if ancestors.iter().any(|ancestor| ancestor.as_ref() == reference) {
            return Err(cycle_at(reference));
        }
        if self.capacity == 0 {
            return Ok(());
        }
        let id = self.slot(reference)?;
        let mut named = Vec::with_capacity(ancestors.len());
        for ancestor in ancestors {
            let ancestor = self.slot(ancestor.as_ref())?;
            self.slots[ancestor as usize].named += 1;
            named.push(ancestor);
        }
        match self.slots[id as usize].ancestors.replace(named.into()) {
            Some(before) => self.unname(&before),
            None => self.clock.push_back(id),
        }
        while self.clock.len() > self.capacity {
            self.forget_one();
        }
        Ok(())
    }

    /// Returns the ancestors of a revision, if they are remembered, and spares it for a while.
    pub(in crate::lazy_walk) fn ancestors(&mut self, reference: &str) -> Option<Vec<Arc<str>>> {
        let slot = &mut self.slots[*self.ids.get(reference)? as usize];
        let ancestors = slot.ancestors.as_ref()?;
        slot.used = true;
        let ancestors = ancestors.clone();
        Some(ancestors.iter().map(|&id| Arc::clone(&self.slots[id as usize].text)).collect())
    }

    /// Returns a text to keep: the remembered one, if there is one.
    pub(in crate::lazy_walk) fn text(&self, reference: &str) -> Arc<str> {
        let remembered = self.ids.get_key_value(reference);
        remembered.map_or_else(|| Arc::from(reference), |(text, _)| Arc::clone(text))
    }

    fn slot(&mut self, reference: &str) -> Result<u32> {
        if let Some(&id) = self.ids.get(reference) {
            return Ok(id);
        }
        let text: Arc<str> = Arc::from(reference);
        let slot = Slot { text: Arc::clone(&text), ancestors: None, named: 0, used: false };
        let id = if let Some(id) = self.free.pop() {
            self.slots[id as usize] = slot;
            id
        } else {
            let id = number(self.slots.len())?;
            self.slots.push(slot);
            id
        };
        self.ids.insert(text, id);
        Ok(id)
    }

    /// Forgets the first revision that was not used since the clock last passed it.
    fn forget_one(&mut self) {
        while let Some(id) = self.clock.pop_front() {
            let slot = &mut self.slots[id as usize];
            if std::mem::take(&mut slot.used) {
                self.clock.push_back(id);
                continue;
            }
            let ancestors = slot.ancestors.take().unwrap_or_default();
            self.unname(&ancestors);
            self.release(id);
            return;
        }
    }

    fn unname(&mut self, ancestors: &[u32]) {
        for &id in ancestors {
            self.slots[id as usize].named -= 1;
            self.release(id);
        }
    }

    /// Frees a slot that is neither known nor named, unless it is free already.
    fn release(&mut self, id: u32) {
        let slot = &self.slots[id as usize];
        if slot.ancestors.is_none() && slot.named == 0 && self.ids.remove(&slot.text).is_some() {
            self.free.push(id);
        }
    }
}

/// Returns the error for a ref that is its own ancestor.
pub(in crate::lazy_walk) fn cycle_at(reference: &str) -> Error {
    Error::Corrupt {
        message: format!("the store's revisions form a cycle through this one: {reference}"),
        subject: Some(reference.to_owned()),
    }
}

/// Returns the next number when `len` are taken.
pub(in crate::lazy_walk) fn number(len: usize) -> Result<u32> {
    u32::try_from(len).map_err(|_| Error::too_large("more than 2^32 revisions in one walk"))
}
