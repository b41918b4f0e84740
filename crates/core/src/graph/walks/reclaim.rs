//! Reclaim: which revisions can be deleted.
//!
//! A revision that no tip reaches is first marked. It is deleted later, if it was marked long enough ago and
//! nothing younger descends from it. With a horizon, older revisions are cut away although tips reach them.
//! Visits each position once or twice. Only decides; deletes nothing.

use std::collections::BTreeMap;

use crate::error::Result;
use crate::graph::index::columns::Graph;
use crate::graph::index::dead::Loss;
use crate::graph::index::pos::Pos;

/// Input of `reclaim`.
#[derive(Debug)]
pub struct Reclaim<'a> {
    /// Heads, remote heads and other revisions to keep with all their ancestors.
    pub tips: &'a [Pos],
    /// Revisions that the log of heads names. They are kept with all their ancestors unless a horizon cuts them
    /// away, and still count as unreached.
    pub logged: &'a [Pos],
    /// When a position was first found unreached, in ms. A time later than `now`, from a clock that was ahead,
    /// counts as now.
    pub marks: &'a BTreeMap<u32, u64>,
    /// The time, in ms.
    pub now: u64,
    /// How long ago that must have been, in ms.
    pub grace: u64,
    /// Where history ends because it is too old.
    pub horizon: Option<Horizon<'a>>,
}

/// The end of the history to keep.
#[derive(Debug)]
pub struct Horizon<'a> {
    /// Which revisions are cut away.
    pub edge: Edge<'a>,
    /// Only revisions that one of these reaches are cut away.
    pub remotes: &'a [Pos],
}

/// Which revisions are cut away.
#[derive(Debug)]
pub enum Edge<'a> {
    /// All that these reach, except for themselves.
    Before(&'a [Pos]),
    /// All at this many steps or more from each tip; a tip is 0 steps from itself.
    Depth(u32),
}

/// Result of `reclaim`. Positions ascend.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Reclaimed {
    /// Unreached for long enough.
    pub unreached: Vec<Pos>,
    /// Number of further revisions that are unreached and stay for now, except those cut away before.
    pub waiting: u32,
    /// Behind the horizon, but named by something that stays: their places are kept.
    pub boundary: Vec<Pos>,
    /// Behind the horizon, and named by nothing that stays.
    pub behind: Vec<Pos>,
    /// Revisions that stay although they are ancestors of some that are cut away. That relation will be
    /// forgotten, so they must not come back once they are deleted.
    pub islands: Vec<Pos>,
    /// The new marks.
    pub marks: BTreeMap<u32, u64>,
}

/// Decides what can be deleted of `graph`.
///
/// # Errors
/// `HISTO_INTERNAL` if a position lies beyond `graph`.
pub fn reclaim(graph: &Graph, ask: &Reclaim<'_>) -> Result<Reclaimed> {
    graph.check(ask.tips)?;
    let mut out = Reclaimed::default();
    let reached = reach(graph, ask.tips);
    graph.check(ask.logged)?;
    let logged = reach(graph, ask.logged);
    let mut held = Set::new(graph);
    for pos in descending(graph) {
        if held.has(pos) || reached.has(pos) || logged.has(pos) || !is_condemned(ask, pos) {
            held.add_all(graph, pos);
        }
    }
    let mut stays = Set::new(graph);
    for pos in ascending(graph) {
        if reached.has(pos) {
            stays.add(pos);
        } else if held.has(pos) {
            stays.add(pos);
            out.waiting += u32::from(!graph.loss(pos).is_some_and(Loss::is_cut));
            let found = ask.marks.get(&pos.get()).map_or(ask.now, |&found| found.min(ask.now));
            out.marks.insert(pos.get(), found.max(1));
        } else {
            out.unreached.push(pos);
        }
    }
    if let Some(horizon) = &ask.horizon {
        cut(graph, ask, horizon, &stays, &reached, &mut out)?;
    }
    Ok(out)
}

/// Whether it was found unreached long enough ago.
fn is_condemned(ask: &Reclaim<'_>, pos: Pos) -> bool {
    let found = ask.marks.get(&pos.get());
    found.is_some_and(|&found| found.min(ask.now).saturating_add(ask.grace) <= ask.now)
}

