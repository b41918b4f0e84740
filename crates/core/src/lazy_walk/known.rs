//! Known: the part of a history that a walk knows, painted by the sides that reach it.
//!
//! Holds refs, links, colours and their counts. A revision is named first and read later. Whatever is painted
//! passes its colours to its ancestors at once, also to those read long ago, so that the colours always follow
//! from the known links. Each revision changes its colours at most three times, so painting costs three visits
//! a link over a whole walk.

use std::sync::Arc;

use hashbrown::HashMap;

use crate::error::Result;
use crate::lazy_walk::ancestor_cache::number;

/// A revision's number within one walk, in the order in which it was named.
pub(super) type Id = u32;

/// The sides that reach a revision, as bits.
pub(super) type Colours = u8;

/// Reached from the first side. On its own: not from the second, as far as is known.
pub(super) const FROM: Colours = 1;
/// Reached from the second side.
pub(super) const TO: Colours = 2;
/// Reached from both: a common ancestor, permanently.
pub(super) const BOTH: Colours = FROM | TO;
/// Below a common ancestor. Never without `BOTH`.
pub(super) const BELOW: Colours = 4;

const STATES: usize = 8;

/// The painted part of a history.
#[derive(Default)]
pub(super) struct Known {
    ids: HashMap<Arc<str>, Id>,
    nodes: Vec<Node>,
    /// The parents of all nodes that were read, in one run for each node.
    links: Vec<Id>,
    /// Number of nodes with each combination of colours.
    painted: [usize; STATES],
    /// Number of these that were not read.
    unread: [usize; STATES],
    /// Nodes waiting to be painted; empty between calls.
    stack: Vec<(Id, Colours)>,
}

struct Node {
    text: Arc<str>,
    /// Where its parents start in `links`.
    start: usize,
    /// Number of its parents.
    len: u32,
    colours: Colours,
    read: bool,
}

impl Known {
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(super) fn find(&self, text: &str) -> Option<Id> {
        self.ids.get(text).copied()
    }

    pub(super) fn text(&self, id: Id) -> &Arc<str> {
        &self.nodes[id as usize].text
    }

    pub(super) fn colours(&self, id: Id) -> Colours {
        self.nodes[id as usize].colours
    }

    pub(super) fn is_read(&self, id: Id) -> bool {
        self.nodes[id as usize].read
    }

    /// Returns the parents of a revision, in order; none before it was read.
    pub(super) fn parents(&self, id: Id) -> &[Id] {
        let node = &self.nodes[id as usize];
        &self.links[node.start..node.start + node.len as usize]
    }

    /// Returns all revisions that were named, in that order.
    pub(super) fn ids(&self) -> impl Iterator<Item = Id> + '_ {
        (0..).take(self.nodes.len())
    }

    /// Returns how many revisions have exactly these colours.
    pub(super) fn painted(&self, colours: Colours) -> usize {
        self.painted[colours as usize]
    }

    /// Returns how many unread revisions have exactly these colours.
    pub(super) fn unread(&self, colours: Colours) -> usize {
        self.unread[colours as usize]
    }

    /// Returns how many common ancestors were not read.
    pub(super) fn unread_common(&self) -> usize {
        self.unread(BOTH) + self.unread(BOTH | BELOW)
    }

    /// Returns the number of a ref, a new one if it was never named.
    ///
    /// # Errors
    /// `HISTO_TOO_LARGE` beyond 2^32 revisions.
    pub(super) fn name(&mut self, text: Arc<str>) -> Result<Id> {
        if let Some(id) = self.find(&text) {
            return Ok(id);
        }
        let id = number(self.nodes.len())?;
        self.ids.insert(Arc::clone(&text), id);
        self.nodes.push(Node { text, start: 0, len: 0, colours: 0, read: false });
        self.painted[0] += 1;
        self.unread[0] += 1;
        Ok(id)
    }

    /// Stores the parents of a revision and paints them. Revisions that were read already stay as they are.
    ///
    /// # Errors
    /// `HISTO_TOO_LARGE` beyond 2^32 parents.
    pub(super) fn read(&mut self, id: Id, parents: &[Id]) -> Result<()> {
        let len = number(parents.len())?;
        let node = &mut self.nodes[id as usize];
        if node.read {
            return Ok(());
        }
        (node.start, node.len, node.read) = (self.links.len(), len, true);
        self.links.extend_from_slice(parents);
        let colours = node.colours;
        self.unread[colours as usize] -= 1;
        self.pass_on(id, colours);
        self.spread();
        Ok(())
    }

    /// Adds `colours` to a revision and to all that it is known to reach.
    pub(super) fn paint(&mut self, id: Id, colours: Colours) {
        self.stack.push((id, colours));
        self.spread();
    }

    fn spread(&mut self) {
        while let Some((id, colours)) = self.stack.pop() {
            let node = &mut self.nodes[id as usize];
            let (before, after) = (node.colours, node.colours | colours);
            if before == after {
                continue;
            }
            node.colours = after;
            self.painted[before as usize] -= 1;
            self.painted[after as usize] += 1;
            if !node.read {
                self.unread[before as usize] -= 1;
                self.unread[after as usize] += 1;
            }
            self.pass_on(id, after);
        }
    }

    fn pass_on(&mut self, id: Id, colours: Colours) {
        let below = if colours & BOTH == BOTH { BELOW } else { 0 };
        let node = &self.nodes[id as usize];
        let parents = &self.links[node.start..node.start + node.len as usize];
        self.stack.extend(parents.iter().map(|&parent| (parent, colours | below)));
    }
}
