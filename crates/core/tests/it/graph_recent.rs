//! Recent tips, held to what is plainly named by nobody.
#![cfg(test)]

use histo_core::graph::recent_tips;
use proptest::prelude::*;

use crate::graph_support::{graph_of, numbers, picked};

/// What is at `start` or above and no parent of anything, the latest first.
fn plainly(parents: &[Vec<usize>], start: usize) -> Vec<usize> {
    let is_named = |number: usize| parents.iter().any(|own| own.contains(&number));
    (start..parents.len()).rev().filter(|&number| !is_named(number)).collect()
}

proptest! {
    #[test]
    fn recent_tips_are_what_nothing_in_the_window_descends_from(
        parents in picked(0..=2, 8, 60),
        window in 0_usize..70,
        most in 1_usize..20,
    ) {
        let start = parents.len().saturating_sub(window);
        let mut expected = plainly(&parents, start);
        expected.truncate(most);
        let found = recent_tips(&graph_of(&parents), u32::try_from(window).unwrap(), most);
        prop_assert_eq!(numbers(&found), expected);
    }
}

#[test]
fn an_empty_graph_has_no_recent_tips() {
    assert_eq!(recent_tips(&graph_of(&[]), 10, 10), []);
}
