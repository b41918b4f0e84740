//! A group of writes, decided before any of it is stored.
//!
//! Holds the revisions and heads that the group would make, on top of the existing graph and heads. A write
//! that fails leaves no trace in it. Never writes to a store, so the store may ask to have the whole group
//! decided again. Each write costs a hash and a few look-ups.

use hashbrown::HashMap;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::{
    Action, Arrival, Cause, Changes, Erasure, HEADS, Moves, Op, Outcome, Previous, Staged, Stored,
    head_key, remote_key,
};
use crate::graph::{Index, Loss, Pos};
use crate::revision::{Kind, Meta};
use crate::{Error, Ref, Result};

/// The callers and branches whose latest write failed, for what is chained on it.
pub type Chains = HashSet<(u64, Arc<str>)>;

/// The writes decided so far.
pub struct Group<'g, 'o> {
    pub(super) index: &'g Index,
    pub(super) stored: &'g dyn Stored,
    pub(super) staged: Vec<Staged<'o>>,
    pub(super) healed: Vec<(Pos, Staged<'o>)>,
    fresh: Vec<Pos>,
    /// The staged revisions that got their data from a later write, with what they had instead.
    completed: Vec<(usize, Erasure, Option<&'o [u8]>)>,
    /// Future positions of the staged revisions except the last: a chain asks for that one, so it is not put
    /// into the map.
    pub(super) found: HashMap<Ref, Pos>,
    pub(super) changed: BTreeMap<String, Option<Ref>>,
    pub(super) moves: Moves,
    /// Number of moves before the write that is being decided.
    pub(super) moves_before: usize,
    pub(super) chains: Chains,
}

impl std::fmt::Debug for Group<'_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Group({} staged, {} keys)", self.staged.len(), self.changed.len())
    }
}

impl<'g, 'o> Group<'g, 'o> {
    /// Starts a group on the existing graph and store; `chains` is what earlier groups left.
    pub fn new(index: &'g Index, stored: &'g dyn Stored, chains: Chains) -> Self {
        Self {
            index,
            stored,
            staged: Vec::new(),
            healed: Vec::new(),
            fresh: Vec::new(),
            completed: Vec::new(),
            found: HashMap::new(),
            changed: BTreeMap::new(),
            moves: Moves::default(),
            moves_before: 0,
            chains,
        }
    }

    /// Decides one write.
    ///
    /// # Errors
    /// Any error of the write. The group is then as before, except that writes chained on it fail.
    pub fn apply(&mut self, op: &'o Op) -> Result<Outcome> {
        let (staged, healed, fresh) = (self.staged.len(), self.healed.len(), self.fresh.len());
        let completed = self.completed.len();
        self.moves_before = self.moves.list.len();
        let outcome = self.decide(op);
        if outcome.is_err() {
            for (number, erasure, meta) in self.completed.drain(completed..) {
                if let Some(revision) = self.staged.get_mut(number) {
                    (revision.payload, revision.meta, revision.erased) = (&[], meta, Some(erasure));
                }
            }
            for undone in self.staged.drain(staged..) {
                self.found.remove(&undone.reference);
            }
            self.healed.truncate(healed);
            self.fresh.truncate(fresh);
            self.moves.list.truncate(self.moves_before);
        } else if self.moves.list.len() > self.moves_before + 1 {
            self.join_moves();
        }
        self.note(op, &outcome);
        outcome
    }

    /// Returns the changes to store, and the chains for later groups.
    pub fn finish(self) -> (Changes<'o>, Chains) {
        let Self { staged, healed, fresh, changed, moves, chains, .. } = self;
        (Changes { staged, healed, fresh, heads: changed, moves }, chains)
    }

    /// Remembers a failure for the writes chained on this one. Misuse counts as if it was never called.
    fn note(&mut self, op: &Op, outcome: &Result<Outcome>) {
        for op in op.leading() {
            match outcome {
                Err(error) if error.is_misuse() => {}
                Err(_) => drop(self.chains.insert((op.chain.caller, Arc::clone(&op.branch)))),
                Ok(_) if self.chains.is_empty() => {}
                Ok(_) => drop(self.chains.remove(&(op.chain.caller, Arc::clone(&op.branch)))),
            }
        }
    }

