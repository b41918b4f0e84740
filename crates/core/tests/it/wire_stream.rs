//! The binary stream of revisions: what is written is read, in pieces of any size, unless it exceeds a bound.
#![cfg(test)]

use histo_core::Ref;
use histo_core::revision::Kind;
use histo_core::sync::wire::{Encoder, Limits, MOST_ANCESTORS, MOST_TEXT, Name, Opener};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index as Pick;

use crate::wire_support::{OPEN, Row, add, chain, decoded, encoded, frames};

/// Revisions with built-in refs, and with others, whose ancestors came before, come later or never.
fn rows() -> impl Strategy<Value = Vec<Row>> {
    let row = (
        vec(any::<Pick>(), 0..3),
        any::<bool>(),
        any::<bool>(),
        vec(any::<u8>(), 0..300),
        any::<bool>(),
        proptest::option::weighted(0.3, vec(any::<u8>(), 0..40)),
    );
    vec(row, 0..60).prop_map(|rows| {
        let mut all: Vec<Row> = Vec::new();
        for (number, (picks, told, bytes, payload, absent, meta)) in rows.into_iter().enumerate() {
            let mut ancestors: Vec<Name> = Vec::new();
            for pick in picks.iter().filter(|_| !all.is_empty()) {
                let name = all[pick.index(all.len())].name.clone();
                let fits = told || matches!(name, Name::Ref(_));
                if fits && !ancestors.contains(&name) {
                    ancestors.push(name);
                }
            }
            if absent {
                ancestors.push(Name::Ref(Ref::from_bytes([u8::try_from(number).unwrap(); 32])));
            }
            let (kind, payload) = if bytes {
                (Kind::Bytes, payload)
            } else {
                (Kind::Json, format!("{payload:?}").replace(' ', "").into_bytes())
            };
            let refs: Vec<Ref> = ancestors.iter().filter_map(built_in).collect();
            let meta = meta.map(|meta| format!("{{\"m\":{meta:?}}}").replace(' ', "").into_bytes());
            let mut row = Row::with_meta(&refs, kind, &payload, meta.as_deref());
            if told {
                row.told = true;
                row.name = Name::of(&format!("own {number}")).unwrap();
                row.ancestors = ancestors;
            }
            all.push(row);
        }
        all
    })
}

