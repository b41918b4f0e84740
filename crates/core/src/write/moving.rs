//! The moves of heads that a group makes, for the log; and the targets of undo and redo.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Cause, Group, Moved, Op, Outcome, Previous, Travel, Way, head_key};
use crate::graph::Pos;
use crate::{Error, Ref, Result};

/// The head before a move, and after it.
type Places = (Option<Pos>, Option<Pos>);

impl Group<'_, '_> {
    /// Records a move of a branch's head, once the write cannot fail any more. `by` is the default cause, and
    /// the number of moves undone or redone. Successive moves of a branch by one write are joined by
    /// `join_moves`.
    pub(super) fn record(
        &mut self,
        op: &Op,
        branch: &Arc<str>,
        (cause, steps): (Cause, u32),
        (from, to): Places,
    ) {
        let Some(log) = op.log.as_ref() else { return };
        let cause = log.cause.unwrap_or(cause);
        if from == to && !cause.is_travel() {
            return;
        }
        let is_same_call = self.moves.list.len() > self.moves_before;
        let (branch, remote) = (Arc::clone(branch), log.remote.clone());
        self.moves.add(log, Moved { branch, from, to, cause, steps, is_same_call, remote });
    }

    /// Joins the moves that the last decided write made of each branch.
    pub(super) fn join_moves(&mut self) {
        let made = self.moves.list.split_off(self.moves_before);
        let mut places: HashMap<Arc<str>, usize> = HashMap::new();
        let mut joined: Vec<Moved> = Vec::with_capacity(made.len());
        for moved in made {
            let place = *places.entry(Arc::clone(&moved.branch)).or_insert(joined.len());
            match joined.get_mut(place) {
                Some(earlier) => earlier.to = moved.to,
                None => joined.push(moved),
            }
        }
        joined.retain(|moved| moved.from != moved.to);
        for (at, moved) in joined.iter_mut().enumerate() {
            moved.is_same_call = at > 0;
        }
        self.moves.list.append(&mut joined);
    }

    /// Succeeds unless the write that this one is chained on failed.
    pub(super) fn expect_unbroken(&self, op: &Op) -> Result<()> {
        let failed = || self.chains.contains(&(op.chain.caller, Arc::clone(&op.branch)));
        if op.chain.follows && failed() { Err(Error::Chained) } else { Ok(()) }
    }

    /// Returns the position of the head under a key. A damaged one counts as none.
    pub(super) fn place_of(&self, key: &str) -> Option<Pos> {
        self.head(key).ok().flatten().and_then(|head| self.find(&head))
    }

    pub(super) fn set_head(
        &mut self,
        op: &Op,
        reference: Ref,
        previous: Previous,
    ) -> Result<Outcome> {
        self.known(reference)?;
        let key = head_key(&op.branch);
        // Without a condition the head is not read, so that a damaged one can be replaced.
        if previous != Previous::Any && self.head(&key)? != Some(reference) {
            self.expect(&key, previous)?;
        }
        let from = self.place_of(&key);
        self.changed.insert(key, Some(reference));
        let to = self.find(&reference);
        self.record(op, &op.branch, (Cause::SetHead, 1), (from, to));
        Ok(Outcome::Ref(reference))
    }

    /// Moves a head back, before the latest moves that are not undone, or forward again.
    pub(super) fn travel(
        &mut self,
        op: &Op,
        (way, steps): (Way, u32),
        previous: Previous,
    ) -> Result<Outcome> {
        self.expect_unbroken(op)?;
        let key = head_key(&op.branch);
        let head = self.expect(&key, previous)?;
        let from = head.and_then(|head| self.find(&head));
        let mut travel = Travel::new(way, steps, from);
        let mut own = self.moves.list.iter().rev().filter(|moved| moved.branch == op.branch);
        if own.all(|moved| travel.take(&moved.step())) {
            self.stored.moves_back(&op.branch, &mut |step| travel.take(step))?;
        }
        let no_move = |found| Error::NoMove {
            branch: op.branch.to_string(),
            way: way.cause().name(),
            found,
            asked: steps,
        };
        let to = travel.end().map_err(no_move)?;
        let reference = to.map(|pos| self.whole_at(&op.branch, pos)).transpose()?;
        self.changed.insert(key, reference);
        self.record(op, &op.branch, (way.cause(), steps), (from, to));
        Ok(Outcome::Head(reference))
    }

    /// Returns the revision at a position named in the log, if its data exists.
    fn whole_at(&mut self, branch: &str, pos: Pos) -> Result<Ref> {
        if let Some(number) = pos.get().checked_sub(self.index.len()) {
            let staged = self.staged.get(number as usize);
            let staged = staged.ok_or_else(|| Error::moved_to_the_deleted(branch))?;
            return match staged.erased {
                None => Ok(staged.reference),
                Some(erasure) => Err(erasure.loss().error(&staged.reference)),
            };
        }
        if self.index.is_deleted(pos) {
            return Err(Error::moved_to_the_deleted(branch));
        }
        let reference = *self.index.ref_at(pos);
        let is_healed = self.healed.iter().any(|(healed, _)| *healed == pos);
        match self.index.loss(pos).filter(|loss| loss.is_of_data() && !is_healed) {
            Some(loss) => Err(loss.error(&reference)),
            None => self.refresh(Some(pos)).map(|()| reference),
        }
    }
}
