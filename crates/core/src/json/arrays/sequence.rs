//! The common elements of two sequences, in order.
//!
//! Sources: Myers, "An O(ND) Difference Algorithm and Its Variations"; for sequences without repetitions the
//! longest increasing subsequence, by patience sorting.

/// At most this many differences in a shortest edit script; the steps kept are its square.
const MOST_DIFFERENCES: usize = 256;

/// Returns the pairs of a longest common subsequence, ascending; `None` if the sequences differ too much.
pub(super) fn common(a: &[u32], b: &[u32]) -> Option<Vec<(usize, usize)>> {
    let most = MOST_DIFFERENCES.min(a.len() + b.len());
    // `furthest[k + most]`: how far in `a` diagonal `k` was followed.
    let mut furthest = vec![0_usize; 2 * most + 2];
    let mut steps: Vec<Vec<usize>> = Vec::new();
    for differences in 0..=most {
        steps.push(furthest[most - differences..=most + differences].to_vec());
        for diagonal in (0..=2 * differences).step_by(2) {
            let k = most + diagonal - differences;
            let down = comes_down(&furthest, k, differences, diagonal);
            let mut x = if down { furthest[k + 1] } else { furthest[k - 1] + 1 };
            while let (Some(left), Some(right)) = (a.get(x), b.get((x + most).wrapping_sub(k))) {
                if left != right {
                    break;
                }
                x += 1;
            }
            furthest[k] = x;
            if x >= a.len() && x + most >= b.len() + k {
                return Some(traced(&steps, differences, k, most, (a.len(), b.len())));
            }
        }
    }
    None
}

/// Whether a diagonal is reached by an insertion, from the one above it.
fn comes_down(furthest: &[usize], k: usize, differences: usize, diagonal: usize) -> bool {
    diagonal == 0 || (diagonal != 2 * differences && furthest[k - 1] < furthest[k + 1])
}

/// Goes back over the steps from the end, and collects the pairs.
fn traced(
    steps: &[Vec<usize>],
    differences: usize,
    last: usize,
    most: usize,
    (mut x, mut y): (usize, usize),
) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    let mut k = last;
    for d in (1..=differences).rev() {
        // What was known before step `d`: diagonals `most - d` to `most + d`.
        let before = &steps[d];
        let at = |k: usize| before[k + d - most];
        let down = k + d == most || (k != most + d && at(k - 1) < at(k + 1));
        let from = if down { k + 1 } else { k - 1 };
        let x_from = at(from);
        let y_from = x_from + most - from;
        let start = if down { x_from } else { x_from + 1 };
        while x > start {
            x -= 1;
            y -= 1;
            pairs.push((x, y));
        }
        (x, y, k) = (x_from, y_from, from);
    }
    while x > 0 && y > 0 {
        x -= 1;
        y -= 1;
        pairs.push((x, y));
    }
    pairs.reverse();
    pairs
}

/// Returns, for distinct numbers, which are in a longest increasing subsequence.
pub(super) fn increasing(numbers: &[usize]) -> Vec<bool> {
    let mut ends: Vec<usize> = Vec::new(); // by length, the index of the least end of a subsequence
    let mut before = vec![usize::MAX; numbers.len()];
    for (at, number) in numbers.iter().enumerate() {
        let length = ends.partition_point(|end| numbers[*end] < *number);
        if length > 0 {
            before[at] = ends[length - 1];
        }
        if length == ends.len() {
            ends.push(at);
        } else {
            ends[length] = at;
        }
    }
    let mut is_in = vec![false; numbers.len()];
    let mut at = ends.last().copied();
    while let Some(place) = at {
        is_in[place] = true;
        at = before.get(place).copied().filter(|next| *next != usize::MAX);
    }
    is_in
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::{prop_assert, prop_assert_eq, proptest};

    /// The length of a longest common subsequence, by the table of all prefixes.
    fn longest(a: &[u32], b: &[u32]) -> usize {
        let mut row = vec![0; b.len() + 1];
        for left in a {
            let mut corner = 0;
            for (at, right) in b.iter().enumerate() {
                let above = row[at + 1];
                row[at + 1] = if left == right { corner + 1 } else { above.max(row[at]) };
                corner = above;
            }
        }
        row[b.len()]
    }

    proptest! {
        #[test]
        fn the_common_subsequence_is_as_long_as_the_table_says(
            a in vec(0_u32..5, 0..30),
            b in vec(0_u32..5, 0..30),
        ) {
            let pairs = common(&a, &b).unwrap_or_default();
            prop_assert_eq!(pairs.len(), longest(&a, &b));
            prop_assert!(pairs.is_sorted_by(|one, next| one.0 < next.0 && one.1 < next.1));
            prop_assert!(pairs.iter().all(|(x, y)| a[*x] == b[*y]));
        }

        #[test]
        fn an_increasing_subsequence_is_as_long_as_the_common_one_with_the_sorted(
            numbers in vec(0_u32..1_000, 0..40),
        ) {
            let mut seen = std::collections::HashSet::new();
            let numbers: Vec<u32> = numbers.into_iter().filter(|it| seen.insert(*it)).collect();
            let mut sorted = numbers.clone();
            sorted.sort_unstable();
            let given: Vec<usize> = numbers.iter().map(|it| *it as usize).collect();
            let is_in = increasing(&given);
            let kept: Vec<usize> =
                given.iter().zip(&is_in).filter(|(_, is_in)| **is_in).map(|(it, _)| *it).collect();
            prop_assert!(kept.is_sorted_by(|one, next| one < next));
            prop_assert_eq!(kept.len(), longest(&numbers, &sorted));
        }
    }
}
