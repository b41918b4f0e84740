//! The floor: the same walks over plain arrays, with a binary heap and one array of flags for all.
//!
//! The way of a program without a persistent index, blocks, snapshots or budgets.

use std::collections::BinaryHeap;

const LEFT: u8 = 1;
const RIGHT: u8 = 2;
const BOTH: u8 = LEFT | RIGHT;
const STALE: u8 = 4;
const NONE: u32 = u32::MAX;

pub(crate) struct Floor {
    /// First and second parent, `NONE` where there is none.
    first: Vec<u32>,
    second: Vec<u32>,
    /// The parents after the second.
    more: Vec<Vec<u32>>,
    generations: Vec<u32>,
    /// All zero between two walks.
    flags: Vec<u8>,
    touched: Vec<u32>,
    heap: BinaryHeap<u32>,
}

impl Floor {
    pub(crate) fn new(parents: &[Vec<u32>]) -> Self {
        let nth =
            |n: usize| parents.iter().map(|own| own.get(n).copied().unwrap_or(NONE)).collect();
        let mut generations: Vec<u32> = Vec::new();
        for own in parents {
            let highest = own.iter().map(|&parent| generations[parent as usize]).max();
            generations.push(1 + highest.unwrap_or(0));
        }
        Self {
            first: nth(0),
            second: nth(1),
            more: parents.iter().map(|own| own.iter().skip(2).copied().collect()).collect(),
            generations,
            flags: vec![0; parents.len()],
            touched: Vec::new(),
            heap: BinaryHeap::new(),
        }
    }

    /// Highest first.
    pub(crate) fn merge_bases(&mut self, a: u32, b: u32) -> Vec<u32> {
        let mut bases = Vec::new();
        let (mut left, mut right) = (0, 0);
        let mut count = |before: u8, after: u8| {
            let fresh = |side: u8, flags: u8| i32::from(flags & side != 0 && flags & STALE == 0);
            left += fresh(LEFT, after) - fresh(LEFT, before);
            right += fresh(RIGHT, after) - fresh(RIGHT, before);
            left > 0 && right > 0
        };
        let before = self.paint(a, LEFT);
        count(before, before | LEFT);
        let before = self.paint(b, RIGHT);
        let mut going = count(before, before | RIGHT);
        while going && let Some(pos) = self.heap.pop() {
            let mut flags = self.flags[pos as usize];
            going = count(flags, 0);
            if flags == BOTH {
                bases.push(pos);
                flags |= STALE;
            }
            for parent in self.parents(pos) {
                let before = self.paint(parent, flags);
                going = count(before, before | flags);
            }
        }
        self.reset();
        bases
    }

    /// What `b` reaches and `a` does not, descending.
    pub(crate) fn difference(&mut self, a: u32, b: u32) -> Vec<u32> {
        let mut answer = Vec::new();
        self.paint(b, LEFT);
        self.paint(a, RIGHT);
        let mut wanted = i32::from(a != b);
        while wanted > 0
            && let Some(pos) = self.heap.pop()
        {
            let flags = self.flags[pos as usize];
            if flags == LEFT {
                wanted -= 1;
                answer.push(pos);
            }
            for parent in self.parents(pos) {
                let before = self.paint(parent, flags);
                wanted += i32::from(before | flags == LEFT) - i32::from(before == LEFT);
            }
        }
        self.reset();
        answer
    }

    /// Whether `b` reaches `a`: depth first, first parents first, cut at the generation.
    pub(crate) fn is_ancestor(&mut self, a: u32, b: u32) -> bool {
        let mut waiting = vec![b];
        let mut found = false;
        while let Some(pos) = waiting.pop() {
            found = pos == a;
            if found {
                break;
            }
            let above = self.generations[pos as usize] > self.generations[a as usize];
            if pos > a && above && self.flags[pos as usize] == 0 {
                self.flags[pos as usize] = LEFT;
                self.touched.push(pos);
                let start = waiting.len();
                waiting.extend(self.parents(pos));
                waiting[start..].reverse();
            }
        }
        self.reset();
        found
    }

    fn parents(&self, pos: u32) -> impl Iterator<Item = u32> + use<> {
        let at = pos as usize;
        let pair = [self.first[at], self.second[at]];
        pair.into_iter().filter(|&parent| parent != NONE).chain(self.more[at].clone())
    }

    fn paint(&mut self, pos: u32, flags: u8) -> u8 {
        let before = self.flags[pos as usize];
        self.flags[pos as usize] = before | flags;
        if before == 0 {
            self.heap.push(pos);
            self.touched.push(pos);
        }
        before
    }

    fn reset(&mut self) {
        self.heap.clear();
        for pos in self.touched.drain(..) {
            self.flags[pos as usize] = 0;
        }
    }
}
