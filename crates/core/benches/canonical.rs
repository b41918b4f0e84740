//! Nanoseconds for the steps from `JSON.stringify`'s text to a ref, on a text of 220 bytes.
//!
//! Checks each answer before timing it. Prints median and range of the samples, with the floor: validating the
//! same bytes as UTF-8 and copying them.

#[path = "timing/samples.rs"]
mod samples;

use histo_core::json::Canonicalizer;
use histo_core::revision::{self, Kind};
use histo_core::{Ref, Result};
use samples::line;
use std::hint::black_box;
use std::time::Duration;

const SAMPLES: usize = 21;
const CALLS: u32 = 20_000;

/// As an application would write it: keys out of order, 220 bytes.
const UNSORTED: &str = concat!(
    r#"{"id":48213,"type":"task","title":"Write the release notes","done":false,"assignee":"maria","#,
    r#""priority":2.5,"created":1718000000000,"tags":["docs","release"],"#,
    r#""position":{"y":120.25,"x":-33},"note":"Ask \"Tom\" first.\nThen mail."}"#
);

/// Times `call` and prints a line.
fn time(name: &str, mut call: impl FnMut()) {
    let figure = |took: Duration| took.as_secs_f64() * 1e9 / f64::from(CALLS);
    samples::time(name, SAMPLES, ("ns", 1), figure, || {
        for _ in 0..CALLS {
            call();
        }
    });
}

fn main() -> Result<()> {
    let unsorted = UNSORTED.as_bytes();
    let mut canonicalizer = Canonicalizer::new();
    let mut sorted = Vec::new();
    canonicalizer.run(unsorted, &mut sorted)?;
    assert!(sorted.starts_with(br#"{"assignee":"maria","created":1718000000000,"done""#));
    assert_eq!(sorted.len(), unsorted.len());
    line(&format!("text of {} bytes", unsorted.len()));

    let mut out = Vec::new();
    time("floor: validate and copy", || {
        out.clear();
        out.extend_from_slice(
            std::str::from_utf8(black_box(unsorted)).unwrap_or_default().as_bytes(),
        );
        black_box(&out);
    });
    for (name, text) in [("canonicalize, unsorted", unsorted), ("canonicalize, sorted", &sorted)] {
        time(name, || {
            out.clear();
            black_box(canonicalizer.run(black_box(text), &mut out).is_ok());
            black_box(&out);
        });
    }
    assert!(canonicalizer.is_canonical(&sorted) && !canonicalizer.is_canonical(unsorted));
    time("is_canonical", || {
        black_box(canonicalizer.is_canonical(black_box(&sorted)));
    });
    let digest = revision::digest(&sorted);
    time("digest", || {
        black_box(revision::digest(black_box(&sorted)));
    });
    let ancestor = Ref::from_bytes(digest);
    for ancestors in [&[][..], &[ancestor], &[ancestor, ancestor]] {
        time(&format!("ref_of, {} ancestors", ancestors.len()), || {
            black_box(revision::ref_with_meta(
                black_box(ancestors),
                Kind::Json,
                black_box(&digest),
                None,
            ));
        });
    }
    Ok(())
}
