//! Streams of changes as anybody could write them, and the plain reading of them by the protocol.
#![cfg(test)]

use bolero::TypeGenerator;
use histo_core::revision::{Kind, digest, ref_with_meta};
use histo_core::sync::wire::Encoder;
use histo_core::{Ref, internals};

use super::plain;

const PREAMBLE: usize = 16;
const HEAD: usize = 24;
const CONTEXT: &str = "histo-revisions 2026 change of a text that its sender knows";

/// A text as some rows of words, some of which differ from those of another text.
#[derive(Debug, Clone, TypeGenerator)]
pub(crate) struct Edits {
    rows: u8,
    edits: Vec<(u16, u8, Vec<u8>)>,
}

/// A revision: its ancestors among those before it, the one that its text comes from, and the changes to it.
#[derive(Debug, Clone, TypeGenerator)]
pub(crate) struct Item {
    ancestors: [u8; 2],
    from: u8,
    change: Edits,
}

/// A revision with its text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    pub(crate) reference: Ref,
    pub(crate) ancestors: Vec<Ref>,
    pub(crate) text: Vec<u8>,
}

impl Row {
    pub(crate) fn new(ancestors: Vec<Ref>, text: Vec<u8>) -> Self {
        let reference = ref_with_meta(&ancestors, Kind::Bytes, &digest(&text), None);
        Self { reference, ancestors, text }
    }
}

fn text_of(base: Option<&[u8]>, change: &Edits) -> Vec<u8> {
    let fresh = || {
        let words: [&[u8]; 3] =
            [b"the owner of the item is ", b"{\"id\":17,\"state\":\"open\"},", b"1234567890"];
        let rows = 0..usize::from(change.rows) * 4;
        rows.flat_map(|row| [words[row % 3], &row.to_le_bytes()[..=row % 2]].concat()).collect()
    };
    let mut text = base.map_or_else(fresh, <[u8]>::to_vec);
    for (at, out, data) in change.edits.iter().take(6) {
        let at = usize::from(*at) % (text.len() + 1);
        let end = (at + usize::from(*out)).min(text.len());
        text.splice(at..end, data.iter().copied());
    }
    text
}

pub(crate) fn rows(items: &[Item]) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for Item { ancestors, from, change } in items {
        let mut refs: Vec<Ref> = Vec::new();
        for back in ancestors {
            let found = rows.len().checked_sub(usize::from(*back % 8)).and_then(|at| rows.get(at));
            refs.extend(found.map(|row| row.reference).filter(|it| !refs.contains(it)));
        }
        let base = rows.len().checked_sub(usize::from(*from % 8)).and_then(|at| rows.get(at));
        let text = text_of(base.map(|row| &row.text[..]), change);
        rows.push(Row::new(refs, text));
    }
    rows
}

pub(crate) fn found<'a>(rows: &'a [Row], reference: &Ref) -> Option<&'a Row> {
    rows.iter().find(|row| row.reference == *reference)
}

/// A revision as somebody hostile writes it.
#[derive(Debug, Clone, TypeGenerator)]
pub(crate) struct Forged {
    item: Item,
    form: Form,
    /// Its fault; mostly none.
    fault: u8,
    /// Hunks that are any bytes.
    list: Vec<u8>,
}

/// How its text comes.
#[derive(Debug, Clone, Copy, TypeGenerator)]
pub(crate) enum Form {
    Whole,
    /// As a change of an earlier one of the stream.
    Back(u8),
    /// As a change of one outside of the stream, named by its place among the ancestors or its ref.
    Outside(u8, bool),
}

/// Faults; each occurs in one revision of 32.
const ANY_HUNKS: u8 = 1;
const LONGER: u8 = 2;
const UNPROVEN: u8 = 3;
const BEYOND: u8 = 4;
const ABSENT: u8 = 5;
const SHORT_BASE: u8 = 6;
const CUT: u8 = 7;

/// The plain reading.
pub(crate) struct Model<'a> {
    pub(crate) outside: &'a [Row],
    pub(crate) has: &'a [Row],
    pub(crate) keeps: bool,
    pub(crate) rows: Vec<Row>,
    /// Number of revisions that came as changes of one outside of the stream.
    pub(crate) based: usize,
}

