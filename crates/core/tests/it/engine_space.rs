//! Erasing and pruning: random operations give the answers of a model of plain sets, in memory and over a
//! folder that is reopened in between.

#![cfg(test)]

use std::collections::{BTreeMap, BTreeSet};

use histo_core::json::Canonicalizer;
use histo_core::write::{
    Action, Chain, Chains, Deed, Draft, Op, Outcome, Previous, Pruned, Pruning,
};
use histo_core::{DiskOptions, Engine, Ref, Result};
use histo_reference as reference;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index as Pick;
use tempfile::TempDir;

use crate::engine_support::{assert_sound, document, in_memory};

/// The possible operations.
#[derive(Debug, Clone)]
enum Step {
    Put { branch: u8, parents: Vec<Pick>, value: u8, moves: bool },
    SetHead { branch: u8, to: Pick },
    DropBranch { branch: u8 },
    Erase { at: Pick },
    Prune { later: u64, grace: u64, keep: Vec<Pick> },
    Reopen,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let parents = vec(any::<Pick>(), 0..3);
    let put = (0_u8..3, parents, any::<u8>(), any::<bool>());
    let prune = (0_u64..20, 0_u64..20, vec(any::<Pick>(), 0..2));
    let step = prop_oneof![
        8 => put.prop_map(|(branch, parents, value, moves)| {
            Step::Put { branch, parents, value, moves }
        }),
        1 => (0_u8..3, any::<Pick>()).prop_map(|(branch, to)| Step::SetHead { branch, to }),
        1 => (0_u8..3).prop_map(|branch| Step::DropBranch { branch }),
        1 => any::<Pick>().prop_map(|at| Step::Erase { at }),
        2 => prune.prop_map(|(later, grace, keep)| Step::Prune { later, grace, keep }),
        1 => Just(Step::Reopen),
    ];
    vec(step, 1..60)
}

/// A revision in the model: its place in the plain list, and its data.
#[derive(Debug, Clone)]
struct Known {
    place: usize,
    text: Option<String>,
    mark: Option<u64>,
}

/// The plain side. `parents` lists every revision that ever existed.
#[derive(Debug, Default)]
struct Model {
    parents: Vec<Vec<usize>>,
    refs: Vec<Ref>,
    known: BTreeMap<Ref, Known>,
    heads: BTreeMap<u8, Ref>,
    now: u64,
}

impl Model {
    fn pick(&self, at: Pick) -> Option<Ref> {
        let refs: Vec<Ref> = self.known.keys().copied().collect();
        (!refs.is_empty()).then(|| refs[at.index(refs.len())])
    }

    fn put(&mut self, reference: Ref, ancestors: &[Ref], text: &str) {
        if let Some(known) = self.known.get_mut(&reference) {
            known.mark = None;
            known.text = Some(text.to_owned());
            return;
        }
        let place = self.parents.len();
        self.parents.push(ancestors.iter().map(|a| self.known[a].place).collect());
        self.refs.push(reference);
        self.known.insert(reference, Known { place, text: Some(text.to_owned()), mark: None });
    }

    /// Deletes what neither heads and `keep` reach nor younger unreached revisions descend from.
    fn prune(&mut self, grace: u64, keep: &[Ref]) -> (usize, usize) {
        let places = |refs: Vec<Ref>| refs.iter().map(|r| self.known[r].place).collect::<Vec<_>>();
        let tips = places(self.heads.values().chain(keep).copied().collect());
        let reached = reference::reachable(&self.parents, &tips);
        let condemned = |known: &Known| known.mark.is_some_and(|mark| mark + grace <= self.now);
        let young: Vec<usize> = self
            .known
            .values()
            .filter(|known| !condemned(known))
            .map(|known| known.place)
            .collect();
        let held: BTreeSet<usize> = &reference::reachable(&self.parents, &young) | &reached;
        let before = self.known.len();
        self.known.retain(|_, known| held.contains(&known.place));
        let mut waiting = 0;
        for known in self.known.values_mut() {
            let is_reached = reached.contains(&known.place);
            waiting += usize::from(!is_reached);
            known.mark = if is_reached { None } else { known.mark.or(Some(self.now)) };
        }
        (before - self.known.len(), waiting)
    }
}

pub(crate) fn write(engine: &Engine, branch: u8, action: Action) -> Result<Outcome> {
    let chain = Chain { caller: 1, follows: false, leads: false };
    let op = Op { branch: format!("b{branch}").into(), chain, action, log: None };
    engine.commit(&[op], &mut Chains::new()).remove(0)
}

pub(crate) fn put(text: &str, ancestors: Vec<Ref>, move_head: bool) -> Action {
    let mut canonicalizer = Canonicalizer::default();
    let draft = Draft::json(&mut canonicalizer, text.as_bytes(), Some(ancestors), u64::MAX);
    let drafts = vec![draft.unwrap()];
    Action::Put { drafts, previous: Previous::Any, move_head, many: false }
}

pub(crate) fn prune(engine: &Engine, pruning: &Pruning) -> Pruned {
    let outcome = write(engine, 0, Action::Alone(Deed::Prune(pruning.clone())));
    let Ok(Outcome::Pruned(pruned)) = outcome else {
        panic!("{outcome:?}");
    };
    let mut start = 0;
    let mut left = if pruning.dry_run { 0 } else { pruned.left };
    while left > 0 {
        let outcome = write(engine, 0, Action::Alone(Deed::Sweep(start)));
        let Ok(Outcome::Swept(swept)) = outcome else {
            panic!("{outcome:?}");
        };
        assert!(swept.records > 0);
        (start, left) = (swept.next, swept.left);
    }
    pruned
}

