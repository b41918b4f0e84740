//! Label: the place of one revision, and the verdict of two labels on a pair.
//!
//! Every revision is in a **chain**: it extends the chain of its first parent if it is the first child to do
//! so, or else begins one. It also knows its place relative to the **trunk**, one of the longest paths of the
//! history: the highest revision of the trunk that it reaches, and the lowest that reaches it. Comparing these
//! numbers decides pairs that the trunk separates or joins; the rest is searched, chain by chain. Sources: the
//! chain cover of Jagadish, "A compression technique to materialize transitive closure" (1990), with one chain
//! of it, and the pruned search of GRAIL (Yıldırım and others, 2010).

use crate::graph::index::pos::Pos;

/// Below every generation: reaches no revision of the trunk.
pub(super) const NOTHING: u32 = 0;
/// Above every generation: no revision of the trunk reaches it.
pub(super) const UNREACHED: u32 = u32::MAX;

/// 16 bytes. Places on the trunk are generations: along a longest path each is one above the one before.
#[derive(Clone, Copy, Default)]
pub(in crate::graph) struct Label {
    /// Position of the first revision of the chain.
    pub(super) chain: u32,
    /// The highest revision of the chain, at or below this one, whose parents are not exactly one revision in
    /// the chain. Between the two there is no other way down.
    pub(super) exit: u32,
    /// The highest place on the trunk that it reaches, or `NOTHING`.
    pub(super) below: u32,
    /// The lowest place on the trunk that reaches it, or `UNREACHED`.
    pub(super) above: u32,
}

/// The labels of the first revisions of a graph.
pub(in crate::graph) struct Labels(Vec<Label>);

/// The verdict of two labels: whether one revision reaches the other.
#[derive(Clone, Copy)]
pub(in crate::graph) enum Verdict {
    Reaches,
    Never,
    /// Undecided. Whatever it reaches outside its chain, the parents of this position reach.
    Search(Pos),
}

impl Labels {
    pub(super) const fn new(labels: Vec<Label>) -> Self {
        Self(labels)
    }

    /// Number of revisions with labels; all their positions are below it.
    #[expect(clippy::cast_possible_truncation, reason = "no longer than the graph")]
    pub(in crate::graph) const fn len(&self) -> u32 {
        self.0.len() as u32
    }

    /// Returns the label of a revision, if it has one.
    #[inline]
    pub(in crate::graph) fn get(&self, pos: Pos) -> Option<Label> {
        self.0.get(pos.index()).copied()
    }

    /// Returns whether `pos` reaches the revision with label `sought`, which is at a lower position, if `pos`
    /// has a label.
    #[inline]
    pub(in crate::graph) fn tell(&self, pos: Pos, sought: Label) -> Option<Verdict> {
        Some(self.get(pos)?.reaches(sought))
    }

    /// Bytes held.
    pub(in crate::graph) const fn bytes(&self) -> usize {
        self.0.capacity() * size_of::<Label>()
    }
}

impl Label {
    /// Returns whether the revision with this label reaches the one with `sought`, which is at a lower
    /// position.
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

    /// The position where the way down leaves the chain, or may do so.
    #[inline]
    pub(in crate::graph) const fn exit(self) -> Pos {
        Pos::new(self.exit)
    }
}
