//! Cost and benefit of labels: random pairs of long histories, without labels and with them.
//!
//! Prints the time to make labels for each revision, and the medians of questions, in microseconds. `cargo
//! bench -p histo-core --bench labels -- --bench [REVISIONS] [SHAPE]`; without `--bench` a short run.
#![expect(
    clippy::cast_precision_loss,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench reads the clock, prints, rounds, and may fail"
)]

#[path = "labels/shapes.rs"]
mod shapes;

use std::hint::black_box;
use std::time::Instant;

use histo_core::graph::{Graph, Index, Pos, difference, is_ancestor, label, merge_bases};
use shapes::{Random, SHAPES};

const REVISIONS: u32 = 10_000_000;
const PAIRS: usize = 101;
/// Pairs asked before there are labels, which takes long.
const FEW: usize = 5;

fn main() {
    let numbers = std::env::args().find_map(|argument| argument.parse().ok());
    let is_bench = std::env::args().any(|argument| argument == "--bench");
    let revisions = numbers.unwrap_or(if is_bench { REVISIONS } else { 20_000 });
    let wanted = |name: &str| std::env::args().any(|argument| argument == name);
    let is_one = SHAPES.iter().any(|&(name, _)| wanted(name));
    for &(name, own) in SHAPES.iter().filter(|&&(name, _)| !is_one || wanted(name)) {
        let mut index = Index::new(7);
        let mut random = Random(0x5eed);
        let mut child = 0;
        index
            .extend(|parents| {
                if child == revisions {
                    return None;
                }
                own(child, revisions, &mut random, parents);
                let mut bytes = [0; 32];
                bytes[..4].copy_from_slice(&child.to_le_bytes());
                bytes[4..8].copy_from_slice(&child.wrapping_mul(0x9e37_79b9).to_le_bytes());
                child += 1;
                Some(histo_core::Ref::from_bytes(bytes))
            })
            .unwrap();
        measure(name, &index.snapshot());
    }
}

fn measure(name: &str, graph: &Graph) {
    let revisions = graph.len();
    let mut random = Random(0xf00d);
    let pairs: Vec<(Pos, Pos)> = (0..PAIRS)
        .map(|_| {
            let (a, b) = (random.below(revisions), random.below(revisions));
            (Pos::new(a.min(b)), Pos::new(a.max(b)))
        })
        .collect();
    let before = times(graph, &pairs[..FEW]);
    let labelling = time_of(|| label(graph)) / f64::from(revisions);
    let labelled = times(graph, &pairs);
    println!("{name}, {revisions}: labels take {labelling:.0} ns a revision");
    for ((question, plain), (_, labels)) in before.into_iter().zip(labelled) {
        let [plain, labels] = [plain, labels].map(|times| summary(&times));
        println!("  {question:<12} {plain:>12} -> {labels}");
    }
}

/// Nanoseconds.
fn time_of(work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_nanos() as f64
}

fn times(graph: &Graph, pairs: &[(Pos, Pos)]) -> Vec<(&'static str, Vec<f64>)> {
    let reaches = |a, b| usize::from(is_ancestor(graph, a, b).unwrap());
    let bases = |a, b| merge_bases(graph, a, b).unwrap().len();
    let new = |a, b| difference(graph, &[b], &[a]).unwrap().len();
    vec![
        ("isAncestor", time(pairs, reaches)),
        ("mergeBases", time(pairs, bases)),
        ("difference", time(pairs, new)),
    ]
}

/// Microseconds of each question, ascending.
fn time(pairs: &[(Pos, Pos)], ask: impl Fn(Pos, Pos) -> usize) -> Vec<f64> {
    let mut times: Vec<f64> = pairs
        .iter()
        .map(|&(a, b)| {
            let start = Instant::now();
            black_box(ask(black_box(a), black_box(b)));
            start.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times
}

fn summary(times: &[f64]) -> String {
    let mean = times.iter().sum::<f64>() / times.len() as f64;
    format!("{:.1} (mean {mean:.1}, most {:.1})", times[times.len() / 2], times[times.len() - 1])
}
