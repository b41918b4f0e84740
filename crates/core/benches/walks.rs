//! Merge bases, difference and ancestry against the floor: a plain walk over arrays with a heap.
//!
//! Uses the recorded histories (each kind of query by itself) and synthetic ones. Every answer is compared with
//! the floor's before anything is timed. Prints the medians of interleaved rounds, in nanoseconds a query.
//! Without `--bench` each runs once.
#![expect(
    clippy::cast_precision_loss,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench reads the clock, prints, rounds, and may fail"
)]

#[path = "walks/floor.rs"]
mod floor;
#[path = "walks/workload.rs"]
mod workload;

use std::hint::black_box;
use std::time::Instant;

use floor::Floor;
use histo_core::graph::{Graph, Pos, difference, is_ancestor, merge_bases};
use workload::Workload;

const ROUNDS: usize = 15;

fn main() {
    let rounds = if std::env::args().any(|arg| arg == "--bench") { ROUNDS } else { 1 };
    println!(
        "{:<28} {:>7} {:>9} {:>9} {:>6}",
        "ns a query, median", "queries", "ours", "floor", "ratio"
    );
    for workload in workload::all() {
        let graph = workload.graph();
        let mut floor = Floor::new(&workload.parents);
        check(&workload, &graph, &mut floor);
        measure(
            &workload,
            "bases",
            rounds,
            |a, b| merge_bases(&graph, a, b).unwrap().len(),
            |a, b| floor.merge_bases(a.get(), b.get()).len(),
        );
        measure(
            &workload,
            "difference",
            rounds,
            |a, b| difference(&graph, &[a], &[b]).unwrap().len(),
            |a, b| floor.difference(a.get(), b.get()).len(),
        );
        measure(
            &workload,
            "ancestor",
            rounds,
            |a, b| usize::from(is_ancestor(&graph, a, b).unwrap()),
            |a, b| usize::from(floor.is_ancestor(a.get(), b.get())),
        );
    }
}

fn check(workload: &Workload, graph: &Graph, floor: &mut Floor) {
    for &(a, b) in &workload.pairs {
        let (low, high) = (Pos::new(a), Pos::new(b));
        let numbers = |all: Vec<Pos>| all.into_iter().map(Pos::get).collect::<Vec<u32>>();
        assert_eq!(numbers(merge_bases(graph, low, high).unwrap()), floor.merge_bases(a, b));
        assert_eq!(numbers(difference(graph, &[low], &[high]).unwrap()), floor.difference(a, b));
        assert_eq!(is_ancestor(graph, low, high).unwrap(), floor.is_ancestor(a, b));
    }
}

/// Times both over all pairs, turn by turn, and prints the medians.
fn measure(
    workload: &Workload,
    what: &str,
    rounds: usize,
    ours: impl FnMut(Pos, Pos) -> usize,
    floor: impl FnMut(Pos, Pos) -> usize,
) {
    let (mut ours, mut floor) = (ours, floor);
    let (mut our_times, mut floor_times) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        our_times.push(time(workload, &mut ours));
        floor_times.push(time(workload, &mut floor));
    }
    let (ours, floor) = (median(our_times), median(floor_times));
    let name = format!("{} {what}", workload.name);
    let count = workload.pairs.len();
    println!("{name:<28} {count:>7} {ours:>9.0} {floor:>9.0} {:>6.2}", ours / floor);
}

/// Nanoseconds a query.
fn time(workload: &Workload, query: &mut impl FnMut(Pos, Pos) -> usize) -> f64 {
    let start = Instant::now();
    for &(a, b) in &workload.pairs {
        black_box(query(black_box(Pos::new(a)), black_box(Pos::new(b))));
    }
    start.elapsed().as_secs_f64() * 1e9 / workload.pairs.len() as f64
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
