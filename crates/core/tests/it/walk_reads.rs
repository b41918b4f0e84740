//! How much a walk reads: as little as its answer allows, and never all of a long history.
#![cfg(test)]

use histo_core::lazy_walk::{AncestorCache, LazyWalk, Poll};

use crate::walk_support::{Parents, Store, line, name, names};

const LONG: usize = 82_000;

/// One line of 82,000 revisions.
fn long() -> (Parents, usize) {
    let mut parents = Parents::new();
    let tip = line(&mut parents, &[], LONG);
    (parents, tip)
}

/// Runs a walk cold; returns its answer, the reads and the rounds.
fn cold(parents: &Parents, walk: histo_core::Result<LazyWalk>) -> (Poll, usize, usize) {
    let mut store = Store::new(parents);
    let answer = store.run(walk, &mut AncestorCache::new(0)).unwrap();
    (answer, store.reads, store.rounds)
}

fn refs(numbers: &[usize]) -> Poll {
    Poll::Refs(names(numbers).iter().map(|text| text.as_str().into()).collect())
}

#[test]
fn a_difference_of_three_at_the_tip_of_a_long_line_reads_three_of_each_side() {
    let (parents, tip) = long();
    let walk = LazyWalk::difference(&[name(tip - 3)], &name(tip));
    assert_eq!(cold(&parents, walk), (refs(&[tip, tip - 1, tip - 2]), 6, 3));
    let walk = LazyWalk::difference(&[name(tip)], &name(tip - 3));
    assert_eq!(cold(&parents, walk), (refs(&[]), 6, 3));
}

#[test]
fn the_merge_base_and_the_ancestry_of_near_revisions_read_as_little() {
    let (parents, tip) = long();
    let walk = LazyWalk::merge_bases(&name(tip - 3), &name(tip));
    assert_eq!(cold(&parents, walk), (refs(&[tip - 3]), 6, 3));
    let walk = LazyWalk::is_ancestor(&name(tip - 3), &name(tip));
    assert_eq!(cold(&parents, walk), (Poll::Reaches(true), 6, 3));
    let walk = LazyWalk::is_ancestor(&name(tip), &name(tip - 3));
    assert_eq!(cold(&parents, walk), (Poll::Reaches(false), 6, 3));
}

#[test]
fn a_fork_takes_as_many_rounds_as_its_longer_side() {
    let (mut parents, tip) = long();
    let left = line(&mut parents, &[tip], 100);
    let right = line(&mut parents, &[tip], 40);
    let (answer, reads, rounds) = cold(&parents, LazyWalk::merge_bases(&name(left), &name(right)));
    assert_eq!((answer, rounds), (refs(&[tip]), 100));
    assert!(reads <= 200, "{reads}");
    let (_, reads, rounds) = cold(&parents, LazyWalk::difference(&[name(left)], &name(right)));
    assert_eq!(rounds, 100);
    assert!(reads <= 200, "{reads}");
    let (answer, _, rounds) = cold(&parents, LazyWalk::is_ancestor(&name(left), &name(right)));
    assert_eq!((answer, rounds), (Poll::Reaches(false), 100));
}

#[test]
fn a_merged_branch_is_read_down_to_where_it_left() {
    let mut parents = Parents::new();
    let old = line(&mut parents, &[], LONG - 500);
    let main = line(&mut parents, &[old], 500);
    let branch = line(&mut parents, &[old], 3);
    parents.push(vec![main, branch]);
    let merge = parents.len() - 1;
    let walk = LazyWalk::difference(&[name(main)], &name(merge));
    let (answer, reads, rounds) = cold(&parents, walk);
    assert_eq!(answer, refs(&[merge, branch, branch - 1, branch - 2]));
    assert!(rounds <= 502, "{rounds}");
    assert!(reads <= 2 * 502, "{reads}");
}

