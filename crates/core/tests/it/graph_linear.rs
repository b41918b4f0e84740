//! Visits: no walk looks at a position twice, whatever the shape, and none recurses.
//!
//! A budget counts visits, so an answer within a budget is the proof.
#![cfg(test)]

use histo_core::Error;
use histo_core::graph::{Difference, Graph, IsAncestor, MergeBases, Pos, Step};
use histo_core::graph::{difference, is_ancestor, merge_bases, missing};

use crate::graph_support::{graph_of, index_of, pos, positions, ref_of};

const CHAIN: usize = 1_000_000;
const LONG: usize = 50_000;
/// Steps of making labels, which a walk may have to do, for each revision, and a few more in all.
const LABEL: u64 = 4;

/// 1,000 diamonds in a row: 2^1,000 paths from the top, 3 revisions each.
fn diamonds() -> Vec<Vec<usize>> {
    let mut parents = vec![vec![]];
    for _ in 0..1_000 {
        let below = parents.len() - 1;
        parents.extend([vec![below], vec![below], vec![below + 1, below + 2]]);
    }
    parents
}

fn chain(len: usize) -> Graph {
    let parents: Vec<Vec<usize>> =
        (0..len).map(|number| number.checked_sub(1).into_iter().collect()).collect();
    graph_of(&parents)
}

/// Visits, plus the steps of making labels.
fn with_labels(graph: &Graph, visits: u64) -> u64 {
    visits + LABEL * u64::from(graph.len()) + 10
}

/// Runs all three walks between the ends; each must be done within `visits`.
fn walk_within(graph: &Graph, low: Pos, high: Pos, visits: u64) {
    let mut bases = MergeBases::new(graph, low, high).unwrap();
    assert_eq!(bases.run(graph, visits), Ok(Step::Done(vec![low])));
    let mut search = IsAncestor::new(graph, low, high).unwrap();
    assert_eq!(search.run(graph, visits), Ok(Step::Done(true)));
    let mut out = Vec::new();
    let mut walk = Difference::new(graph, &[low], &[high]).unwrap();
    assert_eq!(walk.run(graph, visits, usize::MAX, &mut out), Ok(Step::Done(())));
    assert_eq!(out.len(), (high.get() - low.get()) as usize);
}

#[test]
fn a_thousand_diamonds_take_linear_time() {
    let parents = diamonds();
    let graph = graph_of(&parents);
    let visits = with_labels(&graph, parents.len() as u64);
    walk_within(&graph, pos(0), pos(parents.len() - 1), visits);
}

#[test]
fn a_search_in_vain_through_a_thousand_diamonds_takes_linear_time() {
    let mut parents = diamonds();
    parents.insert(0, vec![]);
    for own in parents.iter_mut().skip(1) {
        for parent in own {
            *parent += 1;
        }
    }
    let graph = graph_of(&parents);
    let top = pos(parents.len() - 1);
    let edges: usize = parents.iter().map(Vec::len).sum();
    let mut search = IsAncestor::new(&graph, pos(0), top).unwrap();
    let visits = with_labels(&graph, edges as u64 + 1);
    assert_eq!(search.run(&graph, visits), Ok(Step::Done(false)));
}

/// A square of rows of `width`; each revision names the one above it and that one's neighbour, and the ends of
/// a row join.
fn grid(width: usize) -> Vec<Vec<usize>> {
    let own = |child: usize| match child.checked_sub(width) {
        Some(above) => vec![above, above - above % width + (above + 1) % width],
        None => vec![],
    };
    (0..width * width).map(own).collect()
}

/// Fewer visits than make labels worth it. Seen to fail if a search does not mark what it has met.
#[test]
fn a_criss_cross_grid_takes_linear_time() {
    const WIDTH: usize = 300;
    let parents = grid(WIDTH);
    let row = WIDTH * WIDTH / 3;
    let mut reached = 0;
    for low in [0, WIDTH / 2, WIDTH - 1].map(pos) {
        for high in [row, row + WIDTH / 2, row + WIDTH - 1].map(pos) {
            let graph = graph_of(&parents);
            let visits = 2 * (u64::from(high.get()) + 1);
            let mut search = IsAncestor::new(&graph, low, high).unwrap();
            let Ok(Step::Done(reaches)) = search.run(&graph, visits) else {
                panic!("{low:?} {high:?}");
            };
            reached += usize::from(reaches);
            let mut bases = MergeBases::new(&graph, low, high).unwrap();
            assert!(matches!(bases.run(&graph, visits), Ok(Step::Done(_))), "{low:?} {high:?}");
            let mut walk = Difference::new(&graph, &[low], &[high]).unwrap();
            let ended = walk.run(&graph, visits, usize::MAX, &mut Vec::new());
            assert_eq!(ended, Ok(Step::Done(())), "{low:?} {high:?}");
        }
    }
    assert!((2..=7).contains(&reached), "{reached} of 9");
}

