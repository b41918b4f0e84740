//! The floor as a process, for `benches/graph.bench.ts`: the same walks over plain arrays, asked by line, so
//! that another program can ask in turns.
//!
//! `floor FILE` reads a shape, as 32-bit little-endian numbers: the number of revisions, where the parents of
//! each start, one past the last, and the parents. A line `QUESTION TIMES A B A B …` asks about each pair,
//! TIMES over. The answer is the nanoseconds of processor time, the number of answers in one round, and their
//! sum modulo 2^32. Without a file it does nothing, so that a run of all benches passes.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a bench prints and may fail")]

#[path = "walks/floor.rs"]
mod floor;

use std::hint::black_box;
use std::io::{BufRead, Write};

use floor::Floor;
use rustix::time::{ClockId, clock_gettime};

fn main() {
    let Some(path) = std::env::args().skip(1).find(|argument| !argument.starts_with("--")) else {
        return;
    };
    let mut floor = Floor::new(&parents_in(&path));
    println!("ready");
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        let mut words = line.split(' ');
        let question = words.next().unwrap();
        let numbers: Vec<u32> = words.map(|word| word.parse().unwrap()).collect();
        let (times, pairs) = (numbers[0], &numbers[1..]);
        let start = processor_time();
        let mut told = (0, 0);
        for _ in 0..times {
            told = ask(&mut floor, question, pairs);
        }
        println!("{} {} {}", processor_time() - start, told.0, told.1);
        std::io::stdout().flush().unwrap();
    }
}

/// Nanoseconds that this thread was at work.
fn processor_time() -> i64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec * 1_000_000_000 + time.tv_nsec
}

/// The count of answers about all pairs, and their sum.
fn ask(floor: &mut Floor, question: &str, pairs: &[u32]) -> (usize, u32) {
    let mut told = (0, 0_u32);
    for pair in pairs.chunks_exact(2) {
        let (a, b) = (black_box(pair[0]), black_box(pair[1]));
        let answer = match question {
            "mergeBases" => floor.merge_bases(a, b),
            "refDifference" => floor.difference(a, b),
            _ => Vec::from_iter(floor.is_ancestor(a, b).then_some(1)),
        };
        told.0 += answer.len();
        told.1 = answer.iter().fold(told.1, |sum, &number| sum.wrapping_add(number));
        black_box(answer);
    }
    told
}

fn parents_in(path: &str) -> Vec<Vec<u32>> {
    let bytes = std::fs::read(path).unwrap();
    let words: Vec<u32> =
        bytes.chunks_exact(4).map(|word| u32::from_le_bytes(word.try_into().unwrap())).collect();
    let count = words[0] as usize;
    let (starts, links) = words[1..].split_at(count + 1);
    starts.windows(2).map(|run| links[run[0] as usize..run[1] as usize].to_vec()).collect()
}
