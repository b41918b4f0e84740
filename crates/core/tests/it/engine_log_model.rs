//! A database with its log of heads in plain lists: which revisions exist, what the log names, where undo and redo
//! lead, and what a prune deletes.
//!
//! A revision is a place in `parents`. One that was deleted and is put again gets a new place, and the log still names
//! the old one.

#![cfg(test)]

use std::collections::{BTreeMap, BTreeSet};

use histo_core::Ref;
use histo_core::write::{Cause, Way};
use histo_reference as reference;

type Set = BTreeSet<usize>;

/// A move of a head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) branch: u8,
    pub(crate) from: Option<usize>,
    pub(crate) to: Option<usize>,
    pub(crate) cause: Cause,
    pub(crate) steps: u32,
    pub(crate) time: u64,
}

/// The moves of a branch that can be undone, then those that can be redone, as numbers in the log.
#[derive(Debug, Default)]
struct Line {
    moves: Vec<usize>,
    undone: usize,
    /// Where the last logged move ended.
    ended: Option<usize>,
}

/// A prune, with revisions by place.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    pub(crate) now: u64,
    pub(crate) grace: u64,
    pub(crate) keep: Vec<usize>,
    pub(crate) before: Option<Vec<usize>>,
    pub(crate) depth: Option<u32>,
    pub(crate) force: bool,
}

/// Why an undo or redo moves nothing.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Stuck {
    /// There are fewer moves.
    NoMove,
    /// It would lead to what is gone.
    Gone,
}

#[derive(Debug, Default)]
pub(crate) struct Model {
    pub(crate) parents: Vec<Vec<usize>>,
    pub(crate) refs: Vec<Ref>,
    pub(crate) texts: BTreeMap<Ref, String>,
    /// Existing revisions; their data may be erased.
    pub(crate) whole: Set,
    pub(crate) erased: Set,
    /// Cut away, but named by existing revisions.
    pub(crate) tombstones: Set,
    /// Cut away: not to be written again.
    pub(crate) barred: BTreeSet<Ref>,
    /// When a revision was found unreached.
    marks: BTreeMap<usize, u64>,
    pub(crate) heads: BTreeMap<u8, usize>,
    pub(crate) remotes: BTreeMap<u8, usize>,
    /// All moves ever logged.
    log: Vec<Entry>,
    /// How many of them are forgotten.
    forgotten: usize,
    lines: BTreeMap<u8, Line>,
}

impl Model {
    /// Returns the place of an existing revision or tombstone.
    pub(crate) fn place(&self, reference: &Ref) -> Option<usize> {
        let known = self.whole.iter().chain(&self.tombstones);
        known.copied().find(|&place| self.refs[place] == *reference)
    }

    pub(crate) fn exists(&self, place: usize) -> bool {
        self.whole.contains(&place) || self.tombstones.contains(&place)
    }

