//! Microseconds for differences and merges of canonical texts, with the floor: a comparison of the bytes.
//!
//! Checks each answer before timing it.

#[path = "timing/samples.rs"]
mod samples;

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Duration;

use histo_core::Result;
use histo_core::json::{ArrayKeys, DiffOptions, Merge, MergeOptions, diff, is_canonical, merge3};
use samples::line;

const SAMPLES: usize = 41;

/// A document with rows of some 111 bytes, in the order of `ids`; the row `edited` has another name.
fn document(ids: impl Iterator<Item = usize>, edited: Option<usize>) -> Vec<u8> {
    let mut text = String::from("{\"rows\":[");
    for (at, id) in ids.enumerate() {
        let comma = if at == 0 { "" } else { "," };
        let name =
            if edited == Some(id) { "edited".to_owned() } else { format!("row number {id}") };
        let done = id % 3 == 0;
        let tag = id % 7;
        let _written = write!(
            text,
            "{comma}{{\"done\":{done},\"id\":{id},\"name\":\"{name}\",\"tags\":[\"a\",\"t{tag}\"],\"text\":\"some words about it, xxxxxxxxxxxxxx\"}}"
        );
    }
    text.push_str("],\"title\":\"a document\"}");
    text.into_bytes()
}

fn patch(before: &[u8], after: &[u8]) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    let mut options = DiffOptions { keys: ArrayKeys::named(&["id", "key"]), moves: true };
    diff(before, after, &mut options, &mut out)?;
    Ok(out)
}

fn merge(base: &[u8], ours: &[u8], theirs: &[u8]) -> Result<Merge> {
    let keys = ArrayKeys::named(&["id", "key"]);
    let mut options = MergeOptions { keys, equal_changes_conflict: false };
    merge3([Some(base), Some(ours), Some(theirs)], &mut options)
}

fn time(name: &str, mut call: impl FnMut()) {
    let figure = |took: Duration| took.as_secs_f64() * 1e6;
    samples::time(name, SAMPLES, ("us", 1), figure, &mut call);
}

fn main() -> Result<()> {
    let before = document(0..1_000, None);
    let mut moved: Vec<usize> = (0..1_000).collect();
    for at in 0..10 {
        let row = moved.remove(at * 97 + 11);
        moved.insert((at * 389 + 50) % 990, row);
    }
    let cases = [
        ("one edited field", document(0..1_000, Some(500)), 1),
        ("one inserted row", document((0..500).chain([5_000]).chain(500..1_000), None), 1),
        ("ten moved rows", document(moved.into_iter(), None), 10),
    ];
    assert!(is_canonical(&before));
    line(&format!("document of {} KB", before.len() / 1_000));
    let copy = before.clone();
    time("floor: all bytes compared", || {
        black_box(black_box(&before) == black_box(&copy));
    });
    for (name, after, most) in cases {
        let found = patch(&before, &after)?;
        let operations = found.windows(5).filter(|it| it == b"{\"op\"").count();
        assert!((1..=most).contains(&operations), "{name}: {operations}");
        time(&format!("diff, {name}"), || {
            black_box(patch(black_box(&before), &after).is_ok());
        });
    }
    let [base, ours, theirs] = [None, Some(10), Some(80_000)].map(|it| document(0..88_000, it));
    let merged = merge(&base, &ours, &theirs)?;
    assert!(merged.conflicts.is_empty() && merged.text.is_some_and(|text| is_canonical(&text)));
    line(&format!("document of {} KB", base.len() / 1_000));
    time("merge3, two edited fields", || {
        black_box(merge(black_box(&base), &ours, &theirs).is_ok());
    });
    Ok(())
}