impl Model<'_> {
    /// Writes a revision; returns the bytes of its text if a reader accepts it.
    pub(crate) fn add(&mut self, forged: &Forged, content: &mut Vec<u8>) -> Option<usize> {
        let Forged { item, form, list, fault } = forged;
        let fault = fault % 32;
        let mut ancestors = Vec::new();
        for place in item.ancestors {
            let found = self.outside.get(usize::from(place) % (self.outside.len() + 1));
            ancestors.extend(found.map(|row| row.reference).filter(|it| !ancestors.contains(it)));
        }
        let found = self.base(*form, fault);
        let is_long = |row: &Row| row.text.len() >= 1024 || fault == SHORT_BASE;
        let found = found.filter(|(_, row, _)| is_long(row));
        let mut text = text_of(found.as_ref().map(|(_, row, _)| &row.text[..]), &item.change);
        if fault == CUT {
            text.truncate(text.len() / 3);
        }
        let tag = 1 | u32::from(found.is_some()) << 5;
        varint(tag | u32::try_from(ancestors.len()).unwrap() << 6, content);
        for ancestor in &ancestors {
            content.push(0);
            content.extend_from_slice(ancestor.as_bytes());
        }
        let Some((back, base, sees)) = found else {
            varint(u32::try_from(text.len()).unwrap(), content);
            content.extend_from_slice(&text);
            let length = text.len();
            self.rows.push(Row::new(ancestors, text));
            return Some(length);
        };
        let hunks = match fault {
            ANY_HUNKS => list.clone(),
            _ => internals::find_hunks(&base.text, &text, usize::MAX).expect("no bound"),
        };
        let length = text.len() + usize::from(fault == LONGER);
        let mut change = Vec::new();
        varint(u32::try_from(length).unwrap(), &mut change);
        change.extend_from_slice(&hunks);
        match (back, form) {
            (Some(back), _) => {
                let hunks = std::mem::take(&mut change);
                varint(back, &mut change);
                change.extend(hunks);
            }
            (None, Form::Outside(_, by_place)) => {
                let place = ancestors.iter().position(|it| *it == base.reference);
                claim(place.filter(|_| *by_place), &base, fault == UNPROVEN, &mut change);
                self.based += 1;
            }
            (None, _) => {}
        }
        varint(u32::try_from(change.len()).unwrap(), content);
        content.extend_from_slice(&change);
        let most = if back.is_some() { usize::MAX } else { length.saturating_mul(2) };
        let fits = (1024..=most).contains(&base.text.len());
        let made = plain::hunks(&base.text, &hunks).filter(|made| made.len() == length);
        let made = made.filter(|_| sees && fits && (back.is_some() || fault != UNPROVEN));
        let bytes = made.as_ref().map(Vec::len);
        self.rows.push(Row::new(ancestors, made.unwrap_or(text)));
        bytes
    }

    /// Returns the base of a text: its distance, or outside; and whether a reader can find it.
    fn base(&self, form: Form, fault: u8) -> Option<(Option<u32>, Row, bool)> {
        match form {
            Form::Whole => None,
            Form::Back(back) => {
                let back = 1 + usize::from(back) % self.rows.len().max(1);
                let row = self.rows.get(self.rows.len().checked_sub(back)?)?.clone();
                let told = if fault == BEYOND { back + self.rows.len() } else { back };
                let sees = self.keeps && fault != BEYOND;
                Some((Some(u32::try_from(told).unwrap()), row, sees))
            }
            Form::Outside(place, _) => {
                let place = usize::from(place) % self.has.len().max(1);
                let row = if fault == ABSENT { self.outside.last() } else { self.has.get(place) };
                let row = row?.clone();
                let sees = found(self.has, &row.reference).is_some();
                Some((None, row, sees))
            }
        }
    }
}

/// Puts a claim before a change: the base's place among the ancestors, or its ref.
fn claim(place: Option<usize>, base: &Row, is_unproven: bool, change: &mut Vec<u8>) {
    let mut claim = vec![0];
    varint(place.map_or(0, |place| u32::try_from(place + 1).unwrap()), &mut claim);
    if place.is_none() {
        claim.extend_from_slice(base.reference.as_bytes());
    }
    let mut key = blake3::derive_key(CONTEXT, &[&base.text[..], change].concat());
    key[3] ^= u8::from(is_unproven);
    claim.extend_from_slice(&key[..16]);
    change.splice(..0, claim);
}

/// A stream of one batch with right sums, whose digest is that of `rows`.
pub(crate) fn stream(rows: &[Row], mut content: Vec<u8>, units: u16) -> Vec<u8> {
    let mut bytes = Encoder::new(false).ready().to_vec();
    assert_eq!(bytes.len(), PREAMBLE);
    let refs: Vec<u8> = rows.iter().flat_map(|row| *row.reference.as_bytes()).collect();
    content.extend_from_slice(blake3::hash(&refs).as_bytes());
    let count = u32::try_from(rows.len()).unwrap();
    let length = u32::try_from(content.len()).unwrap();
    head([1, 4], units, [count, length, length], &content, &mut bytes);
    let mut totals = u64::from(count).to_le_bytes().to_vec();
    totals.extend_from_slice(&u64::from(length).to_le_bytes());
    head([2, 0], 0, [0, 16, 16], &totals, &mut bytes);
    bytes
}

fn head(kind: [u8; 2], units: u16, numbers: [u32; 3], body: &[u8], out: &mut Vec<u8>) {
    let mut head = kind.to_vec();
    head.extend_from_slice(&units.to_le_bytes());
    for number in numbers.into_iter().chain([crc32c::crc32c(body)]) {
        head.extend_from_slice(&number.to_le_bytes());
    }
    head.extend_from_slice(&crc32c::crc32c(&head.clone()).to_le_bytes());
    assert_eq!(head.len(), HEAD);
    out.extend(head);
    out.extend_from_slice(body);
}

fn varint(mut number: u32, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(u8::try_from(number & 0x7f).unwrap() | 0x80);
        number >>= 7;
    }
    out.push(u8::try_from(number).unwrap());
}
