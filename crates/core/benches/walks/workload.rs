//! Workloads: recorded histories with recorded queries, and synthetic ones.

use histo_core::Ref;
use histo_core::graph::{Graph, Index, Pos};

const REVISIONS: u32 = 1_000_000;
const QUERIES: usize = 300;
const SEED: u64 = 0x5eed;

pub(crate) struct Workload {
    pub(crate) name: String,
    pub(crate) parents: Vec<Vec<u32>>,
    pub(crate) pairs: Vec<(u32, u32)>,
}

impl Workload {
    pub(crate) fn graph(&self) -> Graph {
        let mut index = Index::new(SEED);
        for (number, own) in (0_u64..).zip(&self.parents) {
            let own: Vec<Pos> = own.iter().copied().map(Pos::new).collect();
            let reference = Ref::from_bytes(*blake3::hash(&number.to_le_bytes()).as_bytes());
            index.push(reference, &own).unwrap();
        }
        index.snapshot()
    }
}

pub(crate) fn all() -> Vec<Workload> {
    let mut all = Vec::new();
    for name in ["irmin", "jj"] {
        all.extend(recorded(name));
    }
    let chain = |child: u32, _: &mut Random| child.checked_sub(1).into_iter().collect();
    all.push(synthetic("chain, near", chain, 10));
    all.push(synthetic("chain, far", chain, 20_000));
    all.push(synthetic("bushy, near", bushy, 200));
    all.push(synthetic("bushy, far", bushy, 20_000));
    all.push(synthetic("branches, far", branches, 200_000));
    all.push(synthetic("star, far", star, 900_000));
    all
}

/// One workload for each kind of query.
fn recorded(name: &str) -> Vec<Workload> {
    let folder = format!("{}/../../test/histories", env!("CARGO_MANIFEST_DIR"));
    let dag = std::fs::read_to_string(format!("{folder}/{name}.dag")).unwrap();
    let parents: Vec<Vec<u32>> = dag
        .lines()
        .map(|line| line.split_whitespace().map(|number| number.parse().unwrap()).collect())
        .collect();
    let text = std::fs::read_to_string(format!("{folder}/{name}.queries.json")).unwrap();
    let queries: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
    let number = |value: &serde_json::Value| u32::try_from(value.as_u64().unwrap()).unwrap();
    let of_kind = |kind: &str| Workload {
        name: format!("{name} {kind}"),
        parents: parents.clone(),
        pairs: queries
            .iter()
            .filter(|query| query["kind"] == kind)
            .map(|query| (number(&query["from"]), number(&query["to"])))
            .collect(),
    };
    ["merge", "random", "tips", "old-new"].map(of_kind).into()
}

/// Pairs at most `apart` positions from each other.
fn synthetic(name: &str, own: impl Fn(u32, &mut Random) -> Vec<u32>, apart: u32) -> Workload {
    let mut random = Random(SEED);
    let parents: Vec<Vec<u32>> = (0..REVISIONS).map(|child| own(child, &mut random)).collect();
    let pair = |_| {
        let low = random.below(REVISIONS - apart);
        (low, low + 1 + random.below(apart - 1))
    };
    Workload { name: name.to_owned(), parents, pairs: (0..QUERIES).map(pair).collect() }
}

/// Two parents for one in three, among the 30 before.
fn bushy(child: u32, random: &mut Random) -> Vec<u32> {
    let among = child.min(30);
    let parents = if child == 0 { 0 } else { 1 + u32::from(random.below(3) == 0) };
    let mut own: Vec<u32> = (0..parents).map(|_| child - 1 - random.below(among)).collect();
    own.dedup();
    own
}

/// 1,000 branches that grow in turn and never meet again: far from each other, sparse in the window.
fn branches(child: u32, _: &mut Random) -> Vec<u32> {
    let parent = if child <= 1_000 { child.checked_sub(1) } else { Some(child - 1_000) };
    parent.into_iter().collect()
}

/// Every revision is a child of the first: two visits, a million positions apart.
fn star(child: u32, _: &mut Random) -> Vec<u32> {
    if child == 0 { vec![] } else { vec![0] }
}

/// xorshift64*: enough to draw shapes from.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u32) -> u32 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32;
        u32::try_from(high % u64::from(end)).unwrap()
    }
}
