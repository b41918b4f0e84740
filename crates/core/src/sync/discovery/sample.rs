//! Sampling: which of what is undecided to ask about.
//!
//! The heads of it, since most is decided by them; what stands at distances 1, 2, 4, … below a head, since
//! differences are mostly small; some at even distances, since some are not; and some of what was
//! not looked at yet.

use hashbrown::HashMap;

use super::{Discovery, Phase};
use crate::graph::{Graph, Pos};

/// Questions of the first round beside those about tips: with one tip all are below 1 KB.
const FIRST: usize = 28;
/// Most questions of a later round, however many heads there are.
const MOST: usize = 1 << 16;
/// With fewer questions a head there is no room for more than even ones.
const TIGHT: usize = 6;
/// Questions for each head at least, where heads are many: they cut a branch into four.
const A_HEAD: usize = 3;
/// Questions of a round, at least, doubled in each.
const FULL: u64 = 256;

/// A pass over what is undecided, downward.
#[derive(Debug)]
pub(super) struct Sampling {
    /// All at and above were passed.
    at: u32,
    /// Distances from the nearest head, of what lies below.
    distances: HashMap<Pos, u32>,
    /// Those at each so manieth distance are taken.
    stride: u32,
    heads: Vec<Pos>,
    /// At a distance that is a power of two, with the power.
    powers: Vec<(u32, Pos)>,
    even: Vec<Pos>,
}

impl Sampling {
    pub(super) fn new(discovery: &Discovery) -> Self {
        let heads = discovery.heads;
        let wanted = usual(discovery.round).max(heads * A_HEAD as u64) + heads;
        let stride = u32::try_from(discovery.undecided / wanted).unwrap_or(u32::MAX).max(1);
        Self {
            at: discovery.top,
            distances: HashMap::new(),
            stride,
            heads: Vec::new(),
            powers: Vec::new(),
            even: Vec::new(),
        }
    }

    /// Looks at the next one.
    fn pass(&mut self, graph: &Graph, discovery: &super::Marks, pos: Pos) {
        let distance = self.distances.remove(&pos).unwrap_or(0);
        if distance == 0 {
            self.heads.push(pos);
        }
        if distance.is_power_of_two() {
            self.powers.push((distance.ilog2(), pos));
        }
        if (distance + 1).is_multiple_of(self.stride) {
            self.even.push(pos);
        }
        for parent in graph.parents(pos) {
            if discovery.is_undecided(parent) {
                let known = self.distances.entry(parent).or_insert(u32::MAX);
                *known = (*known).min(distance.saturating_add(1));
            }
        }
        self.at = pos.get();
    }
}

/// About how many questions a round has.
fn usual(round: u32) -> u64 {
    FULL << round.min(12)
}

impl Discovery {
    /// Goes on with the pass; at its end answers what to ask.
    pub(super) fn sample(&mut self, graph: &Graph, left: &mut u64) -> Option<Vec<Pos>> {
        let Self { phase: Phase::Sample(sampling), marks, floor, .. } = self else {
            return None;
        };
        while let Some(pos) = marks.highest_undecided(sampling.at) {
            if pos.get() < *floor {
                break;
            }
            if *left == 0 {
                return None;
            }
            *left -= 1;
            sampling.pass(graph, marks, pos);
        }
        let (heads, powers, even) = (
            std::mem::take(&mut sampling.heads),
            std::mem::take(&mut sampling.powers),
            std::mem::take(&mut sampling.even),
        );
        Some(if self.round == 0 { self.first(powers) } else { self.later(heads, powers, even) })
    }

    /// All tips, and one at each distance.
    fn first(&self, powers: Vec<(u32, Pos)>) -> Vec<Pos> {
        let mut asked = self.tips.clone();
        let mut seen = 0_u64;
        for (power, pos) in powers {
            if seen >> power & 1 == 0 && asked.len() < self.tips.len().max(FIRST) {
                seen |= 1 << power;
                asked.push(pos);
            }
        }
        let room = FIRST.saturating_sub(asked.len()).min(4);
        self.unseen(room, &mut asked);
        distinct(asked)
    }

    /// Where there is room, heads, powers and even ones; else mostly even ones, which cut every branch alike.
    fn later(&mut self, heads: Vec<Pos>, powers: Vec<(u32, Pos)>, even: Vec<Pos>) -> Vec<Pos> {
        let usual = usize::try_from(usual(self.round)).unwrap_or(usize::MAX);
        let most = usual.max(heads.len() * A_HEAD).min(MOST);
        self.heads = heads.len() as u64;
        let mut heads = heads;
        self.choose(&mut heads, most / 2);
        let mut powers: Vec<Pos> = powers.into_iter().map(|(_, pos)| pos).collect();
        let mut even = even;
        let mut asked = Vec::new();
        self.unseen(most / 4, &mut asked);
        if most >= heads.len() * TIGHT || even.is_empty() {
            asked.extend(heads);
            let room = most.saturating_sub(asked.len());
            let evenly = even.len().min(room / 2);
            self.choose(&mut powers, room - evenly);
            self.choose(&mut even, room - powers.len());
            asked.extend(powers);
        } else {
            self.choose(&mut even, most.saturating_sub(asked.len()));
        }
        asked.extend(even);
        distinct(asked)
    }

    /// Adds some of what waits below the floor.
    fn unseen(&self, most: usize, asked: &mut Vec<Pos>) {
        let mut at = self.floor;
        for _ in 0..most {
            let Some(pos) = self.marks.highest_undecided(at) else {
                return;
            };
            asked.push(pos);
            at = pos.get();
        }
    }

    /// Keeps `count` of the positions, at random.
    fn choose(&mut self, positions: &mut Vec<Pos>, count: usize) {
        if positions.len() <= count {
            return;
        }
        for place in 0..count {
            let rest = (positions.len() - place) as u64;
            let other = place + usize::try_from(self.random() % rest).unwrap_or(0);
            positions.swap(place, other);
        }
        positions.truncate(count);
    }

    /// A number of the sequence that the seed begins. Source: Vigna, `splitmix64`.
    fn random(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

fn distinct(mut asked: Vec<Pos>) -> Vec<Pos> {
    asked.sort_unstable_by(|a, b| b.cmp(a));
    asked.dedup();
    asked
}