#[test]
fn five_thousand_tips_take_linear_time() {
    const LINE: usize = 1_000;
    const TIPS: usize = 5_000;
    let mut parents: Vec<Vec<usize>> =
        (0..LINE).map(|number| number.checked_sub(1).into_iter().collect()).collect();
    parents.extend((0..TIPS).map(|tip| vec![tip % LINE]));
    let graph = graph_of(&parents);
    let tips: Vec<Pos> = (LINE..LINE + TIPS).map(pos).collect();
    let visits = with_labels(&graph, parents.len() as u64);
    for at in [0, TIPS / 2, TIPS - 1] {
        let (tip, others) = (tips[at], [&tips[..at], &tips[at + 1..]].concat());
        let mut out = Vec::new();
        let mut walk = Difference::new(&graph, &others, &[tip]).unwrap();
        assert_eq!(walk.run(&graph, visits, usize::MAX, &mut out), Ok(Step::Done(())));
        assert_eq!(out, [tip]);
        let mut bases = MergeBases::new(&graph, tip, tips[7]).unwrap();
        assert_eq!(bases.run(&graph, visits), Ok(Step::Done(vec![pos((at % LINE).min(7))])));
    }
}

#[test]
fn a_chain_of_a_million_takes_linear_time_and_no_stack() {
    let graph = chain(CHAIN);
    walk_within(&graph, pos(0), pos(CHAIN - 1), with_labels(&graph, CHAIN as u64));
    let all = missing(&graph, &[pos(CHAIN - 1)], |_| false).unwrap();
    assert!(all.iter().map(|pos| pos.index()).eq(0..CHAIN));
}

#[test]
fn the_top_of_a_long_chain_is_all_that_a_short_answer_reads() {
    let graph = chain(LONG);
    let mut walk = Difference::new(&graph, &[], &[pos(LONG - 1)]).unwrap();
    let mut out = Vec::new();
    assert_eq!(walk.run(&graph, 10, 10, &mut out), Ok(Step::Pending));
    assert_eq!(out, (LONG - 10..LONG).rev().map(pos).collect::<Vec<_>>());
}

#[test]
fn neighbours_at_the_top_of_a_long_chain_take_a_visit_or_two() {
    let graph = chain(LONG);
    let (older, newer) = (pos(LONG - 2), pos(LONG - 1));
    walk_within(&graph, older, newer, 2);
    let mut backward = IsAncestor::new(&graph, newer, older).unwrap();
    assert_eq!(backward.run(&graph, 1), Ok(Step::Done(false)));
}

#[test]
fn positions_without_a_higher_generation_are_not_searched() {
    let mut parents: Vec<Vec<usize>> = vec![vec![]];
    parents.extend((0..5_000).map(|number| vec![number]));
    parents.push(vec![]);
    parents.extend((5_001..9_000).map(|number| vec![number]));
    let graph = graph_of(&parents);
    let mut search = IsAncestor::new(&graph, pos(4_999), pos(9_000)).unwrap();
    assert_eq!(search.run(&graph, 1), Ok(Step::Done(false)));
}

#[test]
fn disjoint_histories_share_nothing() {
    let graph = graph_of(&[vec![], vec![], vec![0], vec![1]]);
    assert_eq!(merge_bases(&graph, pos(2), pos(3)), Ok(vec![]));
    assert_eq!(difference(&graph, &[pos(2)], &[pos(3)]), Ok(positions(&[3, 1])));
    assert_eq!(is_ancestor(&graph, pos(0), pos(3)), Ok(false));
}

#[test]
fn a_position_beyond_the_graph_is_refused_by_every_walk() {
    let mut index = index_of(&[vec![]]);
    let graph = index.snapshot();
    let newer = index.push(ref_of(1), &[pos(0)]).unwrap();
    let refused: [Option<Error>; 5] = [
        merge_bases(&graph, pos(0), newer).err(),
        is_ancestor(&graph, pos(0), newer).err(),
        difference(&graph, &[newer], &[]).err(),
        difference(&graph, &[], &[newer]).err(),
        missing(&graph, &[newer], |_| false).err(),
    ];
    for error in refused {
        assert_eq!(error.unwrap().code(), Some("HISTO_INTERNAL"));
    }
}
