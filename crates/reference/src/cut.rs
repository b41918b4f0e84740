//! The possible histories before some was cut away: those that agree with everything still visible.
//!
//! A deleted revision may be named by an existing one: then its ref and its place are known, but nothing of its
//! ancestors.

use crate::Set;

/// Returns histories that agree on all that is left once `gone` is cut away from `parents`. In one of them,
/// deleted revisions that are named have no ancestors. For each such revision, and each revision below it,
/// there is one in which it descends from that. If an answer depends on what is gone, two of these give
/// different answers.
pub fn completions(parents: &[Vec<usize>], gone: &Set) -> Vec<Vec<Vec<usize>>> {
    let is_deleted = |revision: &usize| gone.contains(revision);
    let own = |(revision, own): (usize, &Vec<usize>)| {
        if is_deleted(&revision) { Vec::new() } else { own.clone() }
    };
    let bare: Vec<Vec<usize>> = parents.iter().enumerate().map(own).collect();
    let named: Set = bare.iter().flatten().copied().filter(is_deleted).collect();
    let mut all = vec![bare.clone()];
    for &hidden in &named {
        for below in (0..hidden).filter(|below| !is_deleted(below) || named.contains(below)) {
            let mut history = bare.clone();
            history[hidden] = vec![below];
            all.push(history);
        }
    }
    all
}

/// Returns the common answer of all `histories`, if there is one.
pub fn agreed<A, F>(histories: &[Vec<Vec<usize>>], ask: F) -> Option<A>
where
    A: PartialEq,
    F: Fn(&[Vec<usize>]) -> A,
{
    let mut answers = histories.iter().map(|history| ask(history));
    let first = answers.next()?;
    answers.all(|answer| answer == first).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{is_ancestor, merge_bases};

    #[test]
    fn ancestors_of_deleted_revisions_are_unknown_and_all_else_is_known() {
        // 0 and 1 are roots; 2 descends from 1 and was cut away, 3 from it, 4 from 0.
        let parents = vec![vec![], vec![], vec![1], vec![2], vec![0]];
        let histories = completions(&parents, &Set::from([2]));
        assert_eq!(agreed(&histories, |h| is_ancestor(h, 0, 3)), None);
        assert_eq!(agreed(&histories, |h| is_ancestor(h, 3, 4)), Some(false));
        assert_eq!(agreed(&histories, |h| is_ancestor(h, 0, 4)), Some(true));
        assert_eq!(agreed(&histories, |h| merge_bases(h, 3, 4)), None);
        assert_eq!(agreed(&histories, |h| merge_bases(h, 0, 4)), Some(Set::from([0])));
    }
}
