//! Plain, slow definitions of what `histo-core` computes fast; the oracle of the tests.
//!
//! Written to be read: every function defines its answer by sets. A graph is the list of each revision's
//! parents; parents come before their children. Never shipped.

pub mod cut;
pub mod json;
pub mod patch;

use std::collections::BTreeSet;

/// A set of revisions, by position.
pub type Set = BTreeSet<usize>;

/// Returns what `starts` reach, including themselves.
pub fn reachable(parents: &[Vec<usize>], starts: &[usize]) -> Set {
    let mut reached = Set::new();
    let mut waiting = starts.to_vec();
    while let Some(revision) = waiting.pop() {
        if reached.insert(revision) {
            waiting.extend(&parents[revision]);
        }
    }
    reached
}

/// Returns whether `descendant` reaches `ancestor`; a revision reaches itself.
pub fn is_ancestor(parents: &[Vec<usize>], ancestor: usize, descendant: usize) -> bool {
    reachable(parents, &[descendant]).contains(&ancestor)
}

/// Returns what both `a` and `b` reach.
pub fn common_ancestors(parents: &[Vec<usize>], a: usize, b: usize) -> Set {
    &reachable(parents, &[a]) & &reachable(parents, &[b])
}

/// Returns the common ancestors that no other common ancestor reaches.
pub fn merge_bases(parents: &[Vec<usize>], a: usize, b: usize) -> Set {
    let common = common_ancestors(parents, a, b);
    let below: Set =
        common.iter().flat_map(|&revision| strict_ancestors(parents, revision)).collect();
    &common - &below
}

/// Returns what `to` reach and `from` do not.
pub fn difference(parents: &[Vec<usize>], from: &[usize], to: &[usize]) -> Set {
    &reachable(parents, to) - &reachable(parents, from)
}

/// Returns what `tips` reach and a side with `known`, and so all that these reach, does not have.
pub fn missing(parents: &[Vec<usize>], tips: &[usize], known: &[usize]) -> Set {
    difference(parents, known, tips)
}

/// Returns what `tips` and `others` both reach and nothing else in that set reaches: the part of the history of
/// `tips` that a side with `others` has is all that these reach.
pub fn common_heads(parents: &[Vec<usize>], tips: &[usize], others: &[usize]) -> Set {
    let common = &reachable(parents, tips) & &reachable(parents, others);
    let below: Set =
        common.iter().flat_map(|&revision| strict_ancestors(parents, revision)).collect();
    &common - &below
}

/// Returns the generation of each revision: 1 for a root, else 1 above its highest parent.
pub fn generations(parents: &[Vec<usize>]) -> Vec<u32> {
    let mut generations: Vec<u32> = Vec::new();
    for own in parents {
        let highest = own.iter().map(|&parent| generations[parent]).max();
        generations.push(1 + highest.unwrap_or(0));
    }
    generations
}

/// Returns whether no revision of `answer` comes before one of its descendants, or twice.
pub fn is_newest_first(parents: &[Vec<usize>], answer: &[usize]) -> bool {
    answer.iter().enumerate().all(|(place, &newer)| {
        let later = &answer[place + 1..];
        later.iter().all(|&older| !is_ancestor(parents, newer, older))
    })
}

fn strict_ancestors(parents: &[Vec<usize>], revision: usize) -> Set {
    reachable(parents, &parents[revision])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two roots, a criss-cross over them, and a merge of the two sides.
    fn criss_cross() -> Vec<Vec<usize>> {
        vec![vec![], vec![], vec![0, 1], vec![1, 0], vec![2, 3]]
    }

    #[test]
    fn a_criss_cross_has_both_roots_as_bases() {
        assert_eq!(merge_bases(&criss_cross(), 2, 3), Set::from([0, 1]));
        assert_eq!(merge_bases(&criss_cross(), 4, 3), Set::from([3]));
    }

    #[test]
    fn the_difference_leaves_out_what_is_shared() {
        assert_eq!(difference(&criss_cross(), &[2], &[4]), Set::from([3, 4]));
        assert_eq!(missing(&criss_cross(), &[3], &[0]), Set::from([1, 3]));
    }

    #[test]
    fn generations_count_from_the_roots() {
        assert_eq!(generations(&criss_cross()), [1, 1, 2, 2, 3]);
    }

    #[test]
    fn newest_first_refuses_an_ancestor_before_its_descendant() {
        assert!(is_newest_first(&criss_cross(), &[4, 2, 3, 0]));
        assert!(!is_newest_first(&criss_cross(), &[2, 4]));
        assert!(!is_newest_first(&criss_cross(), &[4, 4]));
    }
}
