//! Accepting revisions in any order: each is released once its ancestors are known.
//!
//! Holds waiting revisions, bounded in bytes; knows no store. Iterative: a chain that waits in reverse order is
//! released in time linear in its length.

use hashbrown::{HashMap, HashSet};

use crate::write::Arrival;
use crate::{Error, Ref, Result};

/// Bytes of a waiting revision besides its payload, for maps and its own fields, rounded up.
const OVERHEAD: u64 = 256;

/// Revisions that wait for ancestors.
#[derive(Debug)]
pub struct ReorderBuffer {
    /// Waiting revisions, each with the number of ancestors that it still lacks.
    waiting: HashMap<Ref, (Arrival, usize)>,
    /// For each unknown revision, those that wait for it.
    waiters: HashMap<Ref, Vec<Ref>>,
    bytes: u64,
    limit: u64,
}

impl ReorderBuffer {
    /// Starts empty; at most `limit` bytes may wait.
    pub fn new(limit: u64) -> Self {
        Self { waiting: HashMap::new(), waiters: HashMap::new(), bytes: 0, limit }
    }

    /// Accepts revisions; returns those that can be written now, ancestors first.
    ///
    /// A known revision is released too: the store may have it damaged, and writes it again. `known` must know
    /// all that an earlier call returned before the next call.
    ///
    /// # Errors
    /// `TooLarge` if more would wait than the limit allows.
    pub fn add<K: Fn(&Ref) -> Result<bool>>(
        &mut self,
        arrivals: Vec<Arrival>,
        known: K,
    ) -> Result<Vec<Arrival>> {
        let mut ready = Vec::with_capacity(arrivals.len());
        let mut passed = HashSet::new();
        for arrival in arrivals {
            if passed.contains(&arrival.reference) {
                continue;
            }
            let mut lacks = Vec::new();
            for ancestor in &arrival.ancestors {
                if !passed.contains(ancestor) && !known(ancestor)? {
                    lacks.push(*ancestor);
                }
            }
            if lacks.is_empty() {
                self.pass(arrival, &mut ready, &mut passed);
            } else {
                self.wait(arrival, lacks)?;
            }
        }
        Ok(ready)
    }

    /// Releases revisions whose ancestors became known in other ways; none may then be left waiting.
    ///
    /// # Errors
    /// `MissingAncestor`, naming one that never came.
    pub fn finish<K: Fn(&Ref) -> Result<bool>>(&mut self, known: K) -> Result<Vec<Arrival>> {
        if self.waiting.is_empty() {
            return Ok(Vec::new());
        }
        self.waiters.clear();
        self.bytes = 0;
        let again = self.waiting.drain().map(|(_, (arrival, _))| arrival).collect();
        let ready = self.add(again, known)?;
        let missing = self.waiters.keys().filter(|r| !self.waiting.contains_key(*r)).min();
        match missing {
            Some(missing) => Err(Error::MissingAncestor(missing.to_string())),
            None => Ok(ready),
        }
    }

    fn wait(&mut self, arrival: Arrival, lacks: Vec<Ref>) -> Result<()> {
        let reference = arrival.reference;
        if self.waiting.contains_key(&reference) {
            return Ok(());
        }
        self.bytes = self.bytes.saturating_add(cost(&arrival));
        if self.bytes > self.limit {
            return Err(Error::too_large(format!(
                "revisions of {} bytes wait for ancestors, over the limit of {} bytes",
                self.bytes, self.limit
            )));
        }
        self.waiting.insert(reference, (arrival, lacks.len()));
        for ancestor in lacks {
            self.waiters.entry(ancestor).or_default().push(reference);
        }
        Ok(())
    }

    /// Releases a revision, and whatever waited only for it.
    fn pass(&mut self, first: Arrival, ready: &mut Vec<Arrival>, passed: &mut HashSet<Ref>) {
        let mut through = vec![first];
        while let Some(arrival) = through.pop() {
            for waiter in self.waiters.remove(&arrival.reference).unwrap_or_default() {
                let Some((_, lacks)) = self.waiting.get_mut(&waiter) else {
                    continue;
                };
                *lacks -= 1;
                if *lacks == 0
                    && let Some((waited, _)) = self.waiting.remove(&waiter)
                {
                    self.bytes = self.bytes.saturating_sub(cost(&waited));
                    through.push(waited);
                }
            }
            passed.insert(arrival.reference);
            ready.push(arrival);
        }
    }
}

fn cost(arrival: &Arrival) -> u64 {
    let meta = arrival.meta.as_ref().map_or(0, |meta| meta.json().len() as u64);
    meta + arrival.payload.len() as u64 + arrival.ancestors.len() as u64 * 96 + OVERHEAD
}
