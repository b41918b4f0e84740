//! Random graphs for the walks without an index.
#![cfg(test)]

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index as Pick;

use crate::graph_support::picked;
use crate::walk_support::{Parents, line};

/// Lines of random length below random revisions: forks, and merges with old ones.
fn lines() -> impl Strategy<Value = Parents> {
    vec((vec(any::<Pick>(), 0..3), 1_usize..9), 1..9).prop_map(|lines| {
        let mut parents = vec![vec![]];
        for (picks, len) in lines {
            let mut below: Vec<usize> =
                picks.iter().map(|pick| pick.index(parents.len())).collect();
            below.sort_unstable();
            below.dedup();
            line(&mut parents, &below, len);
        }
        parents
    })
}

/// A line with edges that jump over most of it.
fn shortcuts() -> impl Strategy<Value = Parents> {
    (5_usize..50, vec(any::<(Pick, Pick)>(), 0..6)).prop_map(|(len, jumps)| {
        let mut parents = Parents::new();
        line(&mut parents, &[], len);
        for (from, to) in jumps {
            let child = 1 + from.index(len - 1);
            let ancestor = to.index(child);
            if !parents[child].contains(&ancestor) {
                parents[child].push(ancestor);
            }
        }
        parents
    })
}

/// Layers of two, each with one or both of the layer below as parents.
fn criss_cross() -> impl Strategy<Value = Parents> {
    vec(any::<(bool, bool)>(), 1..20).prop_map(|layers| {
        let mut parents: Parents = vec![vec![], vec![]];
        for (left_merges, right_merges) in layers {
            let (left, right) = (parents.len() - 2, parents.len() - 1);
            parents.push(if left_merges { vec![left, right] } else { vec![left] });
            parents.push(if right_merges { vec![right, left] } else { vec![right] });
        }
        parents
    })
}

/// Small graphs of every shape; parents come before their children.
pub(crate) fn graphs() -> impl Strategy<Value = Parents> {
    prop_oneof![
        picked(1..=1, 3, 50),
        picked(0..=2, 4, 50),
        picked(1..=2, 4, 50),
        picked(1..=3, 50, 50),
        picked(0..=6, 12, 50),
        lines(),
        shortcuts(),
        criss_cross(),
    ]
}
