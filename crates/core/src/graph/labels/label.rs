//! Label: what is known of one revision's place, and what two labels tell of a pair.
//!
//! Every revision stands in a **chain**: it goes on its first parent's where it is the first to do so,
//! else it begins one. Beside that it knows its place beside the **trunk**, one of the longest paths of
//! the history: the highest revision of it that it reaches, and the lowest that reaches it. What the
//! trunk separates or joins is told by comparing numbers; what it does not may have ranks, and is
//! searched, from chain to chain. Sources: the chain cover of Jagadish, "A compression technique to materialize transitive
//! closure" (1990), with one chain of it, and the pruned search of GRAIL (Yıldırım and others, 2010).

use std::sync::Arc;

use super::rank::Rank;
use crate::graph::index::pos::Pos;

/// Below every generation: reaches nothing of the trunk.
pub(super) const NOTHING: u32 = 0;
/// Above every generation: nothing of the trunk reaches it.
pub(super) const UNREACHED: u32 = u32::MAX;

/// 16 bytes. Places on the trunk are generations: on a longest path each is one above the one before.
#[derive(Clone, Copy, Default)]
pub(in crate::graph) struct Label {
    /// Position of the first revision of the chain.
    pub(super) chain: u32,
    /// The highest revision of the chain, this one or below it, that has not one parent in the chain:
    /// all between has no other way down.
    pub(super) exit: u32,
    /// The highest place on the trunk that it reaches, or `NOTHING`.
    pub(super) below: u32,
    /// The lowest place on the trunk that reaches it, or `UNREACHED`.
    pub(super) above: u32,
}

/// The labels of the first revisions of a graph, and their ranks, if there are any.
pub(in crate::graph) struct Labels {
    shared: Arc<Shared>,
    ranks: Vec<Rank>,
}

/// What there is with and without ranks.
struct Shared {
    labels: Vec<Label>,
}

/// What labels know of a position that is sought.
#[derive(Clone, Copy)]
pub(in crate::graph) struct Sought {
    label: Label,
    rank: Option<Rank>,
}

/// What the labels of two revisions tell: whether the one reaches the other.
#[derive(Clone, Copy)]
pub(in crate::graph) enum Verdict {
    Reaches,
    Never,
    /// They do not tell. What it reaches beyond its chain, the parents of this position reach.
    Search(Pos),
}

impl Labels {
    pub(super) fn new(labels: Vec<Label>) -> Self {
        Self { shared: Arc::new(Shared { labels }), ranks: Vec::new() }
    }

    /// The same labels with their ranks.
    pub(super) fn with_ranks(&self, ranks: Vec<Rank>) -> Self {
        Self { shared: Arc::clone(&self.shared), ranks }
    }

    /// Number of revisions that have labels; their positions are all below.
    #[expect(clippy::cast_possible_truncation, reason = "no longer than the graph")]
    pub(in crate::graph) fn len(&self) -> u32 {
        self.shared.labels.len() as u32
    }

    /// Whether all that have labels have ranks.
    pub(in crate::graph) const fn is_ranked(&self) -> bool {
        !self.ranks.is_empty()
    }

    /// Returns the label of a revision, if it has one.
    #[inline]
    pub(in crate::graph) fn get(&self, pos: Pos) -> Option<Label> {
        self.shared.labels.get(pos.index()).copied()
    }

    /// Returns what is known of a position that is sought, if it has a label.
    pub(in crate::graph) fn sought(&self, pos: Pos) -> Option<Sought> {
        Some(Sought { label: self.get(pos)?, rank: self.ranks.get(pos.index()).copied() })
    }

    /// Tells whether `pos` reaches what is sought, which stands lower, if it has a label.
    #[inline]
    pub(in crate::graph) fn tell(&self, pos: Pos, sought: Sought) -> Option<Verdict> {
        let verdict = self.get(pos)?.reaches(sought.label);
        if let (Verdict::Search(_), Some(rank)) = (verdict, sought.rank)
            && self.ranks[pos.index()].is_beside(rank)
        {
            return Some(Verdict::Never);
        }
        Some(verdict)
    }

    /// Returns positions further down from `pos`, where there are ranks.
    #[inline]
    pub(in crate::graph) fn leaps(&self, pos: Pos) -> Option<[Pos; 2]> {
        self.ranks.get(pos.index()).map(|rank| rank.leaps.map(Pos::new))
    }

    /// Whether a revision with a label is of the trunk: nothing else has its place below and above.
    pub(super) fn is_trunk(&self, pos: Pos) -> bool {
        let label = self.shared.labels[pos.index()];
        label.below == label.above
    }

    /// Bytes held.
    pub(in crate::graph) fn bytes(&self) -> usize {
        self.shared.labels.capacity() * size_of::<Label>()
            + self.ranks.capacity() * size_of::<Rank>()
    }
}

impl Label {
    /// Tells whether the revision of this label reaches the one of `sought`, which stands lower.
    #[inline]
    const fn reaches(self, sought: Self) -> Verdict {
        if self.chain == sought.chain || self.below >= sought.above {
            Verdict::Reaches
        } else if self.below < sought.below || self.above < sought.above {
            Verdict::Never
        } else {
            Verdict::Search(self.exit())
        }
    }

    /// Where the way down leaves the chain, or may do so.
    #[inline]
    pub(in crate::graph) const fn exit(self) -> Pos {
        Pos::new(self.exit)
    }
}