    pub(super) fn decide(&mut self, op: &'o Op) -> Result<Outcome> {
        match &op.action {
            Action::Put { drafts, previous, move_head, many } => {
                let refs = self.put(op, drafts, *previous, *move_head)?;
                Ok(match refs.as_slice() {
                    [reference] if !many => Outcome::Ref(*reference),
                    _ => Outcome::Refs(refs),
                })
            }
            Action::SetHead { reference, previous } => self.set_head(op, *reference, *previous),
            Action::DeleteBranch { previous } => {
                let key = head_key(&op.branch);
                if *previous != Previous::Any {
                    self.expect(&key, *previous)?;
                }
                let from = self.place_of(&key);
                self.changed.insert(key, None);
                self.record(op, &op.branch, (Cause::Delete, 1), (from, None));
                Ok(Outcome::Done)
            }
            Action::Travel { way, steps, previous } => self.travel(op, (*way, *steps), *previous),
            Action::SetRemoteHead { name, reference } => {
                self.set_remote_head(name, *reference)?;
                Ok(Outcome::Ref(*reference))
            }
            Action::DeleteRemote { name } => {
                self.changed.insert(remote_key(name), None);
                Ok(Outcome::Done)
            }
            Action::Insert { arrivals, remotes } => {
                for arrival in arrivals {
                    self.insert(arrival)?;
                }
                // all before any is set, so that a failure leaves the heads as they were
                remotes.iter().try_for_each(|(_, reference)| self.known(*reference))?;
                let heads = remotes.iter().map(|(name, head)| (remote_key(name), Some(*head)));
                self.changed.extend(heads);
                Ok(Outcome::Done)
            }
            Action::Batch(parts) => self.batch(parts),
            Action::Refuse(error) => Err(error.clone()),
            Action::Alone(_) => Err(Error::Internal("a deed in a group".into())),
        }
    }

    fn set_remote_head(&mut self, name: &str, reference: Ref) -> Result<()> {
        self.known(reference)?;
        self.changed.insert(remote_key(name), Some(reference));
        Ok(())
    }

    fn insert(&mut self, arrival: &'o Arrival) -> Result<()> {
        let there = self.find(&arrival.reference);
        if there.and_then(|pos| self.index.loss(pos)).is_some_and(Loss::is_own_erasure) {
            return self.refresh(there);
        }
        let meta = arrival.meta.as_deref().map(Meta::json);
        let content = Content::of(arrival.kind, &arrival.payload, meta);
        self.stage((arrival.reference, there), &arrival.ancestors, content, arrival.erased)
    }

    /// Stages a revision, whose position is `there` if it exists.
    pub(super) fn stage(
        &mut self,
        (reference, there): (Ref, Option<Pos>),
        ancestors: &[Ref],
        content: Content<'o>,
        erased: Option<Erasure>,
    ) -> Result<()> {
        if erased.is_none() && self.complete(there, content) {
            return Ok(());
        }
        if (there.is_some() && erased.is_some()) || self.is_whole(there, &reference, content)? {
            return self.refresh(there);
        }
        let mut parents = Vec::with_capacity(ancestors.len());
        let mut generation = 0;
        for ancestor in ancestors {
            let pos = self.find(ancestor).ok_or(*ancestor).or_else(|it| self.missing(&it))?;
            self.expect_not_cut(pos, ancestor)?;
            generation = generation.max(self.generation(pos));
            parents.push(pos);
        }
        let Content { kind, payload, meta } = content;
        if let Some(pos) = there {
            // Its place in the graph is unchanged: the same ref names the same ancestors.
            let parents = self.index.parents(pos).collect();
            let generation = self.index.generation(pos);
            let staged = Staged { reference, generation, parents, kind, payload, meta, erased };
            self.healed.push((pos, staged));
            return self.refresh(there);
        }
        if !self.index.is_intact() && self.stored.was_cut(&reference)? {
            return Err(Error::cut(&reference));
        }
        let generation = generation.saturating_add(1);
        let staged = Staged { reference, generation, parents, kind, payload, meta, erased };
        self.check_room()?;
        if let Some((last, place)) = self.last() {
            self.found.insert(last, place);
        }
        self.staged.push(staged);
        Ok(())
    }

    /// Adds the data to a revision of this group that came without its data.
    fn complete(&mut self, there: Option<Pos>, content: Content<'o>) -> bool {
        let number = there.and_then(|pos| pos.get().checked_sub(self.index.len()));
        let Some(number) = number.map(|number| number as usize) else {
            return false;
        };
        let Some(revision) = self.staged.get_mut(number) else {
            return false;
        };
        let Some(erasure) = revision.erased.take() else {
            return false;
        };
        self.completed.push((number, erasure, revision.meta));
        (revision.payload, revision.meta) = (content.payload, content.meta);
        true
    }

