//! Label: the place of one revision, and the verdict of two labels on a pair.
//!
//! Every revision stands in a **chain**: it goes on its first parent's where it is the first to do so,
//! else it begins one. Beside that it knows its place beside the **trunk**, one of the longest paths of
//! the history: the highest revision of it that it reaches, and the lowest that reaches it. Comparing
//! numbers decides pairs that the trunk separates or joins; the rest is searched, from chain to chain. Sources: the
//! chain cover of Jagadish, "A compression technique to materialize transitive closure" (1990), with one chain of
//! it, and the pruned search of GRAIL (Yıldırım and others, 2010).

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

/// The labels of the first revisions of a graph.
pub(in crate::graph) struct Labels(Vec<Label>);

/// The verdict of two labels: whether the one revision reaches the other.
#[derive(Clone, Copy)]
pub(in crate::graph) enum Verdict {
    Reaches,
    Never,
    /// Undecided. All that it reaches beyond its chain, the parents of this position reach.
    Search(Pos),
}

impl Labels {
    pub(super) const fn new(labels: Vec<Label>) -> Self {
        Self(labels)
    }

    /// Number of revisions that have labels; their positions are all below.
    #[expect(clippy::cast_possible_truncation, reason = "no longer than the graph")]
    pub(in crate::graph) const fn len(&self) -> u32 {
        self.0.len() as u32
    }

    /// Returns the label of a revision, if it has one.
    #[inline]
    pub(in crate::graph) fn get(&self, pos: Pos) -> Option<Label> {
        self.0.get(pos.index()).copied()
    }

    /// Tells whether `pos` reaches the revision of label `sought`, which stands lower, if `pos` has a label.
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
