//! The log of heads beside `prune`, horizons and `erase`: random calls give the answers of a model of plain lists, in
//! memory and over a folder that is reopened in between. Some moves are not logged, and clocks go back and forth.
//!
//! Checked to fail: if the log holds no revision, or one entry too few or too many is forgotten; if an entry has the
//! time of its own clock; if an undo leaves the mark of its target, ignores erasure, or goes on across moves that were
//! not logged; and if a batch logs a branch whose head is where it was.

#![cfg(test)]

use std::sync::Arc;

use histo_core::json::Canonicalizer;
use histo_core::write::{
    Action, Cause, Chain, Chains, Deed, Draft, Logging, Op, Outcome, Previous, Pruning, Way,
};
use histo_core::{DiskOptions, Engine, LogEntry, LoggedPlace, Ref, Result};
use proptest::prelude::*;
use proptest::sample::Index as Pick;
use tempfile::TempDir;

use crate::engine_log_model::{Asked, Entry, Model, Stuck};
use crate::engine_log_steps::{Step, Write, steps};
use crate::engine_space::prune;
use crate::engine_support::{assert_sound, in_memory};

/// Both sides.
struct Pair {
    model: Model,
    engine: Option<Engine>,
    folder: Option<TempDir>,
    now: u64,
}

impl Pair {
    fn new(on_disk: bool) -> Self {
        let folder = on_disk.then(|| tempfile::tempdir().unwrap());
        let mut pair = Self { model: Model::default(), engine: None, folder, now: 100 };
        pair.reopen();
        pair
    }

    fn reopen(&mut self) {
        let Some(folder) = &self.folder else {
            self.engine.get_or_insert_with(in_memory);
            return;
        };
        self.engine = None;
        let options =
            DiskOptions { relaxed: true, map_size: Some(1 << 20), ..DiskOptions::default() };
        let opened = Engine::open(folder.path(), &options, 7, &|| "test".into());
        self.engine = Some(opened.unwrap());
    }

    fn engine(&self) -> &Engine {
        self.engine.as_ref().unwrap()
    }

    fn at(&self, time: i64) -> u64 {
        self.now.saturating_add_signed(time) * TICK
    }

    fn pick(&self, at: Pick) -> Option<usize> {
        let all: Vec<usize> = self.model.whole.iter().copied().collect();
        (!all.is_empty()).then(|| all[at.index(all.len())])
    }

    fn all(&self, picks: &[Pick]) -> Vec<usize> {
        let mut places: Vec<usize> = Vec::new();
        for place in picks.iter().filter_map(|&pick| self.pick(pick)) {
            if !places.contains(&place) {
                places.push(place);
            }
        }
        places
    }

    fn take(&mut self, step: &Step) {
        match step {
            Step::Writes { list, time } => self.write(list, *time),
            Step::Batch { list, time } => self.batch(list, *time),
            Step::Remote { number, to } => {
                let Some(place) = self.pick(*to) else { return };
                let (name, reference) = (number.to_string(), self.model.refs[place]);
                self.act(Action::SetRemoteHead { name, reference }).unwrap();
                self.model.remotes.insert(*number, place);
                self.model.name(place);
            }
            Step::DropRemote { number } => {
                self.act(Action::DeleteRemote { name: number.to_string() }).unwrap();
                self.model.remotes.remove(number);
            }
            Step::Erase { at } => {
                let Some(place) = self.pick(*at) else { return };
                let references = vec![self.model.refs[place]];
                self.act(Action::Alone(Deed::Erase { references, meta: false })).unwrap();
                self.model.erased.insert(place);
            }
            Step::Prune { time, grace, keep, horizon } => {
                let (edge, depth, force) = horizon.clone().unwrap_or_default();
                let before = edge.map(|edge| self.all(&edge));
                let depth = (horizon.is_some() && before.is_none()).then_some(depth);
                let (now, keep) = (self.at(*time), self.all(keep));
                self.prune(&Asked { now, grace: *grace * TICK, keep, before, depth, force });
            }
            Step::Later { by } => self.now += by,
            Step::Reopen => self.reopen(),
        }
    }

    fn act(&self, action: Action) -> Result<Outcome> {
        let op = self.op(0, action, None, None);
        self.engine().commit(&[op], &mut Chains::new()).remove(0)
    }

    fn op(&self, branch: u8, action: Action, time: Option<i64>, cause: Option<Cause>) -> Op {
        let log = time.map(|time| Logging { time: self.at(time), days: 90, cause, remote: None });
        let chain = Chain { caller: 1, follows: false, leads: false };
        Op { branch: name_of(branch), chain, action, log }
    }

