//! Merge bases: the best common ancestors of two positions.
//!
//! The painted walk. Never reads a store or a clock, recurses, or panics on users' input. Source: git,
//! `commit-reach.c`, `paint_down_to_common`. Ours needs no pass for redundant bases: positions are topological,
//! so a position popped while fresh with both colours stays a base. And it stops as soon as no fresh position
//! of one side waits: a further base would have to be reached from both sides by paths that avoid the bases
//! found. If it takes long and there are labels, a guided descent takes turns with it, and the first answer
//! counts.
//!
//! A revision that was cut away has unknown ancestors: anything below may have its colours too. If that could
//! make or unmake a base, the walk fails; otherwise the answer is that of the whole history.

use crate::error::Result;
use crate::graph::index::columns::Graph;
use crate::graph::index::pos::Pos;
use crate::graph::labels::Guide;
use crate::graph::walks::frontier::{Colours, Frontier};
use crate::graph::walks::guided_bases::GuidedBases;
use crate::graph::walks::step::Step;
use crate::graph::walks::turns::Turns;

/// Reached from the first position.
const LEFT: Colours = 1;
/// Reached from the second position.
const RIGHT: Colours = 2;
const BOTH: Colours = LEFT | RIGHT;
/// Below a base.
const STALE: Colours = 4;

/// The walk to the merge bases of two positions. Visits each position above the lowest base at most once; with
/// labels, only what the lower one reaches and the other does not, if that is less.
pub struct MergeBases {
    painted: Painted,
    guide: Guide,
    guided: Option<GuidedBases>,
    upper: Pos,
    turns: Turns,
}

impl MergeBases {
    /// Starts at `a` and `b`.
    ///
    /// # Errors
    /// `HISTO_INTERNAL` if a position lies beyond `graph`.
    pub fn new(graph: &Graph, a: Pos, b: Pos) -> Result<Self> {
        graph.check(&[a, b])?;
        Ok(Self {
            painted: Painted::new(a, b),
            guide: Guide::new(graph),
            guided: Some(GuidedBases::new(a.min(b), a.max(b))),
            upper: a.max(b),
            turns: Turns::default(),
        })
    }

    /// Lets a guided descent take the first turn, if there are labels.
    #[must_use]
    pub fn guided_first(mut self) -> Self {
        self.turns = Turns::other_first();
        self
    }

    /// Visits at most `budget` more positions. Returns the bases, highest first.
    ///
    /// # Errors
    /// `HISTO_SHALLOW` if the answer depends on what was cut away.
    pub fn run(&mut self, graph: &Graph, budget: u64) -> Result<Step<Vec<Pos>>> {
        let mut rest = budget;
        loop {
            self.guide.build(graph, &mut rest);
            let step = self.run_painted(graph, &mut rest)?;
            if step != Step::Pending {
                return Ok(step);
            }
            let step = self.run_guided(graph, &mut rest);
            if step != Step::Pending || rest == 0 {
                return Ok(step);
            }
        }
    }

    fn run_painted(&mut self, graph: &Graph, rest: &mut u64) -> Result<Step<Vec<Pos>>> {
        let turn = self.turns.plain(*rest);
        let mut left = turn;
        let step = self.painted.run(graph, &mut left)?;
        let visits = turn - left;
        *rest -= visits;
        self.turns.plain_took(visits);
        if self.guide.lacks(self.upper) {
            self.guide.note(graph, visits);
        }
        Ok(step)
    }

    fn run_guided(&mut self, graph: &Graph, rest: &mut u64) -> Step<Vec<Pos>> {
        let turn = self.turns.other(*rest);
        if turn == 0 {
            return Step::Pending;
        }
        let (Some(guided), Some(labels)) = (&mut self.guided, self.guide.labels()) else {
            self.turns.other_passes();
            return Step::Pending;
        };
        let mut left = turn;
        let step = guided.run(graph, labels, &mut left);
        *rest -= turn - left;
        self.turns.other_took(turn - left);
        let missed = guided.take_missed_visits();
        self.guide.note(graph, missed);
        match step {
            Step::Pending => Step::Pending,
            Step::Done(Some(bases)) => Step::Done(bases),
            Step::Done(None) => {
                self.guided = None;
                Step::Pending
            }
        }
    }
}