#[test]
fn a_shortcut_to_an_old_revision_costs_the_way_to_it_and_stays_exact() {
    let (mut parents, tip) = long();
    let old = tip - 1_000;
    parents.push(vec![tip, old]);
    let merge = parents.len() - 1;
    let walk = LazyWalk::difference(&[name(tip)], &name(merge));
    let (answer, reads, rounds) = cold(&parents, walk);
    assert_eq!(answer, refs(&[merge]));
    assert!(rounds <= 1_001 && reads <= 2_002, "{reads} in {rounds}");
}

#[test]
fn two_candidates_are_distinguished_by_the_way_between_them() {
    let (mut parents, tip) = long();
    let old = tip - 200;
    let left = line(&mut parents, &[tip, old], 1);
    let right = line(&mut parents, &[old, tip], 1);
    let (answer, reads, _) = cold(&parents, LazyWalk::merge_bases(&name(left), &name(right)));
    assert_eq!(answer, refs(&[tip]));
    assert!(reads <= 2 * 202, "{reads}");
}

#[test]
fn a_criss_cross_high_above_the_root_is_read_down_to_where_its_bases_meet() {
    let (mut parents, tip) = long();
    let bases = [line(&mut parents, &[tip], 5), line(&mut parents, &[tip], 5)];
    let left = line(&mut parents, &bases, 2);
    let right = line(&mut parents, &bases, 2);
    let (answer, reads, rounds) = cold(&parents, LazyWalk::merge_bases(&name(left), &name(right)));
    let mut expected = names(&bases);
    expected.sort();
    assert_eq!(answer, Poll::Refs(expected.iter().map(|text| text.as_str().into()).collect()));
    assert!(reads <= 16 && rounds <= 8, "{reads} in {rounds}");
}

/// Fifty lines side by side; each revision follows its own line and the one beside it.
fn bushy(layers: usize) -> Parents {
    let mut parents: Parents = vec![vec![]; 50];
    for layer in 1..layers {
        let below = (layer - 1) * 50;
        parents.extend((0..50).map(|queue| vec![below + queue, below + (queue + 1) % 50]));
    }
    parents
}

#[test]
fn fifty_lines_are_read_fifty_at_a_time() {
    let mut parents = bushy(1_600);
    let top = parents.len() - 50;
    let (old, new) = (top - 20 * 50, top);
    parents.push((old..old + 50).collect());
    parents.push((new..new + 50).collect());
    let (from, to) = (parents.len() - 2, parents.len() - 1);
    let walk = LazyWalk::difference(&[name(from)], &name(to));
    let (answer, reads, rounds) = cold(&parents, walk);
    let Poll::Refs(answer) = answer else { panic!("refs were expected") };
    assert_eq!(answer.len(), 1_001);
    // 20 layers of difference; 49 more, until each of the lowest reaches all fifty lines.
    assert!(rounds <= 51, "{rounds}");
    assert!(reads <= 51 * 50 + 1_002, "{reads}");
}

#[test]
fn with_the_tip_in_the_cache_nothing_is_read() {
    let (parents, tip) = long();
    let mut ancestor_cache = AncestorCache::new(10);
    for (revision, ancestors) in parents.iter().enumerate() {
        ancestor_cache.learn(&name(revision), &names(ancestors)).unwrap();
    }
    let mut store = Store::new(&parents);
    let walk = LazyWalk::difference(&[name(tip - 3)], &name(tip));
    assert_eq!(store.numbers(walk, &mut ancestor_cache), [tip, tip - 1, tip - 2]);
    assert_eq!(store.reads, 0);
}

#[test]
fn a_line_of_a_million_remembered_revisions_is_answered_in_one_poll() {
    let mut ancestor_cache = AncestorCache::new(1_000_000);
    ancestor_cache.learn::<&str>("0", &[]).unwrap();
    for revision in 1..1_000_000 {
        ancestor_cache.learn(&revision.to_string(), &[(revision - 1).to_string()]).unwrap();
    }
    let mut walk = LazyWalk::difference::<&str>(&[], "999999").unwrap();
    let Poll::Refs(answer) = walk.poll(&mut ancestor_cache).unwrap() else {
        panic!("refs were expected")
    };
    assert!(answer.iter().map(|text| text.parse::<u32>().unwrap()).eq((0..1_000_000).rev()));
}