    /// Writes whose refs exist, with their actions.
    fn actions(&self, list: &[(u8, Write)]) -> Vec<(u8, Write, Vec<usize>, Action)> {
        let previous = Previous::Any;
        let prepared = list.iter().filter_map(|(branch, write)| {
            let (places, action) = match write {
                Write::Put { parents, value, moves } => {
                    let places = self.all(parents.as_deref().unwrap_or_default());
                    let refs = || places.iter().map(|&place| self.model.refs[place]).collect();
                    let drafts = vec![draft(*value, parents.as_ref().map(|_| refs()))];
                    (places, Action::Put { drafts, previous, move_head: *moves, many: false })
                }
                Write::SetHead { to } => {
                    let place = self.pick(*to)?;
                    (vec![place], Action::SetHead { reference: self.model.refs[place], previous })
                }
                Write::Drop => (vec![], Action::DeleteBranch { previous }),
                &Write::Travel { way, steps } => (vec![], Action::Travel { way, steps, previous }),
            };
            Some((*branch, write.clone(), places, action))
        });
        prepared.collect()
    }

    fn write(&mut self, list: &[(u8, Write)], time: Option<i64>) {
        let (mut ops, mut meant) = (Vec::new(), Vec::new());
        for (branch, write, places, action) in self.actions(list) {
            ops.push(self.op(branch, action, time, None));
            meant.push((branch, write, places));
        }
        let outcomes = self.engine().commit(&ops, &mut Chains::new());
        let time = time.map(|time| self.model.time_of(self.at(time)));
        for ((branch, write, places), outcome) in meant.iter().zip(outcomes) {
            let from = self.model.heads.get(branch).copied();
            if let Write::Travel { way, steps } = write {
                self.travel(*branch, (*way, *steps), &outcome, time);
                continue;
            }
            self.apply(
                *branch,
                write,
                places,
                outcome.map(|outcome| match outcome {
                    Outcome::Ref(reference) => Some(reference),
                    _ => None,
                }),
            );
            let cause = match write {
                Write::SetHead { .. } => Cause::SetHead,
                Write::Drop => Cause::Delete,
                _ => Cause::Put,
            };
            if let Some(time) = time {
                self.model.log_move(*branch, from, cause, time);
            }
        }
    }

    fn travel(
        &mut self,
        branch: u8,
        (way, steps): (Way, u32),
        outcome: &Result<Outcome>,
        time: Option<u64>,
    ) {
        match self.model.target(branch, way, steps) {
            Ok(target) => {
                let head = target.map(|place| self.model.refs[place]);
                assert_eq!(outcome, &Ok(Outcome::Head(head)));
                self.model.travel(branch, way, steps, time);
            }
            Err(stuck) => {
                let code = if stuck == Stuck::Gone { "HISTO_SHALLOW" } else { "HISTO_NOT_FOUND" };
                assert_eq!(outcome.as_ref().unwrap_err().code(), Some(code));
            }
        }
    }

    /// Moves several heads or none.
    fn batch(&mut self, list: &[(u8, Write)], time: Option<i64>) {
        let is_part = |write: &Write| {
            !matches!(write, Write::Travel { .. } | Write::Put { moves: false, .. })
        };
        let list: Vec<_> = list.iter().filter(|(_, write)| is_part(write)).cloned().collect();
        let (mut parts, mut meant) = (Vec::new(), Vec::new());
        for (branch, write, places, action) in self.actions(&list) {
            parts.push(self.op(branch, action, time, Some(Cause::Batch)));
            meant.push((branch, write, places));
        }
        let op = self.op(0, Action::Batch(parts), None, None);
        let outcome = self.engine().commit(&[op], &mut Chains::new()).remove(0);
        let heads = match outcome {
            Ok(Outcome::Heads(heads)) => heads,
            other => {
                assert_eq!(other.unwrap_err().code(), Some("HISTO_SHALLOW"));
                return;
            }
        };
        let before = self.model.heads.clone();
        let mut moved: Vec<u8> = Vec::new(); // in the order of their first moves
        for ((branch, write, places), head) in meant.iter().zip(heads) {
            let from = self.model.heads.get(branch).copied();
            self.apply(*branch, write, places, Ok(head));
            if from != self.model.heads.get(branch).copied() && !moved.contains(branch) {
                moved.push(*branch);
            }
        }
        let Some(time) = time.map(|time| self.model.time_of(self.at(time))) else { return };
        for branch in moved {
            self.model.log_move(branch, before.get(&branch).copied(), Cause::Batch, time);
        }
    }

