//! Texts that travel as changes of earlier ones: few bytes, the same revisions, and what a hostile side can do.
#![cfg(test)]

use histo_core::Ref;
use histo_core::revision::Kind;
use histo_core::sync::wire::{Encoder, Frame, Limits};
use proptest::prelude::*;

use crate::wire_support::{OPEN, Row, decoded, encoded, encoded_by, frames};

const PREAMBLE: usize = 16;
const HEAD: usize = 24;

/// A stream of rows for a side that accepts changes.
fn changed(rows: &[Row], compress: bool) -> Vec<u8> {
    encoded_by(Encoder::new(compress).for_side_that_takes_changes(true), rows)
}

/// Versions of a document of some `size` bytes, each of which changes one number; every other one is of another
/// kind.
fn versions(count: usize, size: usize, kinds: usize) -> Vec<Row> {
    let mut numbers: Vec<Vec<usize>> = (0..kinds)
        .map(|kind| (0..size / 8).map(|n| 1_000_000 + n * 7 + kind * 13).collect())
        .collect();
    let mut rows: Vec<Row> = Vec::new();
    for version in 0..count {
        let document = &mut numbers[version % kinds];
        let place = version * 7919 % document.len();
        document[place] = 2_000_000 + version;
        let text = format!("{document:?}").replace(' ', "");
        let ancestors: Vec<Ref> = rows.last().map(Row::reference).into_iter().collect();
        rows.push(Row::new(&ancestors, Kind::Json, text.as_bytes()));
    }
    rows
}

#[test]
fn a_version_costs_what_changed_in_it() {
    for (kinds, size, most) in [(1, 110_000, 100), (2, 110_000, 100), (1, 2_000, 60)] {
        let rows = versions(200, size, kinds);
        let bytes = changed(&rows, true);
        assert_eq!(decoded(&bytes, 4096, OPEN).unwrap(), rows);
        let first: usize = changed(&rows[..kinds], true).len();
        let each = bytes.len().saturating_sub(first) / (rows.len() - kinds);
        assert!(each <= most, "{each} bytes for {size} of {kinds} kinds");
        assert!(bytes.len() * 20 < encoded(&rows, false).len());
    }
}

#[test]
fn small_large_erased_and_unlike_texts_are_sent_whole() {
    let mut rows = versions(3, 900, 1);
    rows.extend(versions(2, 9 << 20, 1));
    rows.push(Row::new(&[], Kind::Bytes, &[7; 5000]));
    let bytes = changed(&rows, true);
    assert_eq!(decoded(&bytes, 1 << 16, OPEN).unwrap(), rows);
}

#[test]
fn a_stream_of_changes_weighs_what_it_makes() {
    let rows = versions(100, 110_000, 1);
    let total: usize = rows.iter().map(|row| row.payload.len()).sum();
    let bytes = changed(&rows, true);
    let frames = frames(&bytes, 4096, OPEN).unwrap();
    assert!(frames.iter().map(Frame::weight).sum::<usize>() >= total);
    assert!(frames.iter().all(|frame| frame.weight() <= (1 << 20) + (1 << 18)));
    let limits = |stream| Limits { revision: u64::MAX, stream };
    assert!(decoded(&bytes, 4096, limits(total as u64)).is_ok());
    let denied = decoded(&bytes, 4096, limits(total as u64 / 2)).unwrap_err();
    assert_eq!(denied.code(), Some("HISTO_DENIED"));
    let large = Limits { revision: 1000, stream: u64::MAX };
    assert_eq!(decoded(&bytes, 4096, large).unwrap_err().code(), Some("HISTO_TOO_LARGE"));
}

/// A plain stream of rows whose last batch `forge` changes.
fn forged(rows: &[Row], units: u16, forge: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut bytes = changed(rows, false);
    let end = bytes.len() - HEAD - 16;
    let mut content = bytes[PREAMBLE + HEAD..end].to_vec();
    let end_mark = bytes[end..].to_vec();
    let count = &bytes[PREAMBLE + 4..PREAMBLE + 8].to_vec();
    bytes.truncate(PREAMBLE);
    forge(&mut content);
    let mut head = vec![1, 4];
    head.extend_from_slice(&units.to_le_bytes());
    head.extend_from_slice(count);
    for number in [content.len(), content.len(), crc32c::crc32c(&content) as usize] {
        head.extend_from_slice(&u32::try_from(number).unwrap().to_le_bytes());
    }
    head.extend_from_slice(&crc32c::crc32c(&head).to_le_bytes());
    bytes.extend(head);
    bytes.extend(content);
    bytes.extend(end_mark);
    bytes
}

fn refusal(bytes: &[u8]) -> String {
    let error = decoded(bytes, 4096, OPEN).unwrap_err();
    assert!(matches!(error.code(), Some("HISTO_PROTOCOL" | "HISTO_CORRUPT")), "{error:?}");
    error.to_string()
}

/// Where the change of the second revision begins, after its length, in the content of a stream of two.
fn place_of_change(rows: &[Row], content: &[u8]) -> usize {
    // The tag, an ancestor's distance, the length of the change.
    let first = rows[0].payload.len();
    let start = content.windows(32).position(|window| rows[0].payload.starts_with(window)).unwrap();
    start + first + 3
}

#[test]
fn hostile_changes_are_refused() {
    let rows = versions(2, 2000, 1);
    let at = |content: &[u8]| place_of_change(&rows, content);
    assert_eq!(decoded(&forged(&rows, 1, |_| ()), 4096, OPEN).unwrap(), rows);
    let none = forged(&rows, 1, |content| {
        let place = at(content);
        content[place] = 9;
    });
    assert!(refusal(&none).contains("not kept"), "{}", refusal(&none));
    let itself = forged(&rows, 1, |content| {
        let place = at(content);
        content[place] = 0;
    });
    assert!(refusal(&itself).contains("not kept"));
    let longer = forged(&rows, 1, |content| {
        let place = at(content);
        content[place + 1] ^= 1;
    });
    assert!(refusal(&longer).contains("does not fit"));
    assert!(refusal(&forged(&rows, 0, |_| ())).contains("more"));
    let beyond = forged(&rows, 1, |content| {
        let place = at(content);
        content[place + 1..place + 3].copy_from_slice(&[0xff, 0x7f]);
    });
    refusal(&beyond);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn with_any_byte_changed_nothing_is_read_that_was_not_sent(
        place in 0_usize..4000,
        bit in 0_u8..8,
    ) {
        let rows = versions(4, 1500, 2);
        let bytes = forged(&rows, 1, |content| {
            let place = place % content.len();
            content[place] ^= 1 << bit;
        });
        refusal(&bytes);
    }
}
