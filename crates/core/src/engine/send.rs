//! Reading revisions for another side: into a binary stream, or for another database of the process.

use super::Engine;
use super::read::damaged;
use crate::graph::{Graph, Pos};
use crate::revision::{Kind, Meta};
use crate::store::{Remains, StoredChange, View};
use crate::sync::wire::{Ancestry, Claimed, Encoder, Name, Received, Sent, Unmade};
use crate::write::MetaLeft;
use crate::{Error, Ref, Result, room};

/// Result of adding revisions to a stream.
#[derive(Clone, Copy, Debug, Default)]
pub struct Packed {
    /// Number of revisions added.
    pub count: u32,
    /// Bytes of their payloads.
    pub bytes: u64,
    /// Bytes of the next payload, if it was too large.
    pub wants: Option<u64>,
}

impl Engine {
    /// Adds revisions to a stream, in order, until a batch is full or a payload has more than `most` bytes. An
    /// erased revision is sent with the hash of its data.
    ///
    /// # Errors
    /// As `payload`; `Shallow` if one was cut away; as `Encoder::add`.
    pub fn send(&self, at: &[Pos], encoder: &mut Encoder, most: u64) -> Result<Packed> {
        let graph = self.graph();
        let mut added = Packed::default();
        for run in at.chunk_by(|&a, &b| graph.loss(a).is_none() && graph.loss(b).is_none()) {
            if added.wants.is_some() || (added.count > 0 && !encoder.ready().is_empty()) {
                break;
            }
            if let [pos] = *run
                && graph.loss(pos).is_some()
            {
                let remains = self.erased(&graph, pos)?;
                let name = Name::Ref(remains.reference);
                let ancestors = remains.parent_refs().into_iter().map(Name::Ref);
                let Remains { kind, digest, .. } = &remains;
                let meta = meta_left(&remains)?;
                encoder.add_erased(&name, ancestors, *kind, digest, &meta)?;
                added.count += 1;
                continue;
            }
            self.send_whole(&graph, run, encoder, most, &mut added)?;
        }
        Ok(added)
    }

    /// Reads revisions, in order, until about `limit` bytes: at least one of those given. An erased revision is
    /// read with the hash of its data.
    ///
    /// # Errors
    /// As `payload`; `Shallow` if one was cut away.
    pub fn tell(&self, at: &[Pos], limit: usize) -> Result<Vec<Received>> {
        let graph = self.graph();
        let (mut told, mut bytes): (Vec<Received>, usize) = (Vec::new(), 0);
        for run in at.chunk_by(|&a, &b| graph.loss(a).is_none() && graph.loss(b).is_none()) {
            if bytes >= limit && !told.is_empty() {
                break;
            }
            if let [pos] = *run
                && graph.loss(pos).is_some()
            {
                let remains = self.erased(&graph, pos)?;
                let (meta, digest) = (meta_left(&remains)?, remains.digest.to_vec());
                told.push(claimed_of(&graph, pos, (remains.kind, digest), true, meta));
                continue;
            }
            let (mut positions, mut fits) = (run.iter(), Ok(()));
            self.revisions_up_to(run, |kind, payload, meta| {
                fits = room(payload.len());
                let Some(&pos) = positions.next().filter(|_| fits.is_ok()) else {
                    return false;
                };
                let meta = meta.map_or(MetaLeft::None, kept);
                let received = claimed_of(&graph, pos, (kind, payload.to_vec()), false, meta);
                bytes = bytes.saturating_add(received.weight());
                told.push(received);
                bytes < limit
            })?;
            fits?;
        }
        Ok(told)
    }

    /// As `send`, for revisions that all have their data.
    fn send_whole(
        &self,
        graph: &Graph,
        at: &[Pos],
        encoder: &mut Encoder,
        most: u64,
        added: &mut Packed,
    ) -> Result<()> {
        let mut rest = at.iter();
        let absent = self.medium.read(|view| {
            for &pos in rest.by_ref() {
                let next = Next { graph, view, pos, most };
                let Some(goes_on) = next.add(encoder, added)? else { return Ok(Some(pos)) };
                if !goes_on {
                    break;
                }
            }
            Ok(None)
        })?;
        absent.map_or(Ok(()), |pos| Err(self.noted_absence(graph, pos)))
    }

