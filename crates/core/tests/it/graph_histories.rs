//! Git's answers over real histories: every recorded query gives git's answer, without and with labels.
#![cfg(test)]

use histo_core::graph::{Graph, Pos, difference, is_ancestor, label, merge_bases, missing};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::graph_support::{graph_of, history, numbers, path, pos};

struct Query {
    from: Pos,
    to: Pos,
    merge_bases: Vec<usize>,
    difference_count: usize,
    difference_sha256: String,
}

impl Query {
    fn read(query: &Value) -> Self {
        let number = |key: &str| usize::try_from(query[key].as_u64().unwrap()).unwrap();
        let bases = query["mergeBases"].as_array().unwrap();
        Self {
            from: pos(number("from")),
            to: pos(number("to")),
            merge_bases: bases
                .iter()
                .map(|base| usize::try_from(base.as_u64().unwrap()).unwrap())
                .collect(),
            difference_count: number("differenceCount"),
            difference_sha256: query["differenceSha256"].as_str().unwrap().to_owned(),
        }
    }
}

/// The recorded histories and how many queries each has.
const HISTORIES: [(&str, usize); 2] = [("irmin", 776), ("jj", 719)];

/// Asks each query of the history without labels and with them.
fn for_each_query(check: impl Fn(&Graph, &Query)) {
    for (name, count) in HISTORIES {
        let parents = history(name);
        let graphs = [(); 2].map(|()| graph_of(&parents));
        label(&graphs[1]);
        let text = std::fs::read_to_string(path(&format!("{name}.queries.json"))).unwrap();
        let queries: Vec<Value> = serde_json::from_str(&text).unwrap();
        assert_eq!(queries.len(), count, "queries of {name}");
        for query in &queries {
            let query = Query::read(query);
            for graph in &graphs {
                check(graph, &query);
            }
        }
    }
}

#[test]
fn merge_bases_are_gits() {
    for_each_query(|graph, query| {
        let mut bases = numbers(&merge_bases(graph, query.from, query.to).unwrap());
        assert!(bases.is_sorted_by(|higher, lower| higher > lower));
        bases.reverse();
        assert_eq!(bases, query.merge_bases);
    });
}

#[test]
fn merge_bases_do_not_depend_on_the_order_of_the_two() {
    for_each_query(|graph, query| {
        let one_way = merge_bases(graph, query.from, query.to);
        assert_eq!(merge_bases(graph, query.to, query.from), one_way);
    });
}

#[test]
fn the_difference_is_gits_and_newest_first() {
    for_each_query(|graph, query| {
        let mut answer = numbers(&difference(graph, &[query.from], &[query.to]).unwrap());
        assert!(answer.is_sorted_by(|newer, older| newer > older));
        answer.reverse();
        assert_eq!(answer.len(), query.difference_count);
        assert_eq!(sha256(&answer), query.difference_sha256);
    });
}

#[test]
fn what_is_missing_is_gits_difference_ascending() {
    for_each_query(|graph, query| {
        let mut known = vec![false; graph.len() as usize];
        for reached in difference(graph, &[], &[query.from]).unwrap() {
            known[reached.index()] = true;
        }
        let answer = missing(graph, &[query.to], |pos| known[pos.index()]).unwrap();
        assert_eq!(sha256(&numbers(&answer)), query.difference_sha256);
    });
}

#[test]
fn an_ancestor_is_its_own_merge_base_in_gits_answers() {
    for_each_query(|graph, query| {
        let (from, to) = (query.from, query.to);
        let is_base = |pos: Pos| query.merge_bases == [pos.index()];
        assert_eq!(is_ancestor(graph, from, to), Ok(is_base(from)));
        assert_eq!(is_ancestor(graph, to, from), Ok(is_base(to)));
    });
}

fn sha256(ascending: &[usize]) -> String {
    let text: Vec<String> = ascending.iter().map(ToString::to_string).collect();
    format!("{:x}", Sha256::digest(text.join(",")))
}
