//! Texts that travel as changes of texts that the other side has: few bytes, only if it has all of them, and
//! nothing that a side without the base could learn from it.
#![cfg(test)]

use std::cell::Cell;

use histo_core::revision::Kind;
use histo_core::sync::wire::{Ancestry, Encoder, Opener, Sent};
use histo_core::{Error, Ref, Result};

use crate::wire_support::{OPEN, Row, drain, frames, row};

/// A document of some `size` bytes whose numbers begin at `start`, one of them replaced.
fn document(size: usize, start: usize, edit: usize) -> Vec<u8> {
    let mut numbers: Vec<usize> = (0..size / 8).map(|n| start + n * 7).collect();
    let place = edit * 7919 % numbers.len();
    numbers[place] = 2_000_000 + edit;
    format!("{numbers:?}").replace(' ', "").into_bytes()
}

fn revision(ancestors: &[&Row], payload: &[u8]) -> Row {
    let refs: Vec<Ref> = ancestors.iter().map(|row| row.reference()).collect();
    Row::new(&refs, Kind::Json, payload)
}

/// The history that a side has before a revision.
struct Before<'a> {
    has: &'a [&'a Row],
    row: &'a Row,
    found: Vec<&'a Row>,
}

impl Ancestry for Before<'_> {
    fn candidates(&mut self) -> Vec<Ref> {
        let find = |name: &_| self.has.iter().copied().find(|row| row.name == *name);
        let first = |row: &&Row| row.ancestors.first().and_then(find);
        let further = std::iter::successors(first(&self.row), first).skip(1).take(4);
        self.found = self.row.ancestors.iter().take(2).filter_map(find).chain(further).collect();
        self.found.iter().map(|row| row.reference()).collect()
    }

    fn text(&mut self, nth: usize, most: usize) -> Result<Option<Vec<u8>>> {
        Ok(Some(self.found[nth].payload.clone()).filter(|text| text.len() <= most))
    }
}

/// The stream of rows to a side that accepts bases and, if `keeps`, changes within the stream.
fn sent(rows: &[&Row], known: &[&Row], keeps: bool) -> Vec<u8> {
    let mut encoder =
        Encoder::new(false).for_side_that_takes_changes(keeps).for_side_that_takes_bases(true);
    let mut out = Vec::new();
    let has = [rows, known].concat();
    for row in rows {
        let Row { name, ancestors, kind, payload, .. } = row;
        let sent = Sent { name, told: false, kind: *kind, payload, meta: None };
        let mut before = Before { has: &has, row, found: Vec::new() };
        encoder.add_to(sent, ancestors.iter().cloned(), Some(&mut before)).unwrap();
    }
    encoder.finish().unwrap();
    drain(&mut encoder, &mut out);
    out
}

/// What a side reads that has some revisions.
fn taken(bytes: &[u8], has: &[&Row]) -> Result<Vec<Row>> {
    let mut opener = Opener::new(OPEN);
    let mut lookup = |reference: &Ref, most: usize| {
        let found = has.iter().find(|row| row.reference() == *reference);
        Ok(found.map(|row| row.payload.clone()).filter(|text| text.len() <= most))
    };
    let mut rows = Vec::new();
    for frame in frames(bytes, 4096, OPEN)? {
        rows.extend(opener.open_to(frame, Some(&mut lookup))?.into_iter().map(row));
    }
    Ok(rows)
}

#[test]
fn the_first_revision_costs_what_changed_from_its_ancestor() {
    let base = revision(&[], &document(110_000, 1_000_000, 1));
    let edit = revision(&[&base], &document(110_000, 1_000_000, 2));
    for keeps in [false, true] {
        let bytes = sent(&[&edit], &[&base], keeps);
        assert!(bytes.len() < 230, "{} bytes", bytes.len());
        assert_eq!(taken(&bytes, &[&base]).unwrap(), std::slice::from_ref(&edit));
    }
}

#[test]
fn the_base_is_the_ancestor_of_its_kind_the_second_or_one_further_down() {
    let old = revision(&[], &document(20_000, 1_000_000, 1));
    let other = revision(&[&old], &document(20_000, 5_000_000, 1));
    let next = revision(&[&other], &document(20_000, 1_000_000, 2));
    let bytes = sent(&[&next], &[&other, &old], true);
    assert!(bytes.len() < 260, "{} bytes", bytes.len());
    assert_eq!(taken(&bytes, &[&old]).unwrap(), [next]);
    let merge = revision(&[&other, &old], &document(20_000, 1_000_000, 3));
    let bytes = sent(&[&merge], &[&other, &old], true);
    assert_eq!(taken(&bytes, &[&old]).unwrap(), [merge]);
    assert!(bytes.len() < 260, "{} bytes", bytes.len());
}

#[test]
fn later_revisions_are_changes_of_earlier_ones_of_the_stream() {
    let base = revision(&[], &document(20_000, 1_000_000, 1));
    let first = revision(&[&base], &document(20_000, 1_000_000, 2));
    let second = revision(&[&first], &document(20_000, 1_000_000, 3));
    let third = revision(&[&second, &base], &document(20_000, 1_000_000, 4));
    let rows = [first, second, third];
    let looked = Cell::new(0);
    let bytes = sent(&rows.each_ref(), &[&base], true);
    let mut opener = Opener::new(OPEN);
    let mut lookup = |_: &Ref, _: usize| {
        looked.set(looked.get() + 1);
        Ok(Some(base.payload.clone()))
    };
    for frame in frames(&bytes, 4096, OPEN).unwrap() {
        let came = opener.open_to(frame, Some(&mut lookup)).unwrap();
        assert_eq!(came.into_iter().map(row).collect::<Vec<_>>(), rows);
    }
    assert_eq!(looked.get(), 1);
}