    /// Returns the text of a revision that a stream has a change of. `None` if it is missing, damaged or longer
    /// than `most` bytes.
    ///
    /// # Errors
    /// Any error of reading the store.
    pub fn base_text(&self, reference: &Ref, most: usize) -> Result<Option<Vec<u8>>> {
        let pos = match self.position(reference) {
            Ok(pos) => pos,
            Err(Error::NotFound(_) | Error::Shallow { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let graph = self.graph();
        self.medium.read(|view| text_at(&graph, view, pos, most))
    }
}

/// Direct ancestors that are candidates for the base of a text, and further ancestors of the first.
const DIRECT: usize = 2;
const FURTHER: usize = 4;

/// The next revision of a stream.
struct Next<'a> {
    graph: &'a Graph,
    view: &'a dyn View,
    pos: Pos,
    most: u64,
}

impl Next<'_> {
    /// Adds it; returns whether there is room for more, or `None` if its data is missing.
    fn add(&self, encoder: &mut Encoder, added: &mut Packed) -> Result<Option<bool>> {
        let Self { graph, view, pos, most } = *self;
        let reference = graph.ref_at(pos);
        if encoder.sends_changes()
            && let Some(change) = view.change(pos, reference)?
            && !change.is_snapshot
            && change.length as u64 <= most
            && self.add_stored(encoder, &change)?
        {
            added.count += 1;
            added.bytes += change.length as u64;
            return Ok(Some(encoder.ready().is_empty()));
        }
        let data = if graph.loss(pos).is_some() { None } else { view.data(pos, reference)? };
        let Some(data) = data else { return Ok(None) };
        let Ok(meta) = data.meta else { return Ok(None) };
        let (kind, payload) = (data.kind, &*data.payload);
        let length = payload.len() as u64;
        if length > most {
            added.wants = Some(length);
            return Ok(Some(false));
        }
        let sent = Sent { name: &Name::Ref(*reference), told: false, kind, payload, meta };
        let mut before = Before { graph, view, pos, candidates: Vec::new() };
        encoder.add_to(sent, self.ancestors().into_iter(), Some(&mut before))?;
        added.count += 1;
        added.bytes += length;
        Ok(Some(encoder.ready().is_empty()))
    }

    /// Adds it as the stored change, if the other side has its base by then.
    fn add_stored(&self, encoder: &mut Encoder, change: &StoredChange<'_>) -> Result<bool> {
        let StoredChange { kind, meta, base, list, length, .. } = change;
        let name = Name::Ref(*self.graph.ref_at(self.pos));
        let base = Name::Ref(*self.graph.ref_at(*base));
        let sent = Sent { name: &name, told: false, kind: *kind, payload: &[], meta: *meta };
        let unmade = Unmade { base: &base, list, length: *length };
        encoder.add_unmade(sent, self.ancestors().into_iter(), unmade)
    }

    fn ancestors(&self) -> Vec<Name> {
        self.graph.parent_refs(self.pos).into_iter().map(Name::Ref).collect()
    }
}

/// The ancestors of a revision, as bases for its text.
struct Before<'a> {
    graph: &'a Graph,
    view: &'a dyn View,
    pos: Pos,
    candidates: Vec<Pos>,
}

impl Ancestry for Before<'_> {
    fn candidates(&mut self) -> Vec<Ref> {
        let first = |&pos: &Pos| self.graph.parents(pos).next();
        let further = std::iter::successors(first(&self.pos), first).skip(1).take(FURTHER);
        self.candidates = self.graph.parents(self.pos).take(DIRECT).chain(further).collect();
        self.candidates.iter().map(|&pos| *self.graph.ref_at(pos)).collect()
    }

    fn text(&mut self, nth: usize, most: usize) -> Result<Option<Vec<u8>>> {
        match self.candidates.get(nth) {
            Some(&pos) => text_at(self.graph, self.view, pos, most),
            None => Ok(None),
        }
    }
}

/// Returns the text at a position, if it is undamaged and has at most `most` bytes.
fn text_at(graph: &Graph, view: &dyn View, pos: Pos, most: usize) -> Result<Option<Vec<u8>>> {
    if graph.loss(pos).is_some() || view.data_len(pos)? > most {
        return Ok(None);
    }
    let Some(data) = view.data(pos, graph.ref_at(pos))? else { return Ok(None) };
    room(data.payload.len())?;
    Ok(Some(data.payload.into_owned()))
}

fn claimed_of(
    graph: &Graph,
    pos: Pos,
    (kind, payload): (Kind, Vec<u8>),
    erased: bool,
    meta: MetaLeft,
) -> Received {
    let name = Name::Ref(*graph.ref_at(pos));
    let ancestors = graph.parent_refs(pos).into_iter().map(Name::Ref).collect();
    Received::Claimed(Claimed { name, ancestors, kind, payload, erased, meta })
}

/// Returns the meta of an erased revision, or what is left of it.
fn meta_left(remains: &Remains) -> Result<MetaLeft> {
    let Some(meta) = &remains.meta else { return Ok(MetaLeft::None) };
    match remains.kept_meta().map_err(|_| damaged(&remains.reference))? {
        Some(json) => Ok(kept(json)),
        None => Ok(MetaLeft::Digest(meta.digest)),
    }
}

fn kept(json: &[u8]) -> MetaLeft {
    MetaLeft::Kept(Box::new(Meta::hashed(json.to_vec())))
}
