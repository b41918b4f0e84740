//! Revisions a second through the binary stream: encoded, and decoded with verification, plain and compressed.
//!
//! 220 bytes each, a chain with a merge at every tenth. Checks each answer before timing it. Prints median and
//! range of the samples, with the floor: copying and hashing the same payloads.

#[path = "timing/samples.rs"]
mod samples;

use std::hint::black_box;
use std::time::Duration;

use histo_core::json::Canonicalizer;
use histo_core::sync::wire::{Encoder, Framer, Limits, Name, Sent};
use histo_core::sync::{Batch, Taking};
use histo_core::write::{Arrival, Draft};
use histo_core::{Ref, Result};
use samples::line;

const SAMPLES: usize = 9;
const MANY: u32 = 50_000;
const OPEN: Limits = Limits { revision: u64::MAX, stream: u64::MAX };

fn main() -> Result<()> {
    let revisions = revisions()?;
    let payloads: usize = revisions.iter().map(|revision| revision.payload.len()).sum();
    line(&format!("{MANY} revisions of {} bytes", payloads / revisions.len()));
    time("floor: copy and hash", || {
        for revision in &revisions {
            black_box(histo_core::revision::digest(&revision.payload.clone()));
        }
    });
    for (name, compress) in [("plain", false), ("zstd", true)] {
        let stream = encoded(&revisions, compress)?;
        assert_eq!(taken(&stream)?, revisions.len());
        line(&format!("{name}: {} bytes a revision", stream.len() / revisions.len()));
        time(&format!("encode, {name}"), || {
            black_box(encoded(&revisions, compress).is_ok());
        });
        time(&format!("decode and verify, {name}"), || {
            black_box(taken(&stream).is_ok());
        });
    }
    Ok(())
}

fn revisions() -> Result<Vec<Arrival>> {
    let mut canonicalizer = Canonicalizer::default();
    let mut all: Vec<Arrival> = Vec::new();
    for number in 0..MANY {
        let text = format!(
            concat!(
                r#"{{"assignee":"maria","created":{},"done":{},"id":{},"note":"Ask \"Tom\" first.\nThen mail.","#,
                r#""position":{{"x":{},"y":120.25}},"priority":2.5,"tags":["docs","release"],"#,
                r#""title":"Write the release notes","type":"task"}}"#
            ),
            1_718_000_000_000_u64 + u64::from(number) * 977,
            number % 3 == 0,
            number,
            number % 977,
        );
        let mut ancestors: Vec<Ref> = all.last().map(|last| last.reference).into_iter().collect();
        if number % 10 == 9 {
            ancestors.push(all[all.len() - 5].reference);
        }
        let draft = Draft::json(&mut canonicalizer, text.as_bytes(), Some(ancestors), u64::MAX)?;
        all.push(Arrival::new(draft, None)?);
    }
    Ok(all)
}

fn encoded(revisions: &[Arrival], compress: bool) -> Result<Vec<u8>> {
    let mut encoder = Encoder::new(compress);
    let mut out = Vec::new();
    for Arrival { reference, ancestors, kind, payload, .. } in revisions {
        let sent =
            Sent { name: &Name::Ref(*reference), told: false, kind: *kind, payload, meta: None };
        encoder.add(sent, ancestors.iter().copied().map(Name::Ref))?;
        drain(&mut encoder, &mut out);
    }
    encoder.finish()?;
    drain(&mut encoder, &mut out);
    Ok(out)
}

fn drain(encoder: &mut Encoder, out: &mut Vec<u8>) {
    while !encoder.ready().is_empty() {
        out.extend_from_slice(encoder.ready());
        encoder.advance(encoder.ready().len());
    }
}

/// Accepts a stream as a database does, up to what it would write; returns the number of revisions.
fn taken(stream: &[u8]) -> Result<usize> {
    let mut framer = Framer::new(OPEN);
    let mut taking = Taking::new(OPEN, 0);
    let mut count = 0;
    for mut piece in stream.chunks(1 << 16) {
        while let Some(frame) = framer.handle(&mut piece)? {
            count += taking.take(Batch::Framed(frame), |_| Ok(false), &mut |_, _| Ok(None))?.len();
        }
    }
    framer.finish()?;
    Ok(count)
}

/// Times `call`, which handles all revisions, and prints a line.
fn time(name: &str, call: impl FnMut()) {
    let figure = |took: Duration| f64::from(MANY) / took.as_secs_f64() / 1000.0;
    samples::time(name, SAMPLES, ("k/s", 0), figure, call);
}
