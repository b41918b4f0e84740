//! All that one or several tips reach, as a bitmap: for repeated questions about which revisions they reach.
//!
//! Kept for the last few tips, 125 KB for a million positions. A head mostly moves to a descendant, which
//! reaches all that the old head did, so that only the new part is walked.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::graph::index::columns::Graph;
use crate::graph::index::pos::Pos;
use crate::graph::walks::step::Step;
use crate::refs::Ref;

/// At most this many tips are kept.
const KEPT_TIPS: usize = 4;

/// All that a tip reaches, including itself.
#[derive(Debug)]
pub struct Reached {
    tip: Pos,
    reference: Ref,
    words: Vec<u64>,
}

impl Reached {
    /// Whether the tip reaches the revision at `pos`.
    pub fn contains(&self, pos: Pos) -> bool {
        let (word, bit) = place(pos);
        self.words.get(word).is_some_and(|word| word & bit != 0)
    }
}

const fn place(pos: Pos) -> (usize, u64) {
    (pos.index() / 64, 1 << (pos.get() % 64))
}

/// The walk to all that tips reach. Visits each position once; if a bitmap of an ancestor is given, only the
/// positions beyond it.
#[derive(Debug)]
pub struct ReachedBy {
    /// The highest tip.
    tip: Pos,
    others: Vec<Pos>,
    words: Vec<u64>,
    /// All words from here on were visited.
    at: usize,
    base: Option<Arc<Reached>>,
    /// Whether the tip reaches the tip of the base.
    meets: bool,
}

impl ReachedBy {
    /// Starts at `tip`. If it descends from the tip of `base`, what that reaches is not walked again.
    ///
    /// # Errors
    /// `HISTO_INTERNAL` if `tip` lies beyond `graph`.
    pub fn new(graph: &Graph, tip: Pos, base: Option<Arc<Reached>>) -> Result<Self> {
        Self::over(graph, tip, Vec::new(), base)
    }

    /// Starts at several tips, at least one.
    ///
    /// # Errors
    /// `HISTO_INTERNAL` if there is none, or one lies beyond `graph`.
    pub fn many(graph: &Graph, tips: &[Pos]) -> Result<Self> {
        let tip = tips.iter().max().ok_or_else(|| Error::Internal("no tip".into()))?;
        Self::over(graph, *tip, tips.to_vec(), None)
    }

    fn over(graph: &Graph, tip: Pos, others: Vec<Pos>, base: Option<Arc<Reached>>) -> Result<Self> {
        graph.check(&[tip])?;
        let mut walk = Self { tip, others, words: Vec::new(), at: 0, base, meets: false };
        walk.begin();
        Ok(walk)
    }

    /// Visits about `budget` more positions.
    pub fn run(&mut self, graph: &Graph, budget: u64) -> Step<Reached> {
        let mut rest = budget;
        while self.at > 0 || !self.is_right() {
            if rest == 0 {
                return Step::Pending;
            }
            rest -= 1;
            if self.at == 0 {
                self.base = None;
                self.begin();
            }
            self.at -= 1;
            rest = rest.saturating_sub(self.visit(graph));
        }
        if let Some(base) = &self.base {
            for (word, below) in self.words.iter_mut().zip(&base.words) {
                *word |= below;
            }
        }
        let words = std::mem::take(&mut self.words);
        Step::Done(Reached { tip: self.tip, reference: *graph.ref_at(self.tip), words })
    }

    fn begin(&mut self) {
        let (word, bit) = place(self.tip);
        self.words = vec![0; word + 1];
        self.words[word] = bit;
        for &other in &self.others {
            let (word, bit) = place(other);
            self.words[word] |= bit;
        }
        self.at = word + 1;
    }

    /// Whether all that the base reaches is reached.
    fn is_right(&self) -> bool {
        self.base.is_none() || self.meets
    }

    /// Visits the positions of a word, downward; some parents are in the same word. Returns their number.
    fn visit(&mut self, graph: &Graph) -> u64 {
        let mut count = 0;
        let mut left = self.words[self.at];
        while left != 0 {
            let slot = left.ilog2();
            count += 1;
            let pos = Pos::new(u32::try_from(self.at * 64).unwrap_or(u32::MAX) + slot);
            if self.base.as_ref().is_some_and(|base| base.contains(pos)) {
                self.meets |= self.base.as_ref().is_some_and(|base| base.tip == pos);
            } else {
                for parent in graph.known_parents(pos) {
                    let (word, bit) = place(parent);
                    self.words[word] |= bit;
                }
            }
            left = self.words[self.at] & ((1 << slot) - 1);
        }
        count
    }
}

/// The bitmaps of the last few tips.
#[derive(Debug, Default)]
pub struct Reaches {
    /// The last used one is at the back.
    kept: VecDeque<Arc<Reached>>,
}

impl Reaches {
    /// Returns the bitmap of a tip, if it is kept.
    pub fn of(&mut self, graph: &Graph, tip: Pos) -> Option<Arc<Reached>> {
        self.drop_strangers(graph);
        let place = self.kept.iter().position(|reached| reached.tip == tip)?;
        let found = self.kept.remove(place)?;
        self.kept.push_back(Arc::clone(&found));
        Some(found)
    }

    /// Returns the bitmap of the highest tip below `tip`, which most likely is an ancestor.
    pub fn below(&self, tip: Pos) -> Option<Arc<Reached>> {
        let below = self.kept.iter().filter(|reached| reached.tip < tip);
        below.max_by_key(|reached| reached.tip).map(Arc::clone)
    }

    /// Keeps a bitmap and returns it; drops the least recently used one.
    pub fn keep(&mut self, reached: Reached) -> Arc<Reached> {
        self.kept.retain(|other| other.tip != reached.tip);
        if self.kept.len() == KEPT_TIPS {
            self.kept.pop_front();
        }
        let reached = Arc::new(reached);
        self.kept.push_back(Arc::clone(&reached));
        reached
    }

    /// Drops all if positions have changed, as in a file that was rewritten.
    fn drop_strangers(&mut self, graph: &Graph) {
        let is_known = |reached: &Arc<Reached>| {
            graph.contains(reached.tip) && *graph.ref_at(reached.tip) == reached.reference
        };
        if !self.kept.iter().all(is_known) {
            self.kept.clear();
        }
    }
}