fn built_in(name: &Name) -> Option<Ref> {
    match name {
        Name::Ref(reference) => Some(*reference),
        Name::Text(_) => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read_in_pieces_of_any_size(rows in rows(), compress: bool, size in 1_usize..500) {
        let bytes = encoded(&rows, compress);
        prop_assert_eq!(decoded(&bytes, size, OPEN), Ok(rows));
    }

    #[test]
    fn a_byte_that_is_changed_is_noticed(rows in rows(), compress: bool, at: Pick, bit in 0_u8..8) {
        let mut bytes = encoded(&rows, compress);
        let place = at.index(bytes.len());
        bytes[place] ^= 1 << bit;
        let error = decoded(&bytes, 1000, OPEN).unwrap_err();
        prop_assert_eq!(error.code(), Some("HISTO_PROTOCOL"));
    }

    #[test]
    fn a_stream_that_is_cut_is_not_complete(rows in rows(), compress: bool, at: Pick) {
        let bytes = encoded(&rows, compress);
        let error = decoded(&bytes[..at.index(bytes.len())], 700, OPEN).unwrap_err();
        prop_assert_eq!(error.code(), Some("HISTO_PROTOCOL"));
        prop_assert!(error.to_string().contains("cut short"));
    }
}

#[test]
fn a_long_stream_names_ancestors_by_distance_and_keeps_its_window() {
    let rows = chain(70_000);
    let bytes = encoded(&rows, false);
    let payloads: usize = rows.iter().map(|row| row.payload.len()).sum();
    assert!(bytes.len() < payloads + rows.len() * 7, "{} bytes", bytes.len());
    assert!(decoded(&bytes, 1 << 16, OPEN) == Ok(rows));
}

#[test]
fn compression_makes_it_smaller() {
    let rows = chain(10_000);
    assert!(encoded(&rows, true).len() * 2 < encoded(&rows, false).len());
}

#[test]
fn an_ancestor_that_left_the_window_is_named_by_its_ref() {
    let mut rows = vec![Row::new(&[], Kind::Json, b"0")];
    let first = rows[0].reference();
    rows.extend(
        (1..66_000).map(|number| Row::new(&[], Kind::Json, format!("{number}").as_bytes())),
    );
    rows.push(Row::new(&[first], Kind::Json, b"\"last\""));
    let bytes = encoded(&rows, false);
    assert!(bytes.windows(32).any(|window| window == first.as_bytes()));
    assert!(decoded(&bytes, 1 << 16, OPEN) == Ok(rows));
}

#[test]
fn long_refs_leave_the_window_early_on_both_ends() {
    let name = |number: usize| Name::of(&format!("{number:04000}")).unwrap();
    let rows: Vec<Row> = (0..9000)
        .map(|number: usize| Row {
            meta: None,
            name: name(number),
            ancestors: [1, 4000, 4500, 8000]
                .into_iter()
                .filter_map(|back| number.checked_sub(back).map(name))
                .collect(),
            told: true,
            kind: Kind::Json,
            payload: b"null".to_vec(),
        })
        .collect();
    assert!(decoded(&encoded(&rows, true), 1 << 16, OPEN) == Ok(rows));
}

#[test]
fn a_revision_over_the_limit_is_refused_before_it_is_kept() {
    let large = Row::new(&[], Kind::Bytes, &vec![7; 6 << 20]);
    let bytes = encoded(&[large], false);
    let limits = Limits { revision: 1 << 20, stream: u64::MAX };
    let error = decoded(&bytes[..4096], 4096, limits).unwrap_err();
    assert_eq!(error.code(), Some("HISTO_TOO_LARGE"));
    let small = encoded(&chain(3), false);
    let limits = Limits { revision: 5, stream: u64::MAX };
    assert_eq!(decoded(&small, 4096, limits).unwrap_err().code(), Some("HISTO_TOO_LARGE"));
}

#[test]
fn a_stream_over_the_limit_is_refused() {
    let bytes = encoded(&chain(20_000), true);
    let limits = Limits { revision: u64::MAX, stream: 200_000 };
    let outcome = decoded(&bytes, 4096, limits).map(|rows| rows.len());
    assert_eq!(outcome.unwrap_err().code(), Some("HISTO_DENIED"));
}

#[test]
fn bytes_after_the_end_are_refused() {
    let mut bytes = encoded(&chain(3), false);
    bytes.push(0);
    let error = decoded(&bytes, 4096, OPEN).unwrap_err();
    assert!(error.to_string().contains("more bytes follow"));
}

#[test]
fn anything_but_a_stream_is_refused() {
    for wrong in [b"HTTP/1.1 404 Not Found\r\n".as_slice(), &[0; 64], b"\x89HISTO\n\0aaaaaaaa"] {
        let error = decoded(wrong, 4096, OPEN).unwrap_err();
        assert!(error.to_string().contains("does not begin"), "{error}");
    }
}

#[test]
fn a_later_version_is_reported() {
    let mut bytes = encoded(&chain(3), false);
    bytes[8] = 2;
    let sum = crc32c::crc32c(&bytes[..12]).to_le_bytes();
    bytes[12..16].copy_from_slice(&sum);
    let error = decoded(&bytes, 4096, OPEN).unwrap_err();
    assert!(error.to_string().contains("version 2"), "{error}");
}

#[test]
fn batches_that_come_in_another_order_are_refused() {
    let bytes = encoded(&chain(50_000), false);
    let mut swapped = frames(&bytes, 1 << 16, OPEN).unwrap();
    assert!(swapped.len() > 3);
    swapped.remove(1);
    let mut opener = Opener::new(OPEN);
    let mut outcomes = swapped.into_iter().map(|frame| opener.open(frame));
    assert!(outcomes.next().unwrap().is_ok());
    let error = outcomes.next().unwrap().unwrap_err();
    assert_eq!(error.code(), Some("HISTO_CORRUPT"));
    assert_eq!(outcomes.next().unwrap().unwrap_err(), error);
}

#[test]
fn revisions_that_no_stream_carries_are_refused_and_the_stream_continues() {
    let mut encoder = Encoder::new(false);
    let mut row = Row::new(&[], Kind::Json, b"1");
    row.ancestors = vec![Name::Ref(Ref::from_bytes([1; 32])); MOST_ANCESTORS + 1];
    assert_eq!(add(&mut encoder, &row).unwrap_err().code(), Some("HISTO_TOO_LARGE"));
    row.told = true;
    row.ancestors = (0..2000).map(|n| Name::of(&format!("{n:04000}")).unwrap()).collect();
    assert_eq!(add(&mut encoder, &row).unwrap_err().code(), Some("HISTO_TOO_LARGE"));
    assert_eq!(Name::of(&"x".repeat(MOST_TEXT + 1)).unwrap_err().code(), Some("HISTO_TOO_LARGE"));
    assert_eq!(Name::of("").unwrap_err().code(), None);
    let rows = chain(3);
    let mut out = Vec::new();
    for row in &rows {
        add(&mut encoder, row).unwrap();
    }
    encoder.finish().unwrap();
    crate::wire_support::drain(&mut encoder, &mut out);
    assert_eq!(decoded(&out, 4096, OPEN), Ok(rows));
}