    /// The moves that are not forgotten.
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.log[self.forgotten..]
    }

    /// Puts a revision, which then counts as new; returns its place.
    pub(crate) fn put(&mut self, reference: Ref, ancestors: &[usize], text: &str) -> usize {
        self.texts.insert(reference, text.to_owned());
        let place = self.place(&reference).unwrap_or_else(|| {
            self.parents.push(ancestors.to_vec());
            self.refs.push(reference);
            self.refs.len() - 1
        });
        self.tombstones.remove(&place);
        self.erased.remove(&place);
        self.marks.remove(&place);
        self.whole.insert(place);
        place
    }

    /// Notes that a revision is named again.
    pub(crate) fn name(&mut self, place: usize) {
        self.marks.remove(&place);
    }

    pub(crate) fn set_head(&mut self, branch: u8, to: Option<usize>) {
        match to {
            Some(to) => self.heads.insert(branch, to),
            None => self.heads.remove(&branch),
        };
    }

    /// Logs that the head of a branch moved from `from` to where it is now.
    pub(crate) fn log_move(&mut self, branch: u8, from: Option<usize>, cause: Cause, time: u64) {
        let to = self.heads.get(&branch).copied();
        if from == to {
            return;
        }
        let number = self.log.len();
        let line = self.lines.entry(branch).or_default();
        if line.ended != from {
            *line = Line::default(); // a head was moved without the log
        }
        line.moves.truncate(line.moves.len() - line.undone);
        line.moves.push(number);
        (line.undone, line.ended) = (0, to);
        self.log.push(Entry { branch, from, to, cause, steps: 1, time });
    }

    /// Returns where an undo or redo leads.
    pub(crate) fn target(&self, branch: u8, way: Way, steps: u32) -> Result<Option<usize>, Stuck> {
        let line = self.lines.get(&branch).ok_or(Stuck::NoMove)?;
        let made = line.moves.len() - line.undone;
        let at = match way {
            Way::Undo => made.checked_sub(steps as usize),
            Way::Redo => Some(made + steps as usize - 1),
        };
        let number = at.and_then(|at| line.moves.get(at)).ok_or(Stuck::NoMove)?;
        if line.ended != self.heads.get(&branch).copied() || *number < self.forgotten {
            return Err(Stuck::NoMove);
        }
        let entry = &self.log[*number];
        let target = if way == Way::Undo { entry.from } else { entry.to };
        let is_there = |place| self.whole.contains(&place) && !self.erased.contains(&place);
        if target.is_none_or(is_there) { Ok(target) } else { Err(Stuck::Gone) }
    }

    /// Does an undo or redo; without a time it is not logged.
    pub(crate) fn travel(&mut self, branch: u8, way: Way, steps: u32, time: Option<u64>) {
        let to = self.target(branch, way, steps).unwrap();
        let from = self.heads.get(&branch).copied();
        self.set_head(branch, to);
        if let Some(to) = to {
            self.name(to);
        }
        let (Some(line), Some(time)) = (self.lines.get_mut(&branch), time) else { return };
        match way {
            Way::Undo => line.undone += steps as usize,
            Way::Redo => line.undone -= steps as usize,
        }
        line.ended = to;
        self.log.push(Entry { branch, from, to, cause: way.cause(), steps, time });
    }

    /// The time that an entry gets now: no entry is older than one before it.
    pub(crate) fn time_of(&self, time: u64) -> u64 {
        self.log.last().map_or(time, |entry| time.max(entry.time))
    }

    /// The history that is still known: parents by place.
    fn seen(&self) -> Vec<Vec<usize>> {
        let own = |(place, own): (usize, &Vec<usize>)| {
            let known = own.iter().copied().filter(|&parent| self.exists(parent));
            if self.exists(place) { known.collect() } else { Vec::new() }
        };
        self.parents.iter().enumerate().map(own).collect()
    }

    /// Forgets old moves, deletes what was found unreached long enough ago, and cuts. Returns how many are deleted,
    /// cut away, and waiting.
    pub(crate) fn prune(&mut self, asked: &Asked) -> (usize, usize, usize) {
        let is_old = |time: u64| time.min(asked.now) + asked.grace <= asked.now;
        self.forgotten += self.entries().iter().take_while(|entry| is_old(entry.time)).count();
        let seen = self.seen();
        let tips = self.tips(asked);
        let reached = reference::reachable(&seen, &tips);
        let logged = self.entries().iter().flat_map(|entry| [entry.from, entry.to]).flatten();
        let logged: Vec<usize> = logged.filter(|&place| self.exists(place)).collect();
        let is_young = |place: &usize| self.marks.get(place).is_none_or(|&mark| !is_old(mark));
        let young = self.whole.iter().chain(&self.tombstones).copied().filter(is_young);
        let starts: Vec<usize> = young.chain(logged).chain(tips.iter().copied()).collect();
        let held = reference::reachable(&seen, &starts);
        let cut = &self.behind(&seen, &tips, asked) & &held;
        let (deleted, cut_away) = self.remove(&seen, &held, &cut);
        let known: Vec<usize> = self.whole.iter().chain(&self.tombstones).copied().collect();
        let mark = |place: usize| (place, *self.marks.get(&place).unwrap_or(&asked.now));
        let is_marked = |place: &usize| !reached.contains(place) && !cut.contains(place);
        self.marks = known.into_iter().filter(is_marked).map(mark).collect();
        self.marks.values_mut().for_each(|mark| *mark = (*mark).min(asked.now));
        let waiting = self.whole.iter().filter(|place| !reached.contains(place)).count();
        (deleted, cut_away, waiting)
    }

    fn tips(&self, asked: &Asked) -> Vec<usize> {
        let heads = self.heads.values().chain(self.remotes.values());
        heads.chain(&asked.keep).copied().collect()
    }

    /// What a horizon cuts away.
    fn behind(&self, seen: &[Vec<usize>], tips: &[usize], asked: &Asked) -> Set {
        let mut old: Set = match (&asked.before, asked.depth) {
            (Some(before), _) => {
                let own: Vec<usize> = before.iter().flat_map(|&it| seen[it].clone()).collect();
                reference::reachable(seen, &own)
            }
            (None, Some(depth)) => deeper(seen, tips, depth),
            (None, None) => Set::new(),
        };
        old.retain(|place| {
            let reaches = |&remote: &usize| reference::is_ancestor(seen, *place, remote);
            !tips.contains(place) && (asked.force || self.remotes.values().all(reaches))
        });
        old
    }

    /// Removes what is not held, and cuts. Returns the number of each.
    fn remove(&mut self, seen: &[Vec<usize>], held: &Set, cut: &Set) -> (usize, usize) {
        let below: Vec<usize> = cut.iter().flat_map(|&place| seen[place].clone()).collect();
        let below = reference::reachable(seen, &below);
        let stays = held - cut;
        let named: Set = stays.iter().flat_map(|&place| seen[place].clone()).collect();
        self.barred.extend(cut.iter().chain(&below).map(|&place| self.refs[place]));
        let deleted = (&self.whole - held).len();
        let fresh = &self.whole & cut;
        self.whole = &self.whole & &stays;
        self.tombstones.extend(&fresh);
        self.tombstones.retain(|place| named.contains(place) || stays.contains(place));
        if self.tombstones.is_empty() {
            self.barred.clear();
        }
        (deleted, fresh.len())
    }
}

/// The part of what the tips reach that is at least `depth` steps from each tip.
fn deeper(parents: &[Vec<usize>], tips: &[usize], depth: u32) -> Set {
    let mut near: Set = tips.iter().copied().collect();
    for _ in 1..depth {
        let next: Vec<usize> = near.iter().flat_map(|&place| parents[place].clone()).collect();
        near.extend(next);
    }
    &reference::reachable(parents, tips) - &near
}