#[test]
fn unlike_small_and_shrunken_texts_are_sent_whole() {
    let base = revision(&[], &document(20_000, 1_000_000, 1));
    let unlike = revision(&[&base], &document(20_000, 5_000_000, 1));
    let small = revision(&[&base], b"[1]");
    let part = [&base.payload[..5999], b"]"].concat();
    let shrunken = revision(&[&base], &part);
    for row in [unlike, small, shrunken] {
        let bytes = sent(&[&row], &[&base], true);
        assert!(bytes.len() > row.payload.len());
        assert_eq!(taken(&bytes, &[]).unwrap(), [row]);
    }
}

#[test]
fn a_side_without_the_base_reports_that_and_one_that_did_not_ask_refuses() {
    let base = revision(&[], &document(20_000, 1_000_000, 1));
    let edit = revision(&[&base], &document(20_000, 1_000_000, 2));
    let bytes = sent(&[&edit], &[&base], true);
    let error = taken(&bytes, &[]).unwrap_err();
    assert_eq!(error.code(), Some("HISTO_SHALLOW"));
    assert!(
        matches!(error, Error::Shallow { subject: Some(it), .. } if it == base.name.to_string())
    );
    let frame = frames(&bytes, 4096, OPEN).unwrap().remove(0);
    let error = Opener::new(OPEN).open(frame).unwrap_err();
    assert_eq!(error.code(), Some("HISTO_PROTOCOL"));
}

/// A stream of one revision by somebody who knows `ours` of the base, which is really another text.
fn guessed(base: &Row, ours: &[u8], edit: &Row) -> Vec<u8> {
    let stand_in = Row { payload: ours.to_vec(), ..base.clone() };
    sent(&[edit], &[&stand_in], true)
}

#[test]
fn a_guess_at_a_part_of_a_text_is_refused_right_or_wrong_alike() {
    let secret = document(20_000, 1_000_000, 1);
    let base = revision(&[], &secret);
    // All but the last bytes are known. The result takes the rest from the base.
    let mut known = secret.clone();
    let end = known.len() - 9;
    known[end..end + 8].copy_from_slice(b"99999999");
    let right = revision(&[&base], &[&secret[..9000], b"7", &secret[9001..]].concat());
    let told = |bytes: &[u8]| taken(bytes, &[&base]).unwrap_err();
    let as_if = revision(&[&base], &[&known[..9000], b"7", &known[9001..]].concat());
    let bytes = guessed(&base, &known, &as_if);
    assert!(bytes.len() < 300);
    // With the digest of the right result: it would verify if it were made.
    let mut forged = bytes.clone();
    let honest = sent(&[&right], &[&base], true);
    assert_eq!(taken(&honest, &[&base]).unwrap(), [right]);
    let end = forged.len() - 40;
    forged[end - 32..end].copy_from_slice(&honest[honest.len() - 72..honest.len() - 40]);
    mend(&mut forged);
    assert_eq!(told(&bytes), told(&forged));
    assert_eq!(told(&forged).code(), Some("HISTO_SHALLOW"));
    // Without the base the answer is the same.
    assert_eq!(taken(&forged, &[]).unwrap_err(), told(&forged));
}

#[test]
fn a_proof_serves_for_its_own_change_alone() {
    let base = revision(&[], &document(20_000, 1_000_000, 1));
    let edit = revision(&[&base], &document(20_000, 1_000_000, 2));
    let bytes = sent(&[&edit], &[&base], true);
    // After the claim: the length of the text and the hunks, then the digest and the end mark.
    let end = bytes.len() - 40 - 32;
    let mut changed = bytes.clone();
    changed[end - 3] ^= 1;
    mend(&mut changed);
    assert_eq!(taken(&changed, &[&base]).unwrap_err().code(), Some("HISTO_SHALLOW"));
}

#[test]
fn malformed_claims_are_refused() {
    let base = revision(&[], &document(20_000, 1_000_000, 1));
    let edit = revision(&[&base], &document(20_000, 1_000_000, 2));
    let bytes = sent(&[&edit], &[&base], true);
    // The preamble and a head, then the tag, an ancestor, the length of the change, and the claim.
    let claim = 16 + 24 + 1 + 33 + 1;
    assert_eq!(bytes[claim..claim + 2], [0, 1]);
    for nth in [2, 0x7f] {
        let mut other = bytes.clone();
        other[claim + 1] = nth;
        mend(&mut other);
        assert_eq!(taken(&other, &[&base]).unwrap_err().code(), Some("HISTO_PROTOCOL"));
    }
    let mut more = bytes;
    more[16 + 2..16 + 4].copy_from_slice(&[0, 0]);
    mend(&mut more);
    let looked = Cell::new(false);
    let frame = frames(&more, 4096, OPEN).unwrap().remove(0);
    let mut lookup = |_: &Ref, _: usize| {
        looked.set(true);
        Ok(Some(base.payload.clone()))
    };
    let error = Opener::new(OPEN).open_to(frame, Some(&mut lookup)).unwrap_err();
    assert_eq!(error.code(), Some("HISTO_PROTOCOL"));
    assert!(!looked.get(), "a change that makes more than its batch declares is not begun");
}

/// Recomputes the sums of a stream of one plain batch.
fn mend(bytes: &mut [u8]) {
    let end = bytes.len() - 40;
    let sum = crc32c::crc32c(&bytes[40..end]).to_le_bytes();
    bytes[32..36].copy_from_slice(&sum);
    let sum = crc32c::crc32c(&bytes[16..36]).to_le_bytes();
    bytes[36..40].copy_from_slice(&sum);
}
