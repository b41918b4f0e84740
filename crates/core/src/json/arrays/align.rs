//! Aligning two arrays: which elements correspond, in order or moved.

use super::sequence::{common, increasing};

/// No element.
pub(crate) const NONE: usize = usize::MAX;

/// The correspondence of the elements of two arrays.
#[derive(Debug)]
pub(crate) struct Alignment {
    /// For each index in the first array, the index in the second; [`NONE`] if the element was removed.
    pub(crate) to: Vec<usize>,
    /// For each index in the second array, the index in the first; [`NONE`] if the element is new.
    pub(crate) from: Vec<usize>,
    /// For each index in the first array, whether the element stays in order.
    pub(crate) stays: Vec<bool>,
}

impl Alignment {
    fn pair(&mut self, (left, right): (usize, usize), stays: bool) {
        self.to[left] = right;
        self.from[right] = left;
        self.stays[left] = stays;
    }
}

/// Aligns two arrays by the numbers of their elements. With `moves`, elements out of order correspond too.
pub(crate) fn align(a: &[u32], b: &[u32], moves: bool) -> Alignment {
    let mut aligned = Alignment {
        to: vec![NONE; a.len()],
        from: vec![NONE; b.len()],
        stays: vec![false; a.len()],
    };
    let largest = a.iter().chain(b).max().map_or(0, |number| *number as usize + 1);
    let [in_a, in_b] = [a, b].map(|list| counts(list, largest));
    let shared = |list: &[u32]| -> Vec<usize> {
        let is_shared = |at: &usize| in_a[list[*at] as usize] > 0 && in_b[list[*at] as usize] > 0;
        (0..list.len()).filter(is_shared).collect()
    };
    let (left, right) = (shared(a), shared(b));
    let is_single = |at: &usize| in_a[a[*at] as usize] == 1 && in_b[a[*at] as usize] == 1;
    if !left.iter().all(is_single) {
        let numbers =
            |list: &[u32], at: &[usize]| at.iter().map(|at| list[*at]).collect::<Vec<_>>();
        if let Some(pairs) = common(&numbers(a, &left), &numbers(b, &right)) {
            for (x, y) in pairs {
                aligned.pair((left[x], right[y]), true);
            }
            if moves {
                pair_moved(a, b, largest, &mut aligned);
            }
            return aligned;
        }
    }
    // Pairs each occurrence with the same occurrence; those in a longest increasing subsequence are in order.
    pair_moved(a, b, largest, &mut aligned);
    let paired: Vec<usize> = (0..a.len()).filter(|at| aligned.to[*at] != NONE).collect();
    let places: Vec<usize> = paired.iter().map(|at| aligned.to[*at]).collect();
    for (at, stays) in paired.into_iter().zip(increasing(&places)) {
        aligned.stays[at] = stays;
        if !stays && !moves {
            let other = std::mem::replace(&mut aligned.to[at], NONE);
            aligned.from[other] = NONE;
        }
    }
    aligned
}

fn counts(list: &[u32], largest: usize) -> Vec<u32> {
    let mut counts = vec![0; largest];
    for number in list {
        counts[*number as usize] += 1;
    }
    counts
}

/// Pairs the elements without a partner, first occurrence with first, as moved.
fn pair_moved(a: &[u32], b: &[u32], largest: usize, aligned: &mut Alignment) {
    // Lists of free places in `b` by number, linked through `next`.
    let mut first = vec![NONE; largest];
    let mut next = vec![NONE; b.len()];
    for at in (0..b.len()).rev().filter(|at| aligned.from[*at] == NONE) {
        next[at] = std::mem::replace(&mut first[b[at] as usize], at);
    }
    for at in 0..a.len() {
        let free = first[a[at] as usize];
        if aligned.to[at] == NONE && free != NONE {
            first[a[at] as usize] = next[free];
            aligned.pair((at, free), false);
        }
    }
}

/// Pairs removed elements with new ones in the same gap between elements that stay, first with first: those are
/// changed elements. Returns the pairs, ascending.
pub(crate) fn pair_gaps(aligned: &mut Alignment) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    let mut right = 0;
    for left in 0..aligned.to.len() {
        if aligned.stays[left] {
            right = aligned.to[left] + 1;
        } else if aligned.to[left] == NONE {
            let ends = |at: usize| aligned.from.get(at).is_none_or(|from| is_stay(aligned, *from));
            while !ends(right) && aligned.from[right] != NONE {
                right += 1;
            }
            if !ends(right) {
                pairs.push((left, right));
                right += 1;
            }
        }
    }
    for pair in &pairs {
        aligned.pair(*pair, true);
    }
    pairs
}

fn is_stay(aligned: &Alignment, from: usize) -> bool {
    from != NONE && aligned.stays[from]
}