/// Finds the part of `stays` that is behind the horizon.
fn cut(
    graph: &Graph,
    ask: &Reclaim<'_>,
    horizon: &Horizon<'_>,
    stays: &Set,
    reached: &Set,
    out: &mut Reclaimed,
) -> Result<()> {
    graph.check(horizon.remotes)?;
    let mut old = match horizon.edge {
        Edge::Before(edge) => {
            graph.check(edge)?;
            below(graph, edge)
        }
        Edge::Depth(depth) => deeper(graph, ask.tips, depth, reached),
    };
    for &tip in ask.tips {
        old.remove(tip);
    }
    for remotes in horizon.remotes.chunks(64) {
        keep_what_all_reach(graph, remotes, &mut old);
    }
    let (mut named, mut below) = (Set::new(graph), Set::new(graph));
    for pos in descending(graph).filter(|&pos| stays.has(pos)) {
        let is_above = !old.has(pos);
        for parent in graph.parents(pos) {
            if is_above {
                named.add(parent);
            }
            if !is_above || below.has(pos) {
                below.add(parent);
            }
        }
    }
    for pos in ascending(graph).filter(|&pos| stays.has(pos)) {
        if !old.has(pos) {
            out.islands.extend(below.has(pos).then_some(pos));
            continue;
        }
        if !named.has(pos) {
            out.behind.push(pos);
        } else if !graph.loss(pos).is_some_and(Loss::is_cut) {
            out.boundary.push(pos);
        }
        let is_new = !graph.loss(pos).is_some_and(Loss::is_cut);
        out.waiting -= u32::from(out.marks.remove(&pos.get()).is_some() && is_new);
    }
    Ok(())
}

/// Returns all that `tips` reach.
fn reach(graph: &Graph, tips: &[Pos]) -> Set {
    let mut reached = Set::new(graph);
    for &tip in tips {
        reached.add(tip);
    }
    for pos in descending(graph) {
        if reached.has(pos) {
            reached.add_all(graph, pos);
        }
    }
    reached
}

/// Removes from `set` whatever is not reached by all of at most 64 `tips`. Takes 8 bytes a revision meanwhile.
fn keep_what_all_reach(graph: &Graph, tips: &[Pos], set: &mut Set) {
    let mut by = vec![0_u64; graph.len() as usize];
    let mut all = 0;
    for (number, tip) in tips.iter().enumerate() {
        by[tip.index()] |= 1 << number;
        all |= 1 << number;
    }
    for pos in descending(graph) {
        let own = by[pos.index()];
        if own != all {
            set.remove(pos);
        }
        for parent in graph.parents(pos) {
            by[parent.index()] |= own;
        }
    }
}

/// Returns all that `edge` reaches, except for members of it that no other one reaches.
fn below(graph: &Graph, edge: &[Pos]) -> Set {
    let (mut starts, mut below) = (Set::new(graph), Set::new(graph));
    for &pos in edge {
        starts.add(pos);
    }
    for pos in descending(graph) {
        if starts.has(pos) || below.has(pos) {
            graph.parents(pos).for_each(|parent| below.add(parent));
        }
    }
    below
}

/// Returns the part of `reached` that is at least `depth` steps from each of `tips`.
fn deeper(graph: &Graph, tips: &[Pos], depth: u32, reached: &Set) -> Set {
    let mut steps = vec![u32::MAX; graph.len() as usize];
    for tip in tips {
        steps[tip.index()] = 0;
    }
    let mut deeper = Set::new(graph);
    for pos in descending(graph).filter(|&pos| reached.has(pos)) {
        let own = steps[pos.index()];
        if own >= depth {
            deeper.add(pos);
        }
        for parent in graph.parents(pos) {
            steps[parent.index()] = steps[parent.index()].min(own.saturating_add(1));
        }
    }
    deeper
}

/// Returns the positions that are not deleted, highest first.
fn descending(graph: &Graph) -> impl Iterator<Item = Pos> + '_ {
    (0..graph.len()).rev().map(Pos::new).filter(|&pos| !graph.dead().is_deleted(pos))
}

fn ascending(graph: &Graph) -> impl Iterator<Item = Pos> + '_ {
    (0..graph.len()).map(Pos::new).filter(|&pos| !graph.dead().is_deleted(pos))
}

/// A set of positions, one bit each.
struct Set(Vec<u64>);

impl Set {
    fn new(graph: &Graph) -> Self {
        Self(vec![0; graph.len().div_ceil(64) as usize])
    }

    fn has(&self, pos: Pos) -> bool {
        self.0[pos.index() / 64] >> (pos.get() % 64) & 1 == 1
    }

    fn add(&mut self, pos: Pos) {
        self.0[pos.index() / 64] |= 1 << (pos.get() % 64);
    }

    fn remove(&mut self, pos: Pos) {
        self.0[pos.index() / 64] &= !(1 << (pos.get() % 64));
    }

    /// Adds a position and its parents.
    fn add_all(&mut self, graph: &Graph, pos: Pos) {
        self.add(pos);
        graph.parents(pos).for_each(|parent| self.add(parent));
    }
}
