//! Random operations on a database with a log of heads.

#![cfg(test)]

use histo_core::write::Way;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index as Pick;

/// A write to a branch.
#[derive(Debug, Clone)]
pub(crate) enum Write {
    /// Without `parents` it follows the head.
    Put {
        parents: Option<Vec<Pick>>,
        value: u8,
        moves: bool,
    },
    SetHead {
        to: Pick,
    },
    Drop,
    Travel {
        way: Way,
        steps: u32,
    },
}

/// The possible operations. Times are relative to the clock, in ms.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// Writes of one commit; without a time they are not logged.
    Writes {
        list: Vec<(u8, Write)>,
        time: Option<i64>,
    },
    Batch {
        list: Vec<(u8, Write)>,
        time: Option<i64>,
    },
    Remote {
        number: u8,
        to: Pick,
    },
    DropRemote {
        number: u8,
    },
    Erase {
        at: Pick,
    },
    Prune {
        time: i64,
        grace: u64,
        keep: Vec<Pick>,
        horizon: Option<(Option<Vec<Pick>>, u32, bool)>,
    },
    Later {
        by: u64,
    },
    Reopen,
}

fn writes(most: usize) -> impl Strategy<Value = Vec<(u8, Write)>> {
    let put = (proptest::option::weighted(0.3, vec(any::<Pick>(), 0..3)), 0_u8..9, 0_u8..8);
    let way = prop_oneof![2 => Just(Way::Undo), 1 => Just(Way::Redo)];
    let write = prop_oneof![
        6 => put.prop_map(|(parents, value, not)| Write::Put { parents, value, moves: not > 0 }),
        2 => any::<Pick>().prop_map(|to| Write::SetHead { to }),
        1 => Just(Write::Drop),
        4 => (way, 1_u32..4).prop_map(|(way, steps)| Write::Travel { way, steps }),
    ];
    vec((0_u8..3, write), 1..most)
}

/// Up to 50 random operations.
pub(crate) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let time = || proptest::option::weighted(0.95, -3_i64..4);
    let horizon = (proptest::option::of(vec(any::<Pick>(), 1..3)), 1_u32..5, any::<bool>());
    let horizon = proptest::option::weighted(0.3, horizon);
    let grace = prop_oneof![1 => Just(0), 1 => 0_u64..12];
    let prune = (-3_i64..4, grace, vec(any::<Pick>(), 0..2), horizon);
    let step = prop_oneof![
        12 => (writes(4), time()).prop_map(|(list, time)| Step::Writes { list, time }),
        2 => (writes(5), time()).prop_map(|(list, time)| Step::Batch { list, time }),
        1 => (0_u8..2, any::<Pick>()).prop_map(|(number, to)| Step::Remote { number, to }),
        1 => (0_u8..2).prop_map(|number| Step::DropRemote { number }),
        1 => any::<Pick>().prop_map(|at| Step::Erase { at }),
        4 => prune.prop_map(|(time, grace, keep, horizon)| {
            Step::Prune { time, grace, keep, horizon }
        }),
        2 => (1_u64..8).prop_map(|by| Step::Later { by }),
        1 => Just(Step::Reopen),
    ];
    vec(step, 1..50)
}
