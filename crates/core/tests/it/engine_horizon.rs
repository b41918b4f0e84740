//! Pruning behind a horizon: random operations give the answers of a model of plain sets, in memory and over a
//! folder that is reopened in between, and no answer differs from that of the whole history.
//!
//! Seen to fail if islands are not barred, if the table of cut refs is emptied too early or never, and if
//! remotes keep nothing.

#![cfg(test)]

use std::collections::{BTreeMap, BTreeSet};

use histo_core::graph::{Pos, difference, is_ancestor, merge_bases};
use histo_core::write::{Action, Outcome, Previous, Pruning};
use histo_core::{DiskOptions, Engine, Ref, Result};
use histo_reference as reference;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index as Pick;
use tempfile::TempDir;

use crate::engine_space::{prune, put, write};
use crate::engine_support::{assert_sound, document, in_memory};

/// The possible operations.
#[derive(Debug, Clone)]
enum Step {
    Put { branch: u8, parents: Vec<Pick>, value: u8 },
    Remote { number: u8, to: Pick },
    DropBranch { branch: u8 },
    DropRemote { number: u8 },
    Prune { before: Option<Vec<Pick>>, depth: u32, force: bool, keep: Option<Pick> },
    Reopen,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let put = (0_u8..3, vec(any::<Pick>(), 0..3), 0_u8..9);
    let before = proptest::option::of(vec(any::<Pick>(), 1..3));
    let prune = (before, 1_u32..5, any::<bool>(), proptest::option::of(any::<Pick>()));
    let step = prop_oneof![
        9 => put.prop_map(|(branch, parents, value)| Step::Put { branch, parents, value }),
        1 => (0_u8..2, any::<Pick>()).prop_map(|(number, to)| Step::Remote { number, to }),
        1 => (0_u8..3).prop_map(|branch| Step::DropBranch { branch }),
        1 => (0_u8..2).prop_map(|number| Step::DropRemote { number }),
        2 => prune.prop_map(|(before, depth, force, keep)| Step::Prune { before, depth, force, keep }),
        1 => Just(Step::Reopen),
    ];
    vec(step, 1..60)
}

/// The plain side. `parents` lists every revision that ever existed, by its place.
#[derive(Debug, Default)]
struct Model {
    parents: Vec<Vec<usize>>,
    refs: Vec<Ref>,
    texts: BTreeMap<Ref, String>,
    /// Places of existing revisions.
    whole: BTreeMap<Ref, usize>,
    /// Revisions that were cut away and are named by existing ones.
    tombstones: BTreeMap<Ref, usize>,
    /// Revisions that must not be written again.
    barred: BTreeSet<Ref>,
    marked: BTreeSet<Ref>,
    heads: BTreeMap<u8, Ref>,
    remotes: BTreeMap<u8, Ref>,
}

/// A prune of both sides.
struct Asked {
    before: Option<Vec<Ref>>,
    depth: u32,
    force: bool,
    keep: Vec<Ref>,
}

impl Model {
    fn pick(&self, at: Pick) -> Option<Ref> {
        let refs: Vec<Ref> = self.whole.keys().copied().collect();
        (!refs.is_empty()).then(|| refs[at.index(refs.len())])
    }

    fn place(&self, reference: &Ref) -> usize {
        self.whole.get(reference).or_else(|| self.tombstones.get(reference)).copied().unwrap()
    }

    fn put(&mut self, reference: Ref, ancestors: &[Ref], text: &str) {
        self.marked.remove(&reference);
        if self.whole.contains_key(&reference) {
            return;
        }
        self.parents.push(ancestors.iter().map(|ancestor| self.place(ancestor)).collect());
        self.refs.push(reference);
        self.texts.insert(reference, text.to_owned());
        self.whole.insert(reference, self.parents.len() - 1);
    }

    /// The history that is still known: parents by place.
    fn seen(&self) -> Vec<Vec<usize>> {
        let known: BTreeSet<usize> =
            self.whole.values().chain(self.tombstones.values()).copied().collect();
        let own = |(place, own): (usize, &Vec<usize>)| {
            let own = own.iter().copied().filter(|parent| known.contains(parent));
            if known.contains(&place) { own.collect() } else { Vec::new() }
        };
        self.parents.iter().enumerate().map(own).collect()
    }

