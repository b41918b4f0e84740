//! Target `wire`: whatever comes as a binary stream of revisions is read or refused, without a panic, and what
//! is read is what its own encoding is read as. A valid stream that was changed is refused, or, if the sums
//! were recomputed, read as something that verifies.
#![cfg(test)]

use bolero::TypeGenerator;
use histo_core::json::Canonicalizer;
use histo_core::revision::Kind;
use histo_core::sync::wire::{Encoder, Framer, Limits, Name, Opener, Received, Sent};
use histo_core::write::{Arrival, Draft};
use histo_core::{Ref, Result};

/// Some seconds without optimization.
const SHORT: usize = 4_000;
/// Above the most that any input can honestly stand for; a zip bomb stands for more.
const LIMITS: Limits = Limits { revision: 1 << 20, stream: 1 << 22 };
const PREAMBLE: usize = 16;
const HEAD: usize = 24;

/// A stream as somebody hostile makes it.
#[derive(Debug, TypeGenerator)]
enum Input {
    /// Bytes after a right preamble.
    Bytes(Vec<u8>),
    /// One batch with right sums: number of revisions, whether compressed, content.
    Batch(u8, bool, Vec<u8>),
    /// A valid stream: its revisions, whether compressed, changes of bytes, and whether the sums are
    /// recomputed.
    Changed(Vec<Item>, bool, Vec<(u16, u8)>, bool),
}

/// A revision: its kind, whether its ref is its own, its ancestors by distance, its payload.
#[derive(Debug, TypeGenerator)]
struct Item {
    binary: bool,
    own: bool,
    back: [u8; 2],
    payload: Vec<u8>,
}

/// A revision as it was read.
#[derive(Debug, Clone, PartialEq)]
struct Row {
    name: Name,
    told: bool,
    ancestors: Vec<Name>,
    kind: Kind,
    payload: Vec<u8>,
}

#[test]
fn whatever_comes_is_read_or_refused() {
    bolero::check!().with_type::<Input>().with_iterations(SHORT).for_each(|input| {
        let (bytes, untouched) = stream(input);
        match (read(&bytes), untouched) {
            (Ok(rows), Some(expected)) => assert_eq!(rows, expected),
            (Ok(rows), None) => assert_eq!(read(&written(&rows, false)), Ok(rows)),
            (Err(error), None) => {
                let code = error.code();
                let is_known = matches!(
                    code,
                    Some("HISTO_PROTOCOL" | "HISTO_CORRUPT" | "HISTO_TOO_LARGE" | "HISTO_DENIED")
                );
                assert!(is_known, "{error:?}");
            }
            (Err(error), Some(_)) => panic!("a valid stream is refused: {error}"),
        }
    });
}

/// The bytes of an input, and its revisions if nothing was changed.
fn stream(input: &Input) -> (Vec<u8>, Option<Vec<Row>>) {
    match input {
        Input::Bytes(bytes) => ([&written(&[], false)[..PREAMBLE], bytes].concat(), None),
        Input::Batch(count, zipped, content) => (batch(*count, *zipped, content), None),
        Input::Changed(items, compress, changes, mend) => {
            let rows = rows(items);
            let mut bytes = written(&rows, *compress);
            for (place, flip) in changes {
                let place = usize::from(*place) % bytes.len();
                bytes[place] ^= flip;
            }
            if *mend {
                mend_sums(&mut bytes);
            }
            let is_same = bytes == written(&rows, *compress);
            (bytes, is_same.then_some(rows))
        }
    }
}

/// A stream of one batch with right sums, and its end mark.
fn batch(count: u8, zipped: bool, content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap();
    let sent = if zipped { zstd_of(content) } else { content.to_vec() };
    let mut bytes = written(&[], false)[..PREAMBLE].to_vec();
    let mut head = vec![1, u8::from(zipped), 0, 0];
    let sent_length = u32::try_from(sent.len()).unwrap();
    for number in [u32::from(count), sent_length, length, crc32c::crc32c(&sent)] {
        head.extend_from_slice(&number.to_le_bytes());
    }
    head.extend_from_slice(&crc32c::crc32c(&head.clone()).to_le_bytes());
    bytes.extend(head);
    bytes.extend(sent);
    bytes
}

