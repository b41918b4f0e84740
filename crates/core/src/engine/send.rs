//! Revisions on their way into a binary stream, straight from the store.

use super::Engine;
use crate::graph::{Graph, Pos};
use crate::sync::wire::{Encoder, Name, Sent};
use crate::{Ref, Result};

impl Engine {
    /// Adds revisions to a stream, in order, until a batch is full; of what was erased the hash of its data.
    /// Returns how many, at least one of those that are given, and the bytes of their payloads.
    ///
    /// # Errors
    /// As `payload`; `Shallow` for what was cut away; as `Encoder::add`.
    pub fn send(&self, at: &[Pos], encoder: &mut Encoder) -> Result<(u32, u64)> {
        let graph = self.graph();
        let (mut count, mut bytes) = (0, 0);
        for run in at.chunk_by(|&a, &b| graph.loss(a).is_none() && graph.loss(b).is_none()) {
            if count > 0 && !encoder.ready().is_empty() {
                break;
            }
            if let [pos] = *run
                && graph.loss(pos).is_some()
            {
                let remains = self.erased(&graph, pos)?;
                let name = Name::Ref(remains.reference);
                let ancestors = remains.parent_refs().into_iter().map(Name::Ref);
                encoder.add_erased(&name, ancestors, remains.kind, &remains.digest)?;
                count += 1;
                continue;
            }
            let (sent, payloads) = self.send_whole(&graph, run, encoder)?;
            count += sent;
            bytes += payloads;
        }
        Ok((count, bytes))
    }

    /// As `send`, for revisions that are all there.
    fn send_whole(&self, graph: &Graph, at: &[Pos], encoder: &mut Encoder) -> Result<(u32, u64)> {
        let mut positions = at.iter();
        let (mut count, mut bytes, mut outcome) = (0, 0, Ok(()));
        self.payloads_up_to(at, |kind, payload| {
            let Some(&pos) = positions.next() else {
                return false;
            };
            let name = Name::Ref(*graph.ref_at(pos));
            let ancestors: Vec<Ref> = graph.parent_refs(pos);
            let ancestors = ancestors.into_iter().map(Name::Ref);
            outcome = encoder.add(Sent { name: &name, told: false, kind, payload }, ancestors);
            count += 1;
            bytes += payload.len() as u64;
            outcome.is_ok() && encoder.ready().is_empty()
        })?;
        outcome.map(|()| (count, bytes))
    }
}