    /// Deletes what an earlier prune found unreached, and cuts. Returns the number of each.
    fn prune(&mut self, asked: &Asked) -> (usize, usize) {
        let seen = self.seen();
        let places = |refs: Vec<Ref>| refs.iter().map(|it| self.place(it)).collect::<Vec<_>>();
        let remotes = places(self.remotes.values().copied().collect());
        let heads = places(self.heads.values().chain(&asked.keep).copied().collect());
        let tips = [heads, remotes.clone()].concat();
        let reached = reference::reachable(&seen, &tips);
        let known = || self.whole.iter().chain(&self.tombstones);
        let young: Vec<usize> =
            known().filter(|(it, _)| !self.marked.contains(it)).map(|(_, place)| *place).collect();
        let held = &reference::reachable(&seen, &young) | &reached;
        let old = match &asked.before {
            Some(before) => {
                let own = before.iter().flat_map(|it| seen[self.place(it)].clone());
                reference::reachable(&seen, &own.collect::<Vec<_>>())
            }
            None => deeper(&seen, &tips, asked.depth),
        };
        let everywhere = |place: usize| {
            asked.force
                || remotes.iter().all(|&remote| reference::is_ancestor(&seen, place, remote))
        };
        let cut: BTreeSet<usize> = old
            .into_iter()
            .filter(|place| held.contains(place) && !tips.contains(place) && everywhere(*place))
            .collect();
        let below: BTreeSet<usize> = cut.iter().flat_map(|&place| seen[place].clone()).collect();
        let below = reference::reachable(&seen, &below.into_iter().collect::<Vec<_>>());
        let stays = |place: &usize| held.contains(place) && !cut.contains(place);
        let named: BTreeSet<usize> =
            held.iter().filter(|it| stays(it)).flat_map(|&it| seen[it].clone()).collect();
        self.barred.extend(cut.iter().chain(&below).map(|&place| self.refs[place]));
        let deleted = self.whole.values().filter(|place| !held.contains(place)).count();
        let fresh: BTreeMap<Ref, usize> = self
            .whole
            .iter()
            .filter(|(_, place)| cut.contains(place))
            .map(|(reference, place)| (*reference, *place))
            .collect();
        let count = fresh.len();
        self.whole.retain(|_, place| stays(place));
        self.tombstones.extend(fresh);
        self.tombstones.retain(|_, place| named.contains(place) || stays(place));
        if self.tombstones.is_empty() {
            self.barred.clear();
        }
        let left = self.whole.iter().chain(&self.tombstones);
        self.marked = left
            .filter(|(_, place)| !reached.contains(place) && !cut.contains(place))
            .map(|(reference, _)| *reference)
            .collect();
        (deleted, count)
    }
}

