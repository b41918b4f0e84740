//! The index: memory and time for a revision, a look-up and a snapshot.
//!
//! Uses a history of a million revisions, one in ten a merge. Each figure is of one run; without `--bench` the
//! history is short.
#![expect(
    clippy::cast_precision_loss,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench reads the clock, prints, rounds, and may fail"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use histo_core::Ref;
use histo_core::graph::{Index, Pos};

const REVISIONS: u32 = 1_000_000;
const SNAPSHOTS: u32 = 10_000;
const SEED: u64 = 0x5eed;

fn main() {
    let full = std::env::args().any(|arg| arg == "--bench");
    let revisions = if full { REVISIONS } else { REVISIONS / 100 };
    let refs: Vec<Ref> = (0..revisions)
        .map(|number| Ref::from_bytes(*blake3::hash(&number.to_le_bytes()).as_bytes()))
        .collect();

    let (mut index, longest) = build(&refs, 0);
    println!("revisions                        {revisions:>8}");
    println!("longest push                     {:>8} us", longest.as_micros());
    println!(
        "bytes a revision                 {:>8.1}",
        index.bytes() as f64 / f64::from(revisions)
    );
    report("push, growing", revisions, || drop(build(&refs, 0)));
    report("push, room made in advance", revisions, || drop(build(&refs, refs.len())));
    report("extend, room made in advance", revisions, || drop(load(&refs)));
    report("find", revisions, || check_all(&index, &refs));
    report("snapshot", SNAPSHOTS, || {
        for _ in 0..SNAPSHOTS {
            black_box(index.snapshot());
        }
    });
    report("push while a snapshot is held", SNAPSHOTS, || push_under_snapshots(&mut index));
}

/// Returns the index and the longest that a push took.
fn build(refs: &[Ref], reserve: usize) -> (Index, Duration) {
    let mut index = Index::new(SEED);
    index.reserve(reserve);
    let mut longest = Duration::ZERO;
    let mut parents = Vec::new();
    for (number, &reference) in (0_u32..).zip(refs) {
        let start = (number % 64 == 0).then(Instant::now);
        parents.clear();
        parents.extend(parents_of(number));
        index.push(reference, &parents).unwrap();
        longest = longest.max(start.map_or(Duration::ZERO, |start| start.elapsed()));
    }
    (index, longest)
}

fn parents_of(number: u32) -> impl Iterator<Item = Pos> {
    let count = if number < 17 { 0 } else { 1 + usize::from(number.is_multiple_of(10)) };
    [1, 17].into_iter().take(count).map(move |before| Pos::new(number - before))
}

/// Builds the same index in one go.
fn load(refs: &[Ref]) -> Index {
    let mut index = Index::new(SEED);
    index.reserve(refs.len());
    let mut all = (0_u32..).zip(refs);
    index
        .extend(|parents| {
            let (number, &reference) = all.next()?;
            parents.extend(parents_of(number));
            Some(reference)
        })
        .unwrap();
    assert_eq!(index.len() as usize, refs.len());
    index
}

fn check_all(index: &Index, refs: &[Ref]) {
    for (number, reference) in (0_u32..).zip(refs) {
        assert_eq!(index.find(reference), Some(Pos::new(number)));
    }
}

fn push_under_snapshots(index: &mut Index) {
    for _ in 0..SNAPSHOTS {
        let held = index.snapshot();
        let reference = blake3::hash(&[b"later".as_slice(), &held.len().to_le_bytes()].concat());
        index.push(Ref::from_bytes(*reference.as_bytes()), &[]).unwrap();
    }
}

fn report(what: &str, count: u32, run: impl FnOnce()) {
    let start = Instant::now();
    run();
    let each = start.elapsed().as_secs_f64() * 1e9 / f64::from(count);
    println!("{what:<32} {each:>8.0} ns");
}