    /// Whether the revision, whose position is `there` if it exists, need not be written.
    fn is_whole(&self, there: Option<Pos>, reference: &Ref, content: Content<'_>) -> Result<bool> {
        match there {
            Some(pos) if self.index.loss(pos).is_some() => Ok(false),
            Some(pos) if pos.get() < self.index.len() => {
                let found = self.stored.data(pos, reference)?;
                Ok(found.is_some_and(|found| {
                    found.payload == content.payload && found.meta == Ok(content.meta)
                }))
            }
            other => Ok(other.is_some()),
        }
    }

    /// Notes that a revision is in use again, so that no prune deletes it as unreached.
    pub(super) fn refresh(&mut self, there: Option<Pos>) -> Result<()> {
        if let Some(pos) = there.filter(|pos| pos.get() < self.index.len())
            && self.stored.is_marked(pos)?
        {
            self.fresh.push(pos);
        }
        Ok(())
    }

    fn missing(&self, ancestor: &Ref) -> Result<Pos> {
        if !self.index.is_intact() && self.stored.was_cut(ancestor)? {
            return Err(Error::cut(ancestor));
        }
        Err(Error::MissingAncestor(ancestor.to_string()))
    }

    /// Succeeds unless only a place of the revision at `pos` is left, at the boundary of what was cut away.
    fn expect_not_cut(&self, pos: Pos, reference: &Ref) -> Result<()> {
        let is_cut = self.index.loss(pos).is_some_and(Loss::is_cut);
        if !is_cut || self.healed.iter().any(|(healed, _)| *healed == pos) {
            return Ok(());
        }
        Err(Error::cut(reference))
    }

    /// Succeeds if there is a position for one more revision.
    fn check_room(&self) -> Result<()> {
        u32::try_from(self.staged.len())
            .ok()
            .and_then(|staged| self.index.len().checked_add(staged))
            .filter(|&next| next <= Pos::MAX.get())
            .map(|_| ())
            .ok_or_else(|| Error::Full("the database holds as many revisions as it can".into()))
    }

    pub(super) fn find(&self, reference: &Ref) -> Option<Pos> {
        self.find_staged(reference).or_else(|| self.index.find(reference))
    }

    /// Returns the future position of a revision of this group.
    pub(super) fn find_staged(&self, reference: &Ref) -> Option<Pos> {
        match self.last() {
            Some((last, place)) if last == *reference => Some(place),
            _ => self.found.get(reference).copied(),
        }
    }

    /// The ref of the last staged revision, and its future position.
    fn last(&self) -> Option<(Ref, Pos)> {
        let last = self.staged.last()?;
        let before = u32::try_from(self.staged.len()).ok()?.checked_sub(1)?;
        Some((last.reference, Pos::new(self.index.len().checked_add(before)?)))
    }

    fn generation(&self, pos: Pos) -> u32 {
        match pos.get().checked_sub(self.index.len()) {
            None => self.index.generation(pos),
            Some(staged) => self.staged.get(staged as usize).map_or(0, |s| s.generation),
        }
    }

    pub(super) fn known(&mut self, reference: Ref) -> Result<()> {
        match self.find(&reference) {
            Some(pos) => {
                self.expect_not_cut(pos, &reference)?;
                self.refresh(Some(pos))
            }
            None if !self.index.is_intact() && self.stored.was_cut(&reference)? => {
                Err(Error::cut(&reference))
            }
            None => Err(Error::NotFound(reference.to_string())),
        }
    }

    pub(super) fn head(&self, key: &str) -> Result<Option<Ref>> {
        match self.changed.get(key) {
            Some(head) => Ok(*head),
            None => self.stored.read(key),
        }
    }

    /// Returns the head under `key`, if it meets the condition `previous`.
    pub(super) fn expect(&self, key: &str, previous: Previous) -> Result<Option<Ref>> {
        let head = self.head(key)?;
        match previous {
            Previous::Any => Ok(head),
            Previous::Exactly(expected) if expected == head => Ok(head),
            Previous::Exactly(_) | Previous::Never => {
                let branch = key.strip_prefix(HEADS).unwrap_or(key).to_owned();
                Err(Error::HeadConflict { branch, head })
            }
        }
    }
}

/// The content of a revision to store.
#[derive(Clone, Copy)]
pub(super) struct Content<'o> {
    kind: Kind,
    payload: &'o [u8],
    meta: Option<&'o [u8]>,
}

impl<'o> Content<'o> {
    pub(super) const fn of(kind: Kind, payload: &'o [u8], meta: Option<&'o [u8]>) -> Self {
        Self { kind, payload, meta }
    }
}
