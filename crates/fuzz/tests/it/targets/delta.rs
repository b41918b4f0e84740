//! Targets `delta`: the changes that the coder finds make the text, whatever both texts are. A list of hunks
//! that anybody wrote is read as the plain reading of the format says, or refused. A chain of lists folds to
//! one that makes what they make one by one.
//!
//! Checked to fail: with a fold that begins a copy at the next piece, and with a coder that resumes at a block
//! without comparing it. The bounds of the cursor in `list` are also those of `apply`: its own tests cover
//! them.
#![cfg(test)]

use bolero::TypeGenerator;
use histo_core::internals;

use super::plain;

/// Some 2 s each without optimization.
const SHORT: usize = 600;

/// A change of a text: where, how many bytes, which ones replace them, and from where bytes are copied.
#[derive(Debug, Clone, TypeGenerator)]
struct Edit {
    at: u16,
    out: u8,
    data: Vec<u8>,
    copy: Option<(u16, u8)>,
}

#[derive(Debug, TypeGenerator)]
struct Case {
    seed: Vec<u8>,
    /// Texts long enough for blocks, of few words, so that much is found twice.
    repeat: u8,
    edits: Vec<Vec<Edit>>,
}

impl Case {
    fn base(&self) -> Vec<u8> {
        let words =
            [&self.seed[..], b"the owner of the item is ", b"{\"id\":17,\"state\":\"open\"},"];
        let rows = 0..usize::from(self.repeat);
        rows.flat_map(|row| [words[row % 3], &row.to_le_bytes()[..=row % 2]].concat()).collect()
    }
}

fn changed(text: &[u8], edits: &[Edit]) -> Vec<u8> {
    let mut text = text.to_vec();
    for edit in edits.iter().take(8) {
        let at = usize::from(edit.at) % (text.len() + 1);
        let end = (at + usize::from(edit.out)).min(text.len());
        let copied = edit.copy.map_or(Vec::new(), |(from, len)| {
            let from = usize::from(from) % (text.len() + 1);
            text[from..(from + usize::from(len)).min(text.len())].to_vec()
        });
        text.splice(at..end, edit.data.iter().copied().chain(copied));
    }
    text
}

fn length(text: &[u8]) -> u32 {
    u32::try_from(text.len()).unwrap()
}

#[test]
fn what_the_coder_finds_makes_the_text() {
    bolero::check!().with_type::<Case>().with_iterations(SHORT).for_each(|case| {
        let old = case.base();
        for edits in &case.edits {
            let new = changed(&old, edits);
            let list = internals::find_hunks(&old, &new, usize::MAX).expect("no bound");
            let made = internals::apply_hunks(&old, length(&new), &list);
            assert_eq!(made.as_ref(), Some(&new));
            assert_eq!(plain::hunks(&old, &list), Some(new));
        }
    });
}

#[test]
fn hunks_that_anybody_wrote_are_read_as_the_format_says_or_refused() {
    bolero::check!()
        .with_type::<(Vec<u8>, Vec<(u8, u8, Vec<u8>, u8)>, Vec<u8>, u16)>()
        .with_iterations(4 * SHORT)
        .for_each(|(base, hunks, tail, length)| {
            // Small numbers, so that many are in range, and any bytes after them.
            let mut list = Vec::new();
            for (copied, _, data, moved) in hunks {
                list.push(copied % 16);
                list.push(u8::try_from(data.len() % 100).unwrap());
                list.extend_from_slice(&data[..data.len() % 100]);
                list.push(moved % 32);
            }
            list.extend_from_slice(tail);
            let plain = plain::hunks(base, &list);
            let made = plain.as_ref().map_or_else(|| u32::from(*length), |made| self::length(made));
            assert_eq!(internals::apply_hunks(base, made, &list), plain);
            assert_eq!(internals::apply_hunks(base, made ^ 1, &list), None);
            let frame = internals::open_frame(&list, usize::from(*length));
            assert!(frame.is_none_or(|bytes| bytes.len() == usize::from(*length)));
        });
}

#[test]
fn a_chain_folds_to_what_it_makes_one_by_one() {
    bolero::check!().with_type::<Case>().with_iterations(SHORT).for_each(|case| {
        let base = case.base();
        let (mut text, mut lists) = (base.clone(), Vec::new());
        for edits in case.edits.iter().take(40) {
            let new = changed(&text, edits);
            let list = internals::find_hunks(&text, &new, usize::MAX).expect("no bound");
            lists.push((list, length(&new)));
            text = new;
        }
        if lists.is_empty() {
            return;
        }
        let folded = internals::fold_hunks(length(&base), &lists).expect("not damaged");
        assert_eq!(internals::apply_hunks(&base, length(&text), &folded), Some(text));
    });
}
