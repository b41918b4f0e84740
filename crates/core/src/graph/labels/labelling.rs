//! Labelling: making labels, in steps.
//!
//! Four passes over a snapshot: chains (upward), the trunk (downward), what each revision reaches of it
//! (upward), what of it reaches each revision (downward). 40 to 130 ns a revision in all.

use super::label::{Label, NOTHING, UNREACHED};
use crate::graph::index::columns::Graph;
use crate::graph::index::pos::Pos;
use crate::graph::walks::step::Step;

/// Labels being made.
pub(super) struct Labelling {
    pass: Pass,
    labels: Vec<Label>,
    /// Number of revisions that will have labels.
    len: u32,
    /// One bit a revision: first, whether a child extends its chain; later, whether it is on the trunk.
    marks: Vec<u64>,
    /// The lowest position of the highest generation.
    top: Pos,
}

/// The current pass, and its position.
enum Pass {
    Chains(u32),
    Trunk(Option<Pos>),
    Below(u32),
    /// One above the next position.
    Above(u32),
}

impl Labelling {
    pub(super) fn new(graph: &Graph) -> Self {
        let len = graph.len();
        Self {
            pass: Pass::Chains(0),
            labels: Vec::with_capacity(len as usize),
            len,
            marks: vec![0; len.div_ceil(64) as usize],
            top: Pos::new(0),
        }
    }

    /// Continues for at most `rest` steps, and subtracts those taken.
    pub(super) fn run(&mut self, graph: &Graph, rest: &mut u64) -> Step<Vec<Label>> {
        loop {
            if *rest == 0 {
                return Step::Pending;
            }
            *rest -= 1;
            let next = match self.pass {
                Pass::Chains(at) if at < self.len => self.chain(graph, at),
                Pass::Chains(_) => self.begin_trunk(),
                Pass::Trunk(Some(pos)) => self.trunk(graph, pos),
                Pass::Trunk(None) => Pass::Below(0),
                Pass::Below(at) if at < self.len => self.below(graph, at),
                Pass::Below(_) => Pass::Above(self.len),
                Pass::Above(0) => return Step::Done(std::mem::take(&mut self.labels)),
                Pass::Above(end) => self.above(graph, end - 1),
            };
            self.pass = next;
        }
    }

    fn chain(&mut self, graph: &Graph, at: u32) -> Pass {
        let pos = Pos::new(at);
        let mut parents = graph.parents(pos);
        let label = match parents.next() {
            Some(first) if self.mark(first) => {
                let Label { chain, exit, .. } = self.labels[first.index()];
                let exit = if parents.next().is_none() { exit } else { at };
                Label { chain, exit, below: NOTHING, above: UNREACHED }
            }
            _ => Label { chain: at, exit: at, below: NOTHING, above: UNREACHED },
        };
        self.labels.push(label);
        if graph.generation(pos) > graph.generation(self.top) {
            self.top = pos;
        }
        Pass::Chains(at + 1)
    }

    fn begin_trunk(&mut self) -> Pass {
        self.marks.fill(0);
        Pass::Trunk((self.len > 0).then_some(self.top))
    }

    /// Goes down to the lowest of the parents with the highest generation: in histories with parallel rows,
    /// along their beginnings.
    fn trunk(&mut self, graph: &Graph, pos: Pos) -> Pass {
        self.mark(pos);
        let below = graph.generation(pos).saturating_sub(1);
        let highest = |parent: &Pos| graph.generation(*parent) == below;
        Pass::Trunk(graph.parents(pos).filter(highest).min())
    }

    fn below(&mut self, graph: &Graph, at: u32) -> Pass {
        let pos = Pos::new(at);
        self.labels[pos.index()].below = if self.is_marked(pos) {
            graph.generation(pos)
        } else {
            let parents = graph.parents(pos).map(|parent| self.labels[parent.index()].below);
            parents.max().unwrap_or(NOTHING)
        };
        Pass::Below(at + 1)
    }

    fn above(&mut self, graph: &Graph, at: u32) -> Pass {
        let pos = Pos::new(at);
        if self.is_marked(pos) {
            self.labels[pos.index()].above = graph.generation(pos);
        }
        let above = self.labels[pos.index()].above;
        if above != UNREACHED {
            for parent in graph.parents(pos) {
                let parent = &mut self.labels[parent.index()];
                parent.above = parent.above.min(above);
            }
        }
        Pass::Above(at)
    }

    /// Marks a position; returns whether it was not marked before.
    fn mark(&mut self, pos: Pos) -> bool {
        let word = &mut self.marks[pos.index() / 64];
        let bit = 1 << (pos.get() % 64);
        let new = *word & bit == 0;
        *word |= bit;
        new
    }

    fn is_marked(&self, pos: Pos) -> bool {
        self.marks[pos.index() / 64] >> (pos.get() % 64) & 1 != 0
    }
}
