//! Choosing which undecided revisions to ask about.
//!
//! The heads, since they decide the most. Revisions at distances 1, 2, 4, … below a head, since differences are
//! mostly small. Some at regular distances, since some differences are not. And some of what was not explored
//! yet.

use super::sample::{MIN_PER_HEAD, usual};
use super::{Discovery, Phase};
use crate::graph::{Graph, Pos};

/// Questions of the first round besides those about tips: under 1 KB with one tip.
const FIRST_ROUND: usize = 28;
/// At most this many questions in a later round, whatever the number of heads.
const MAX_ROUND: usize = 1 << 16;
/// With fewer questions than this for each head, there is room only for evenly spaced ones.
const EVEN_ONLY_BELOW: usize = 6;

impl Discovery {
    /// Continues the pass; at its end returns the questions.
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

    /// All tips, and one revision at each distance.
    fn first(&self, powers: Vec<(u32, Pos)>) -> Vec<Pos> {
        let mut asked = self.tips.clone();
        let mut seen = 0_u64;
        for (power, pos) in powers {
            if seen >> power & 1 == 0 && asked.len() < self.tips.len().max(FIRST_ROUND) {
                seen |= 1 << power;
                asked.push(pos);
            }
        }
        let room = FIRST_ROUND.saturating_sub(asked.len()).min(4);
        self.unseen(room, &mut asked);
        distinct(asked)
    }

    /// With enough room, heads, powers and evenly spaced ones; else mostly evenly spaced ones, which cut every
    /// branch alike.
    fn later(&mut self, heads: Vec<Pos>, powers: Vec<(u32, Pos)>, even: Vec<Pos>) -> Vec<Pos> {
        let usual = usize::try_from(usual(self.round)).unwrap_or(usize::MAX);
        let most = usual.max(heads.len() * MIN_PER_HEAD).min(MAX_ROUND);
        self.heads = heads.len() as u64;
        let mut heads = heads;
        self.choose(&mut heads, most / 2);
        let mut powers: Vec<Pos> = powers.into_iter().map(|(_, pos)| pos).collect();
        let mut even = even;
        let mut asked = Vec::new();
        self.unseen(most / 4, &mut asked);
        if most >= heads.len() * EVEN_ONLY_BELOW || even.is_empty() {
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

    /// Adds some of the revisions that wait below the floor.
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

    /// Keeps `count` of the positions, chosen at random.
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

    /// Returns the next number of the sequence that starts from the seed. Source: Vigna, `splitmix64`.
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