/// Both sides.
struct Pair {
    model: Model,
    engine: Option<Engine>,
    folder: Option<TempDir>,
}

impl Pair {
    fn new(on_disk: bool) -> Self {
        let folder = on_disk.then(|| tempfile::tempdir().unwrap());
        let mut pair = Self { model: Model::default(), engine: None, folder };
        pair.reopen();
        pair
    }

    fn reopen(&mut self) {
        match &self.folder {
            Some(folder) => {
                self.engine = None;
                let options = DiskOptions {
                    relaxed: true,
                    map_size: Some(1 << 20),
                    ..DiskOptions::default()
                };
                let opened = Engine::open(folder.path(), &options, 7, &|| "test".into());
                self.engine = Some(opened.unwrap());
            }
            None if self.engine.is_none() => self.engine = Some(in_memory()),
            None => {}
        }
    }

    fn engine(&self) -> &Engine {
        self.engine.as_ref().unwrap()
    }

    fn take(&mut self, step: &Step) {
        match step {
            Step::Put { branch, parents, value, moves } => {
                let mut ancestors: Vec<Ref> = Vec::new();
                for parent in parents.iter().filter_map(|pick| self.model.pick(*pick)) {
                    if !ancestors.contains(&parent) {
                        ancestors.push(parent);
                    }
                }
                // Some small ones, which are stored whole.
                let text = if *value < 64 { (value % 4).to_string() } else { document(*value) };
                let outcome = write(self.engine(), *branch, put(&text, ancestors.clone(), *moves));
                let Ok(Outcome::Ref(reference)) = outcome else {
                    panic!("{outcome:?}");
                };
                self.model.put(reference, &ancestors, &text);
                if *moves {
                    self.model.heads.insert(*branch, reference);
                }
            }
            Step::SetHead { branch, to } => {
                let Some(reference) = self.model.pick(*to) else { return };
                let previous = Previous::Any;
                write(self.engine(), *branch, Action::SetHead { reference, previous }).unwrap();
                self.model.heads.insert(*branch, reference);
                if let Some(known) = self.model.known.get_mut(&reference) {
                    known.mark = None;
                }
            }
            Step::DropBranch { branch } => {
                let previous = Previous::Any;
                write(self.engine(), *branch, Action::DeleteBranch { previous }).unwrap();
                self.model.heads.remove(branch);
            }
            Step::Erase { at } => {
                let Some(reference) = self.model.pick(*at) else { return };
                write(
                    self.engine(),
                    0,
                    Action::Alone(Deed::Erase { references: vec![reference], meta: false }),
                )
                .unwrap();
                if let Some(known) = self.model.known.get_mut(&reference) {
                    known.text = None;
                }
            }
            Step::Prune { later, grace, keep } => self.prune(*later, *grace, keep),
            Step::Reopen => self.reopen(),
        }
    }

    fn prune(&mut self, later: u64, grace: u64, keep: &[Pick]) {
        self.model.now += later + 1;
        let keep: Vec<Ref> = keep.iter().filter_map(|pick| self.model.pick(*pick)).collect();
        let (now, kept) = (self.model.now, keep.clone());
        let pruning = Pruning { now, grace, keep, ..Pruning::default() };
        let dry = prune(self.engine(), &Pruning { dry_run: true, ..pruning.clone() });
        let pruned = prune(self.engine(), &pruning);
        let (deleted, waiting) = self.model.prune(grace, &kept);
        assert_eq!((pruned.deleted as usize, pruned.waiting as usize), (deleted, waiting));
        assert_eq!((dry.deleted, dry.waiting), (pruned.deleted, pruned.waiting));
    }

    /// Every question has the model's answer.
    fn check(&self) {
        let (model, engine) = (&self.model, self.engine());
        for (branch, head) in &model.heads {
            assert_eq!(engine.head(&format!("b{branch}")), Ok(Some(*head)));
        }
        let graph = engine.graph();
        assert_sound(engine);
        for reference in &model.refs {
            let Some(known) = model.known.get(reference) else {
                assert_eq!(engine.find(reference), Ok(None));
                continue;
            };
            let pos = engine.position(reference).unwrap();
            let ancestors: Vec<Ref> =
                model.parents[known.place].iter().map(|&place| model.refs[place]).collect();
            assert_eq!(engine.ancestors(pos), ancestors);
            let read = engine.payload(reference, |_, payload| payload.to_vec());
            match &known.text {
                Some(text) => assert_eq!(read.as_deref(), Ok(text.as_bytes())),
                None => assert_eq!(read.unwrap_err().code(), Some("HISTO_SHALLOW")),
            }
            let reached: BTreeSet<Ref> = reference::reachable(&model.parents, &[known.place])
                .iter()
                .map(|&place| model.refs[place])
                .collect();
            let found = histo_core::graph::difference(&graph, &[], &[pos]).unwrap();
            let found: BTreeSet<Ref> = found.into_iter().map(|pos| *graph.ref_at(pos)).collect();
            assert_eq!(found, reached);
        }
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
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn in_memory_random_operations_answer_as_the_model_does(steps in steps()) {
        run(false, &steps);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn over_a_folder_random_operations_answer_as_the_model_does(steps in steps()) {
        run(true, &steps);
    }
}
