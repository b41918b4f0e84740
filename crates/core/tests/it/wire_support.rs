//! Streams of revisions for the tests of the wire format.
#![cfg(test)]

use histo_core::json::Canonicalizer;
use histo_core::revision::{Kind, Meta};
use histo_core::sync::wire::{Encoder, Frame, Framer, Limits, Name, Opener, Received, Sent};
use histo_core::write::{Arrival, Draft};
use histo_core::{Ref, Result};

pub(crate) const OPEN: Limits = Limits { revision: u64::MAX, stream: u64::MAX };

/// A revision in a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) name: Name,
    pub(crate) ancestors: Vec<Name>,
    pub(crate) told: bool,
    pub(crate) kind: Kind,
    pub(crate) payload: Vec<u8>,
    pub(crate) meta: Option<Vec<u8>>,
}

impl Row {
    /// A revision under its built-in ref.
    pub(crate) fn new(ancestors: &[Ref], kind: Kind, payload: &[u8]) -> Self {
        Self::with_meta(ancestors, kind, payload, None)
    }

    /// The same with a meta in canonical form.
    pub(crate) fn with_meta(
        ancestors: &[Ref],
        kind: Kind,
        payload: &[u8],
        meta: Option<&[u8]>,
    ) -> Self {
        let draft = match kind {
            Kind::Json => Draft::json(
                &mut Canonicalizer::default(),
                payload,
                Some(ancestors.to_vec()),
                u64::MAX,
            ),
            Kind::Bytes => Draft::bytes(payload.to_vec(), Some(ancestors.to_vec()), u64::MAX),
        };
        let checked = |meta: &[u8]| Meta::checked(&mut Canonicalizer::default(), meta.to_vec());
        let checked = meta.map(|meta| Box::new(checked(meta).unwrap()));
        let arrival = Arrival::new(draft.unwrap().with_meta(checked), None).unwrap();
        Self {
            name: Name::Ref(arrival.reference),
            ancestors: ancestors.iter().copied().map(Name::Ref).collect(),
            told: false,
            kind,
            payload: arrival.payload,
            meta: meta.map(<[u8]>::to_vec),
        }
    }

    pub(crate) fn reference(&self) -> Ref {
        match &self.name {
            Name::Ref(reference) => *reference,
            Name::Text(text) => panic!("{text} is no built-in ref"),
        }
    }
}

/// A chain, every fifth with a second ancestor, every third of bytes.
pub(crate) fn chain(count: usize) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for number in 0..count {
        let mut ancestors: Vec<Ref> = rows.last().map(Row::reference).into_iter().collect();
        if number % 5 == 4 {
            ancestors.push(rows[number / 2].reference());
        }
        let text = format!("{{\"number\":{number}}}");
        let kind = if number % 3 == 2 { Kind::Bytes } else { Kind::Json };
        rows.push(Row::new(&ancestors, kind, text.as_bytes()));
    }
    rows
}

/// The stream of rows.
pub(crate) fn encoded(rows: &[Row], compress: bool) -> Vec<u8> {
    encoded_by(Encoder::new(compress), rows)
}

/// The stream that an encoder makes of rows.
pub(crate) fn encoded_by(mut encoder: Encoder, rows: &[Row]) -> Vec<u8> {
    let mut out = Vec::new();
    for row in rows {
        add(&mut encoder, row).unwrap();
        drain(&mut encoder, &mut out);
    }
    encoder.finish().unwrap();
    drain(&mut encoder, &mut out);
    out
}

pub(crate) fn add(encoder: &mut Encoder, row: &Row) -> Result<()> {
    let Row { name, told, kind, payload, meta, .. } = row;
    let sent = Sent { name, told: *told, kind: *kind, payload, meta: meta.as_deref() };
    encoder.add(sent, row.ancestors.iter().cloned())
}

pub(crate) fn drain(encoder: &mut Encoder, out: &mut Vec<u8>) {
    while !encoder.ready().is_empty() {
        let ready = encoder.ready();
        let count = ready.len().min(1000);
        out.extend_from_slice(&ready[..count]);
        encoder.advance(count);
    }
}

/// The batches of a stream that comes in pieces of `size` bytes; checks that it was complete at the end.
pub(crate) fn frames(bytes: &[u8], size: usize, limits: Limits) -> Result<Vec<Frame>> {
    let mut framer = Framer::new(limits);
    let mut all = Vec::new();
    for mut piece in bytes.chunks(size) {
        while let Some(frame) = framer.handle(&mut piece)? {
            all.push(frame);
        }
    }
    framer.finish()?;
    Ok(all)
}

/// The revisions of a stream.
pub(crate) fn decoded(bytes: &[u8], size: usize, limits: Limits) -> Result<Vec<Row>> {
    let mut opener = Opener::new(limits);
    let mut rows = Vec::new();
    for frame in frames(bytes, size, limits)? {
        rows.extend(opener.open(frame)?.into_iter().map(row));
    }
    Ok(rows)
}

pub(crate) fn row(came: Received) -> Row {
    let meta = came.meta().map(|meta| meta.json().to_vec());
    match came {
        Received::Computed(arrival) => Row {
            name: Name::Ref(arrival.reference),
            ancestors: arrival.ancestors.into_iter().map(Name::Ref).collect(),
            told: false,
            kind: arrival.kind,
            payload: arrival.payload,
            meta,
        },
        Received::Claimed(told) => Row {
            name: told.name,
            ancestors: told.ancestors,
            told: true,
            kind: told.kind,
            payload: told.payload,
            meta,
        },
    }
}