/// The painted walk down from both.
struct Painted {
    frontier: Frontier,
    fresh: Fresh,
    bases: Vec<Pos>,
    /// Colours that cut-away revisions above may have passed on to all below them.
    blur: Colours,
    /// The last of these revisions.
    hidden: Pos,
}

/// Number of fresh waiting positions that each side reaches; a position that both reach counts for both.
#[derive(Default)]
struct Fresh {
    left: u32,
    right: u32,
}

impl Painted {
    fn new(a: Pos, b: Pos) -> Self {
        let mut walk = Self {
            frontier: Frontier::new(a.max(b)),
            fresh: Fresh::default(),
            bases: Vec::new(),
            blur: 0,
            hidden: Pos::new(0),
        };
        walk.paint(a, LEFT);
        walk.paint(b, RIGHT);
        walk
    }

    fn run(&mut self, graph: &Graph, rest: &mut u64) -> Result<Step<Vec<Pos>>> {
        let mut left = *rest;
        while self.is_open() {
            if left == 0 {
                *rest = 0;
                return Ok(Step::Pending);
            }
            left -= 1;
            let Some((pos, colours)) = self.frontier.pop() else {
                break;
            };
            let parents_colours = self.visit(pos, colours);
            if self.blur != 0 && self.is_unsure(colours) {
                return Err(graph.depends_on(self.hidden));
            }
            if graph.is_hidden(pos) {
                self.hide(graph, pos, colours)?;
                continue;
            }
            for parent in graph.parents(pos) {
                self.paint(parent, parents_colours);
            }
        }
        *rest = left;
        Ok(Step::Done(std::mem::take(&mut self.bases)))
    }

    /// Whether a further base may be met. Below what was cut away something fresh may always exist.
    const fn is_open(&self) -> bool {
        (self.fresh.left > 0 || self.blur & LEFT != 0)
            && (self.fresh.right > 0 || self.blur & RIGHT != 0)
    }

    /// Whether further colours that a position may have could make it a base, or no base.
    const fn is_unsure(&self, colours: Colours) -> bool {
        match colours {
            LEFT => self.blur & RIGHT != 0,
            RIGHT => self.blur & LEFT != 0,
            BOTH => self.blur & STALE != 0,
            _ => false,
        }
    }

    /// Notes a revision that was cut away: from here on, all may have its colours. A revision that does not
    /// exist cannot be a base.
    fn hide(&mut self, graph: &Graph, pos: Pos, colours: Colours) -> Result<()> {
        if colours == BOTH {
            return Err(graph.depends_on(pos));
        }
        self.blur |= if colours & STALE == 0 { colours } else { STALE };
        self.hidden = pos;
        Ok(())
    }

    /// Takes a visited position out of the count; returns the colours for its parents.
    fn visit(&mut self, pos: Pos, colours: Colours) -> Colours {
        self.fresh.left -= counts_for(LEFT, colours);
        self.fresh.right -= counts_for(RIGHT, colours);
        if colours == BOTH {
            self.bases.push(pos);
            return BOTH | STALE;
        }
        colours
    }

    fn paint(&mut self, pos: Pos, colours: Colours) {
        let before = self.frontier.paint(pos, colours);
        let after = before | colours;
        self.fresh.left += counts_for(LEFT, after);
        self.fresh.left -= counts_for(LEFT, before);
        self.fresh.right += counts_for(RIGHT, after);
        self.fresh.right -= counts_for(RIGHT, before);
    }
}

/// 1 if a position with these colours is fresh and reached from `side`, else 0.
fn counts_for(side: Colours, colours: Colours) -> u32 {
    u32::from(colours & side != 0 && colours & STALE == 0)
}

/// Returns the merge bases of `a` and `b`, highest first; empty if their histories share nothing.
///
/// # Errors
/// `HISTO_INTERNAL` if a position lies beyond `graph`; `HISTO_SHALLOW` as `MergeBases::run`.
pub fn merge_bases(graph: &Graph, a: Pos, b: Pos) -> Result<Vec<Pos>> {
    let mut walk = MergeBases::new(graph, a, b)?;
    loop {
        if let Step::Done(bases) = walk.run(graph, u64::MAX)? {
            return Ok(bases);
        }
    }
}
