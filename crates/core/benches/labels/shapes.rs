//! Shapes of long histories, as the parents of each revision.

use histo_core::graph::Pos;

type Own = fn(child: u32, revisions: u32, random: &mut Random, parents: &mut Vec<Pos>);

pub(crate) const SHAPES: &[(&str, Own)] = &[
    ("linear", linear),
    ("bushy", bushy),
    ("wide 50", wide),
    ("1,000 branches", branches),
    ("grid", grid),
    ("ladder", ladder),
];

fn linear(child: u32, _: u32, _: &mut Random, parents: &mut Vec<Pos>) {
    parents.extend(child.checked_sub(1).map(Pos::new));
}

/// Two parents for one in three, among the 30 before.
fn bushy(child: u32, _: u32, random: &mut Random, parents: &mut Vec<Pos>) {
    if child == 0 {
        return;
    }
    let reach = child.min(30);
    let first = child - 1 - random.below(reach);
    parents.push(Pos::new(first));
    if random.below(3) == 0 {
        let second = child - 1 - random.below(reach);
        parents.extend((second != first).then_some(Pos::new(second)));
    }
}

/// 50 lines; one revision in ten merges another line.
fn wide(child: u32, _: u32, random: &mut Random, parents: &mut Vec<Pos>) {
    if child == 0 {
        return;
    }
    parents.push(Pos::new(child.saturating_sub(50)));
    if child > 50 && random.below(10) == 0 {
        parents.push(Pos::new(child - 1 - random.below(49)));
    }
}

/// 1,000 lines from one root that never meet again.
fn branches(child: u32, _: u32, _: &mut Random, parents: &mut Vec<Pos>) {
    if child > 0 {
        parents.push(Pos::new(child.saturating_sub(1_000)));
    }
}

/// Rows in which each names the two above it.
fn grid(child: u32, revisions: u32, _: &mut Random, parents: &mut Vec<Pos>) {
    let width = revisions.isqrt();
    if child < width {
        return;
    }
    let (column, above) = (child % width, child - width);
    parents.push(Pos::new(above));
    parents.push(Pos::new(above - column + (column + 1) % width));
}

/// Two rails; at every third step both name both.
fn ladder(child: u32, _: u32, _: &mut Random, parents: &mut Vec<Pos>) {
    if child < 2 {
        return;
    }
    parents.push(Pos::new(child - 2));
    if (child / 2).is_multiple_of(3) {
        parents.push(Pos::new(if child.is_multiple_of(2) { child - 1 } else { child - 3 }));
    }
}

/// xorshift64*: enough to draw shapes from.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, end: u32) -> u32 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32;
        u32::try_from(high % u64::from(end)).unwrap()
    }
}