/// The part of what the tips reach that is at least `depth` steps from each tip.
fn deeper(parents: &[Vec<usize>], tips: &[usize], depth: u32) -> BTreeSet<usize> {
    let mut near: BTreeSet<usize> = tips.iter().copied().collect();
    for _ in 1..depth {
        let next: Vec<usize> = near.iter().flat_map(|&place| parents[place].clone()).collect();
        near.extend(next);
    }
    &reference::reachable(parents, tips) - &near
}

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
        let mut pair = Self { model: Model::default(), engine: None, folder, now: 1 };
        pair.reopen();
        pair
    }

    fn reopen(&mut self) {
        let Some(folder) = &self.folder else {
            let memory = in_memory;
            self.engine.get_or_insert_with(memory);
            return;
        };
        self.engine = None;
        let options =
            DiskOptions { relaxed: true, map_size: Some(1 << 20), ..DiskOptions::default() };
        let opened = Engine::open(folder.path(), &options, 7, &|| "test".into());
        self.engine = Some(opened.unwrap());
    }

    fn write(&self, branch: u8, action: Action) -> Result<Outcome> {
        write(self.engine.as_ref().unwrap(), branch, action)
    }

    fn take(&mut self, step: &Step) {
        match step {
            Step::Put { branch, parents, value } => self.put(*branch, parents, *value),
            Step::Remote { number, to } => {
                let Some(reference) = self.model.pick(*to) else { return };
                let name = number.to_string();
                self.write(0, Action::SetRemoteHead { name, reference }).unwrap();
                self.model.remotes.insert(*number, reference);
                self.model.marked.remove(&reference);
            }
            Step::DropBranch { branch } => {
                let previous = Previous::Any;
                self.write(*branch, Action::DeleteBranch { previous }).unwrap();
                self.model.heads.remove(branch);
            }
            Step::DropRemote { number } => {
                self.write(0, Action::DeleteRemote { name: number.to_string() }).unwrap();
                self.model.remotes.remove(number);
            }
            Step::Prune { before, depth, force, keep } => {
                let all = |picks: &Vec<Pick>| {
                    picks.iter().filter_map(|pick| self.model.pick(*pick)).collect::<Vec<_>>()
                };
                let keep = keep.iter().filter_map(|pick| self.model.pick(*pick)).collect();
                let before = before.as_ref().map(all);
                self.prune(&Asked { before, depth: *depth, force: *force, keep });
            }
            Step::Reopen => self.reopen(),
        }
    }

    fn put(&mut self, branch: u8, parents: &[Pick], value: u8) {
        let mut ancestors: Vec<Ref> = Vec::new();
        for parent in parents.iter().filter_map(|pick| self.model.pick(*pick)) {
            if !ancestors.contains(&parent) {
                ancestors.push(parent);
            }
        }
        let text = if value == 0 { "0".to_owned() } else { document(value) };
        match self.write(branch, put(&text, ancestors.clone(), true)) {
            Ok(Outcome::Ref(reference)) => {
                let is_known = self.model.whole.contains_key(&reference);
                if let Some(place) = self.model.tombstones.remove(&reference) {
                    self.model.whole.insert(reference, place);
                } else {
                    assert!(is_known || !self.model.barred.contains(&reference));
                }
                self.model.put(reference, &ancestors, &text);
                self.model.heads.insert(branch, reference);
            }
            other => {
                let error = other.unwrap_err();
                assert_eq!(error.code(), Some("HISTO_SHALLOW"), "{error}");
            }
        }
    }

    fn prune(&mut self, asked: &Asked) {
        self.now += 1;
        let pruning = Pruning {
            now: self.now,
            keep: asked.keep.clone(),
            before: asked.before.clone(),
            depth: asked.before.is_none().then_some(asked.depth),
            force: asked.force,
            ..Pruning::default()
        };
        let engine = self.engine.as_ref().unwrap();
        let dry = prune(engine, &Pruning { dry_run: true, ..pruning.clone() });
        let pruned = prune(engine, &pruning);
        let (deleted, cut) = self.model.prune(asked);
        assert_eq!((pruned.deleted as usize, pruned.cut as usize), (deleted, cut));
        assert_eq!((dry.deleted, dry.cut), (pruned.deleted, pruned.cut));
    }

    fn check(&self) {
        assert_sound(self.engine.as_ref().unwrap());
        let (model, engine) = (&self.model, self.engine.as_ref().unwrap());
        let mut at: Vec<(Pos, usize)> = Vec::new();
        for reference in &model.refs {
            let read = engine.payload(reference, |_, payload| payload.to_vec());
            if let Some(&place) = model.whole.get(reference) {
                assert_eq!(read.as_deref(), Ok(model.texts[reference].as_bytes()));
                at.push((engine.position(reference).unwrap(), place));
                assert!(engine.has_whole(reference).unwrap());
            } else if model.tombstones.contains_key(reference) || model.barred.contains(reference) {
                assert_eq!(read.unwrap_err().code(), Some("HISTO_SHALLOW"));
                assert!(!engine.has_whole(reference).unwrap());
            } else {
                assert_eq!(read.unwrap_err().code(), Some("HISTO_NOT_FOUND"));
            }
            if let Some(&place) =
                model.whole.get(reference).or_else(|| model.tombstones.get(reference))
            {
                let ancestors: Vec<Ref> =
                    model.parents[place].iter().map(|&parent| model.refs[parent]).collect();
                assert_eq!(engine.ancestors(engine.position(reference).unwrap()), ancestors);
            }
        }
        self.check_walks(&at);
    }

    /// Each answer is that of the whole history, or there is none.
    fn check_walks(&self, at: &[(Pos, usize)]) {
        let (parents, graph) = (&self.model.parents, self.engine.as_ref().unwrap().graph());
        let refs = |positions: Vec<Pos>| {
            positions.iter().map(|&pos| *graph.ref_at(pos)).collect::<BTreeSet<Ref>>()
        };
        let expected = |places: reference::Set| {
            places.iter().map(|&place| self.model.refs[place]).collect::<BTreeSet<Ref>>()
        };
        for &(a, place_a) in at {
            for &(b, place_b) in at {
                let reaches = reference::is_ancestor(parents, place_a, place_b);
                expect(is_ancestor(&graph, a, b), &reaches);
                let bases = expected(reference::merge_bases(parents, place_a, place_b));
                expect(merge_bases(&graph, a, b).map(refs), &bases);
                let only = expected(reference::difference(parents, &[place_a], &[place_b]));
                expect(difference(&graph, &[a], &[b]).map(refs), &only);
            }
        }
    }
}

fn expect<T: PartialEq + std::fmt::Debug>(answer: Result<T>, expected: &T) {
    match answer {
        Ok(answer) => assert_eq!(&answer, expected),
        Err(error) => assert_eq!(error.code(), Some("HISTO_SHALLOW"), "{error}"),
    }
}

fn run(on_disk: bool, steps: &[Step]) {
    let mut pair = Pair::new(on_disk);
    for step in steps {
        pair.take(step);
    }
    pair.check();
    pair.reopen();
    pair.check();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn in_memory_random_horizons_answer_as_the_model_does(steps in steps()) {
        run(false, &steps);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 80, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn over_a_folder_random_horizons_answer_as_the_model_does(steps in steps()) {
        run(true, &steps);
    }
}
