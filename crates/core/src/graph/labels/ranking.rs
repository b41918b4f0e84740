//! Ranking: the making of ranks, in steps.
//!
//! Three passes over what has labels: leaps upward, how many links name each upward, tips downward.
//! Then both orders. Some 400 ns a revision in all.

use super::label::Labels;
use super::order::Order;
use super::rank::{Line, Rank};
use crate::graph::index::columns::Graph;
use crate::graph::index::pos::Pos;
use crate::graph::walks::step::Step;

/// Ranks on their way.
pub(super) struct Ranking {
    pass: Pass,
    ranks: Vec<Rank>,
    /// Revisions with ranks in the end.
    len: u32,
    /// The highest of the trunk.
    top: Pos,
    /// What is not trunk and nothing names but the trunk, descending.
    tips: Vec<Pos>,
}

/// Which pass, and where it goes on.
enum Pass {
    Leaps(u32),
    Links(u32),
    /// One above where it goes on.
    Tips(u32),
    Left(Order),
    Right(Order),
}

impl Ranking {
    pub(super) fn new(len: u32) -> Self {
        Self {
            pass: Pass::Leaps(0),
            ranks: Vec::with_capacity(len as usize),
            len,
            top: Pos::new(0),
            tips: Vec::new(),
        }
    }

    /// Goes on for at most `rest` steps, which are taken off it. `labels` are those of the first
    /// revisions of `graph`, the same at each call.
    pub(super) fn run(
        &mut self,
        graph: &Graph,
        labels: &Labels,
        rest: &mut u64,
    ) -> Step<Vec<Rank>> {
        loop {
            if *rest == 0 {
                return Step::Pending;
            }
            *rest -= 1;
            let next = match &mut self.pass {
                &mut Pass::Leaps(at) if at < self.len => self.leaps(graph, at),
                Pass::Leaps(_) => Pass::Links(0),
                &mut Pass::Links(at) if at < self.len => self.links(graph, labels, at),
                Pass::Links(_) => Pass::Tips(self.len),
                Pass::Tips(0) => Pass::Left(self.order(Line::Left)),
                &mut Pass::Tips(end) => self.tip(labels, end - 1),
                Pass::Left(order) => {
                    if order.next(graph, labels, &mut self.ranks) {
                        continue;
                    }
                    Pass::Right(self.order(Line::Right))
                }
                Pass::Right(order) => {
                    if order.next(graph, labels, &mut self.ranks) {
                        continue;
                    }
                    return Step::Done(std::mem::take(&mut self.ranks));
                }
            };
            self.pass = next;
        }
    }

    /// Until there are numbers, their places hold how deep both lines are.
    fn leaps(&mut self, graph: &Graph, at: u32) -> Pass {
        let mut rank = Rank { orders: [0; 2], leaps: [at; 2] };
        for line in [Line::Left, Line::Right] {
            let Some(parent) = line.next(graph.parents(Pos::new(at))) else {
                continue;
            };
            let line = line as usize;
            let of = |pos: u32| {
                (self.ranks[pos as usize].orders[line], self.ranks[pos as usize].leaps[line])
            };
            let (depth, near) = of(parent.get());
            let (near_depth, far) = of(near);
            let is_even = depth - near_depth == near_depth - of(far).0;
            rank.orders[line] = depth + 1;
            rank.leaps[line] = if is_even { far } else { parent.get() };
        }
        self.ranks.push(rank);
        Pass::Leaps(at + 1)
    }

    fn links(&mut self, graph: &Graph, labels: &Labels, at: u32) -> Pass {
        let pos = Pos::new(at);
        self.ranks[pos.index()].orders = [0; 2];
        if labels.is_trunk(pos) {
            self.top = pos;
        } else {
            for parent in graph.parents(pos) {
                let [left, right] = &mut self.ranks[parent.index()].orders;
                *left += 1;
                *right += 1;
            }
        }
        Pass::Links(at + 1)
    }

    fn tip(&mut self, labels: &Labels, at: u32) -> Pass {
        let pos = Pos::new(at);
        if self.ranks[pos.index()].orders[0] == 0 && !labels.is_trunk(pos) {
            self.tips.push(pos);
        }
        Pass::Tips(at)
    }

    /// Begins an order. Tips count from the one after the trunk's: where rows wrap around, the trunk cuts
    /// them open.
    fn order(&self, line: Line) -> Order {
        let mut tips = self.tips.clone();
        let after_top = tips.partition_point(|&tip| tip > self.top);
        tips.rotate_left(after_top);
        if line == Line::Right {
            tips.reverse();
        }
        Order::new(line, tips, self.len)
    }
}