    /// Does a write that is no undo or redo to the model.
    fn apply(&mut self, branch: u8, write: &Write, places: &[usize], outcome: Result<Option<Ref>>) {
        match write {
            Write::Put { parents, value, moves } => {
                let head: Vec<usize> = self.model.heads.get(&branch).copied().into_iter().collect();
                let ancestors = if parents.is_some() { places } else { &head };
                let refs: Vec<Ref> = ancestors.iter().map(|&it| self.model.refs[it]).collect();
                let reference = draft(*value, None).ref_on(&refs);
                let is_barred = self.model.barred.contains(&reference);
                if is_barred && self.model.place(&reference).is_none() {
                    assert_eq!(outcome.unwrap_err().code(), Some("HISTO_SHALLOW"));
                    return;
                }
                assert_eq!(outcome, Ok(Some(reference)));
                let place = self.model.put(reference, ancestors, &value.to_string());
                if *moves {
                    self.model.set_head(branch, Some(place));
                }
            }
            Write::SetHead { .. } => {
                assert_eq!(outcome, Ok(Some(self.model.refs[places[0]])));
                self.model.set_head(branch, Some(places[0]));
                self.model.name(places[0]);
            }
            Write::Drop | Write::Travel { .. } => {
                assert_eq!(outcome, Ok(None));
                self.model.set_head(branch, None);
            }
        }
    }

    fn prune(&mut self, asked: &Asked) {
        let refs = |places: &[usize]| places.iter().map(|&it| self.model.refs[it]).collect();
        let pruning = Pruning {
            now: asked.now,
            grace: asked.grace,
            keep: refs(&asked.keep),
            before: asked.before.as_deref().map(refs),
            depth: asked.depth,
            force: asked.force,
            ..Pruning::default()
        };
        let dry = prune(self.engine(), &Pruning { dry_run: true, ..pruning.clone() });
        let pruned = prune(self.engine(), &pruning);
        let (deleted, cut, waiting) = self.model.prune(asked);
        for found in [dry, pruned] {
            let counts = [found.deleted, found.cut, found.waiting].map(|count| count as usize);
            assert_eq!(counts, [deleted, cut, waiting]);
        }
    }

    /// Heads and the log are as in the model.
    fn check_moves(&self) {
        for branch in 0..3 {
            let head = self.model.heads.get(&branch).map(|&place| self.model.refs[place]);
            assert_eq!(self.engine().head(&name_of(branch)), Ok(head));
            let own = self.engine().log_page(Some(&name_of(branch)), None, 10_000).unwrap();
            let is_own = |entry: &&Entry| entry.branch == branch;
            self.assert_log(&own.entries, self.model.entries().iter().filter(is_own));
        }
        let all = self.engine().log_page(None, None, 10_000).unwrap();
        self.assert_log(&all.entries, self.model.entries().iter());
    }

    fn assert_log<'e>(
        &self,
        found: &[LogEntry],
        expected: impl DoubleEndedIterator<Item = &'e Entry>,
    ) {
        let place = |place: Option<usize>| match place {
            None => LoggedPlace::None,
            Some(place) if self.model.exists(place) => LoggedPlace::At(self.model.refs[place]),
            Some(_) => LoggedPlace::Gone,
        };
        let found: Vec<_> = found
            .iter()
            .map(|it| (it.branch.as_str().into(), it.from, it.to, it.cause, it.steps, it.time))
            .collect();
        let expected: Vec<_> = expected
            .rev()
            .map(|it| {
                (name_of(it.branch), place(it.from), place(it.to), it.cause, it.steps, it.time)
            })
            .collect();
        assert_eq!(found, expected);
    }

    /// Each revision is there, or gone, as in the model.
    fn check(&self) {
        assert_sound(self.engine());
        for reference in &self.model.refs {
            let read = self.engine().payload(reference, |_, payload| payload.to_vec());
            match self.model.place(reference) {
                Some(place) if self.model.erased.contains(&place) => {
                    assert_eq!(read.unwrap_err().code(), Some("HISTO_SHALLOW"));
                }
                Some(place) if self.model.whole.contains(&place) => {
                    assert_eq!(read.as_deref(), Ok(self.model.texts[reference].as_bytes()));
                }
                None if !self.model.barred.contains(reference) => {
                    assert_eq!(read.unwrap_err().code(), Some("HISTO_NOT_FOUND"));
                }
                _ => assert_eq!(read.unwrap_err().code(), Some("HISTO_SHALLOW")),
            }
        }
    }
}

/// Milliseconds between two times that differ: longer than commits share a record of the log, so that a prune forgets
/// entries one by one.
const TICK: u64 = 26;

fn name_of(branch: u8) -> Arc<str> {
    format!("b{branch}").into()
}

fn draft(value: u8, ancestors: Option<Vec<Ref>>) -> Draft {
    let text = value.to_string();
    Draft::json(&mut Canonicalizer::default(), text.as_bytes(), ancestors, u64::MAX).unwrap()
}

fn run(on_disk: bool, steps: &[Step]) {
    let mut pair = Pair::new(on_disk);
    for step in steps {
        pair.take(step);
        pair.check_moves();
    }
    pair.check();
    pair.reopen();
    pair.check_moves();
    pair.check();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn in_memory_random_calls_answer_as_the_model_does(steps in steps()) {
        run(false, &steps);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 80, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn over_a_folder_random_calls_answer_as_the_model_does(steps in steps()) {
        run(true, &steps);
    }
}
