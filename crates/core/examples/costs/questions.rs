//! The work that is counted. Each question checks its answers.

use std::error::Error;

use histo_core::graph::{Graph, Index, Pos, difference, merge_bases};
use histo_core::json::Canonicalizer;
use histo_core::write::{Action, Chain, Chains, Draft, Op, Outcome, Previous};
use histo_core::{Engine, Ref, Result};
use serde_json::Value;

use crate::counting::{Allocated, measured};

/// Every tenth of the recorded pairs is asked about: callgrind is slow.
const EACH: usize = 10;

/// A cost, and the units of work to divide it by.
pub(crate) type Cost = (Allocated, usize);
pub(crate) type Asked<T> = std::result::Result<T, Box<dyn Error>>;

/// An object of 220 bytes, as `benches/lib/data.ts` has them.
pub(crate) fn small(number: usize) -> String {
    let head = format!(
        "{{\"id\":{number},\"kind\":\"task\",\"title\":\"Revision {number}\",\"done\":{},\"tags\":[\"bench\",\"small\"],\"body\":\"",
        number.is_multiple_of(2)
    );
    let body = "x".repeat(220 - head.len() - 2);
    format!("{head}{body}\"}}")
}

/// A document of 20 KB; `number` selects the one row that differs from the others', and its text.
pub(crate) fn large(number: usize) -> String {
    let rows: Vec<String> = (0..160)
        .map(|row| {
            let edited = if row == number % 160 { number } else { 0 };
            format!(
                "{{\"id\":{row},\"done\":false,\"edited\":{edited},\"text\":\"{row} {}\"}}",
                "words ".repeat(13)
            )
        })
        .collect();
    format!("{{\"rows\":[{}]}}", rows.join(","))
}

/// Counts puts of `texts`, `together` in a commit, each on the one before, and returns the refs. Two uncounted
/// commits come first: they make the tables and the head.
pub(crate) fn put(engine: &Engine, texts: &[String], together: usize) -> Asked<(Vec<Ref>, Cost)> {
    let mut canonicalizer = Canonicalizer::default();
    let mut chains = Chains::new();
    for text in texts.iter().take(2) {
        commit(engine, &mut canonicalizer, &mut chains, std::slice::from_ref(text))?;
    }
    let rest = texts.get(2..).unwrap_or_default();
    let (refs, cost) = measured(|| -> Result<Vec<Ref>> {
        let mut refs = Vec::with_capacity(rest.len());
        for group in rest.chunks(together) {
            refs.extend(commit(engine, &mut canonicalizer, &mut chains, group)?);
        }
        Ok(refs)
    });
    Ok((refs?, (cost, rest.len())))
}

/// Commits puts of JSON texts as one group, as the writer does.
fn commit(
    engine: &Engine,
    canonicalizer: &mut Canonicalizer,
    chains: &mut Chains,
    texts: &[String],
) -> Result<Vec<Ref>> {
    let mut ops = Vec::with_capacity(texts.len());
    for text in texts {
        let drafts = vec![Draft::json(canonicalizer, text.as_bytes(), None, u64::MAX)?];
        let action = Action::Put { drafts, previous: Previous::Any, move_head: true, many: false };
        let chain = Chain { caller: 1, follows: false, leads: true };
        ops.push(Op { branch: "main".into(), chain, action, log: None });
    }
    let mut refs = Vec::with_capacity(texts.len());
    for outcome in engine.commit(&ops, chains) {
        if let Outcome::Ref(reference) = outcome? {
            refs.push(reference);
        }
    }
    Ok(refs)
}

/// Counts reads of all `refs`, and compares each with the text that was put.
pub(crate) fn get(engine: &Engine, refs: &[Ref], texts: &[String]) -> Asked<Cost> {
    let (lengths, cost) = measured(|| -> Result<usize> {
        let mut bytes = 0;
        for reference in refs {
            bytes += engine.payload(reference, |_, payload| payload.len())?;
        }
        Ok(bytes)
    });
    assert!(lengths? > 0 && refs.len() + 2 == texts.len(), "nothing was read");
    for (reference, text) in refs.iter().zip(texts.iter().skip(2)) {
        let read =
            engine.payload(reference, |_, payload| serde_json::from_slice::<Value>(payload))??;
        assert_eq!(read, serde_json::from_str::<Value>(text)?, "{reference} is not what was put");
    }
    Ok((cost, refs.len()))
}

/// A recorded history and git's answers about pairs of it.
pub(crate) struct Recorded {
    graph: Graph,
    pairs: Vec<(Pos, Pos)>,
    bases: Vec<Vec<u64>>,
    differences: Vec<u64>,
}

impl Recorded {
    /// Reads one of `test/histories`.
    pub(crate) fn read(name: &str) -> Asked<Self> {
        let folder = format!("{}/../../test/histories", env!("CARGO_MANIFEST_DIR"));
        let mut index = Index::new(7);
        for (number, line) in
            (0_u64..).zip(std::fs::read_to_string(format!("{folder}/{name}.dag"))?.lines())
        {
            let parents: Vec<u32> =
                line.split_whitespace().map(str::parse).collect::<std::result::Result<_, _>>()?;
            let parents: Vec<Pos> = parents.into_iter().map(Pos::new).collect();
            index
                .push(Ref::from_bytes(*blake3::hash(&number.to_le_bytes()).as_bytes()), &parents)?;
        }
        let text = std::fs::read_to_string(format!("{folder}/{name}.queries.json"))?;
        let queries: Vec<Query> = serde_json::from_str::<Vec<Value>>(&text)?
            .iter()
            .step_by(EACH)
            .filter_map(Query::of)
            .collect();
        Ok(Self {
            graph: index.snapshot(),
            pairs: queries.iter().map(|query| query.pair).collect(),
            bases: queries.iter().map(|query| query.bases.clone()).collect(),
            differences: queries.iter().map(|query| query.difference).collect(),
        })
    }

    /// Counts the merge bases of all pairs, and checks them.
    pub(crate) fn merge_bases(&self) -> Asked<Cost> {
        let (found, cost) = measured(|| -> Result<Vec<Vec<Pos>>> {
            self.pairs.iter().map(|&(a, b)| merge_bases(&self.graph, a, b)).collect()
        });
        let found: Vec<Vec<u64>> = found?
            .into_iter()
            .map(|all| {
                let mut all: Vec<u64> = all.into_iter().map(|pos| u64::from(pos.get())).collect();
                all.sort_unstable();
                all
            })
            .collect();
        assert_eq!(found, self.bases, "other merge bases than git's");
        Ok((cost, self.pairs.len()))
    }

    /// Counts the differences of all pairs, and checks how many revisions are in each.
    pub(crate) fn difference(&self) -> Asked<Cost> {
        let (found, cost) = measured(|| -> Result<Vec<u64>> {
            self.pairs
                .iter()
                .map(|&(a, b)| Ok(difference(&self.graph, &[a], &[b])?.len() as u64))
                .collect()
        });
        assert_eq!(found?, self.differences, "other differences than git's");
        Ok((cost, self.pairs.len()))
    }
}

struct Query {
    pair: (Pos, Pos),
    bases: Vec<u64>,
    difference: u64,
}

impl Query {
    fn of(value: &Value) -> Option<Self> {
        let pos = |name: &str| Some(Pos::new(u32::try_from(value.get(name)?.as_u64()?).ok()?));
        let bases = value.get("mergeBases")?.as_array()?;
        Some(Self {
            pair: (pos("from")?, pos("to")?),
            bases: bases.iter().filter_map(Value::as_u64).collect(),
            difference: value.get("differenceCount")?.as_u64()?,
        })
    }
}
