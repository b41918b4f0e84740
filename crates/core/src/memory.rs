//! The store in memory: payloads by position, heads by key.
//!
//! Holds what `store` keeps on disk and nothing else; the graph index is the engine's.

use std::collections::BTreeMap;

use crate::graph::Pos;
use crate::revision::Kind;
use crate::write::{Staged, Stored};
use crate::{Ref, Result};

/// Payloads of a block. One list of all would be copied as a whole each time that it is full: 200 MB at
/// eight million.
const BLOCK: usize = 1 << 16;

/// Payloads and heads.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    /// In order; all blocks but the last are full.
    payloads: Vec<Vec<(Kind, Box<[u8]>)>>,
    heads: BTreeMap<String, Ref>,
}

impl Memory {
    /// Takes over a group.
    pub(crate) fn append(&mut self, staged: &[Staged<'_>]) {
        for revision in staged {
            let payload = (revision.kind, Box::from(revision.payload));
            match self.payloads.last_mut() {
                Some(block) if block.len() < BLOCK => block.push(payload),
                _ => self.payloads.push(vec![payload]),
            }
        }
    }

    /// Writes or removes a head.
    pub(crate) fn put_head(&mut self, key: String, reference: Option<Ref>) {
        match reference {
            Some(reference) => drop(self.heads.insert(key, reference)),
            None => drop(self.heads.remove(&key)),
        }
    }

    /// The payload at a position.
    pub(crate) fn payload(&self, pos: Pos) -> Option<(Kind, &[u8])> {
        let block = self.payloads.get(pos.index() / BLOCK)?;
        block.get(pos.index() % BLOCK).map(|(kind, payload)| (*kind, payload.as_ref()))
    }

    /// All refs whose key starts with `prefix`, the prefix cut off.
    pub(crate) fn heads(&self, prefix: &str) -> Vec<(String, Ref)> {
        self.heads
            .range(prefix.to_owned()..)
            .map_while(|(key, head)| Some((key.strip_prefix(prefix)?.to_owned(), *head)))
            .collect()
    }
}

impl Stored for Memory {
    fn read(&self, key: &str) -> Result<Option<Ref>> {
        Ok(self.heads.get(key).copied())
    }

    fn is_whole(&self, _: Pos, _: &Ref) -> Result<bool> {
        Ok(true)
    }
}