/// A zstd frame of one raw block with the input.
fn zstd_of(content: &[u8]) -> Vec<u8> {
    let content = &content[..content.len().min(0xffff)];
    let size = u32::try_from(content.len()).unwrap();
    let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0xa0];
    frame.extend_from_slice(&size.to_le_bytes());
    frame.extend_from_slice(&(size << 3 | 1).to_le_bytes()[..3]);
    frame.extend_from_slice(content);
    frame
}

/// Recomputes the sums of a stream, as far as its lengths lead.
fn mend_sums(bytes: &mut [u8]) {
    let mut at = PREAMBLE;
    while let Some(head) = bytes.get(at..at + HEAD) {
        let sent = u32::from_le_bytes(head[8..12].try_into().unwrap()) as usize;
        let body = at + HEAD;
        if let Some(sent) = bytes.get(body..body.saturating_add(sent)) {
            let sum = crc32c::crc32c(sent).to_le_bytes();
            bytes[at + 16..at + 20].copy_from_slice(&sum);
        }
        let sum = crc32c::crc32c(&bytes[at..at + 20]).to_le_bytes();
        bytes[at + 20..at + 24].copy_from_slice(&sum);
        at = body.saturating_add(sent);
    }
}

fn rows(items: &[Item]) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for (number, item) in items.iter().enumerate() {
        let mut ancestors: Vec<Name> = Vec::new();
        for back in item.back {
            let named = rows.len().checked_sub(usize::from(back)).and_then(|place| rows.get(place));
            let name = named.map(|row| row.name.clone());
            ancestors.extend(name.filter(|name| !ancestors.contains(name)));
        }
        let refs: Option<Vec<Ref>> = ancestors.iter().map(built_in).collect();
        let told = item.own || refs.is_none();
        let (kind, payload) = payload(item);
        let draft = Draft::bytes(payload.clone(), refs.clone(), u64::MAX).unwrap();
        let digest = draft.digest;
        let reference =
            histo_core::revision::ref_with_meta(&refs.unwrap_or_default(), kind, &digest, None);
        let own = Name::of(&format!("own {number}")).unwrap();
        let name = if told { own } else { Name::Ref(reference) };
        rows.push(Row { name, told, ancestors, kind, payload });
    }
    rows
}

fn payload(item: &Item) -> (Kind, Vec<u8>) {
    if item.binary {
        return (Kind::Bytes, item.payload.clone());
    }
    let mut json = Vec::new();
    let text = format!("{:?}", item.payload);
    Canonicalizer::default().run(text.as_bytes(), &mut json).unwrap();
    (Kind::Json, json)
}

fn built_in(name: &Name) -> Option<Ref> {
    match name {
        Name::Ref(reference) => Some(*reference),
        Name::Text(_) => None,
    }
}

fn written(rows: &[Row], compress: bool) -> Vec<u8> {
    let mut encoder = Encoder::new(compress);
    let mut out = Vec::new();
    for Row { name, told, ancestors, kind, payload } in rows {
        let sent = Sent { name, told: *told, kind: *kind, payload, meta: None };
        encoder.add(sent, ancestors.iter().cloned()).unwrap();
    }
    encoder.finish().unwrap();
    while !encoder.ready().is_empty() {
        out.extend_from_slice(encoder.ready());
        encoder.advance(encoder.ready().len());
    }
    out
}

fn read(bytes: &[u8]) -> Result<Vec<Row>> {
    let mut framer = Framer::new(LIMITS);
    let mut opener = Opener::new(LIMITS);
    let mut rows = Vec::new();
    for mut piece in bytes.chunks(97) {
        while let Some(frame) = framer.handle(&mut piece)? {
            rows.extend(opener.open(frame)?.into_iter().map(row));
        }
    }
    framer.finish()?;
    Ok(rows)
}

fn row(received: Received) -> Row {
    let name = received.name();
    match received {
        Received::Computed(Arrival { ancestors, kind, payload, .. }) => {
            let ancestors = ancestors.into_iter().map(Name::Ref).collect();
            Row { name, told: false, ancestors, kind, payload }
        }
        Received::Claimed(told) => Row {
            name,
            told: true,
            ancestors: told.ancestors,
            kind: told.kind,
            payload: told.payload,
        },
    }
}
