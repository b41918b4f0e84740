//! Targets `wire_changes`: texts that travel as changes, of earlier ones of the stream and of those that the
//! reader has. What an encoder makes from any history is read as that history or, if the reader lacks a base,
//! refused for that reason. A stream that anybody wrote is read as the plain reading of the protocol says, or
//! refused.
//!
//! Checked to fail: with a proof that is not compared, with a base of any length, with a budget that is not
//! counted.
#![cfg(test)]

use std::cell::Cell;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;

use histo_core::revision::Kind;
use histo_core::sync::wire::{
    Ancestry, Encoder, Frame, Framer, Limits, Name, Opener, Received, Sent, Unmade,
};
use histo_core::{Error, Ref, Result, internals};

use super::wire_forged::{Forged, Item, Model, Row, found, rows, stream};

/// Some 2 s each without optimization.
const SHORT: usize = 400;
const LIMITS: Limits = Limits { revision: 1 << 20, stream: 1 << 24 };

/// The history before a revision, all of it available.
struct Before<'a>(&'a [Row], Vec<Ref>);

impl Ancestry for Before<'_> {
    fn candidates(&mut self) -> Vec<Ref> {
        let first = |reference: &Ref| found(self.0, reference)?.ancestors.first().copied();
        let further = std::iter::successors(self.1.first().copied(), first).skip(1).take(4);
        let all: Vec<Ref> = self.1.iter().copied().take(2).chain(further).collect();
        self.1.clone_from(&all);
        all
    }

    fn text(&mut self, nth: usize, most: usize) -> Result<Option<Vec<u8>>> {
        let row = self.1.get(nth).and_then(|reference| found(self.0, reference));
        Ok(row.map(|row| row.text.clone()).filter(|text| text.len() <= most))
    }
}

#[test]
fn what_an_encoder_makes_is_read_or_lacks_a_base() {
    bolero::check!()
        .with_type::<(Vec<Item>, u8, bool, bool, u8)>()
        .with_iterations(SHORT)
        .for_each(|(items, known, keeps, compress, lacks)| {
            let rows = rows(items);
            let (has, sent) = rows.split_at(usize::from(*known) % (rows.len() + 1));
            let encoder = Encoder::new(*compress).for_side_that_takes_changes(*keeps);
            let bytes = written(encoder.for_side_that_takes_bases(true), &rows, sent);
            assert_eq!(read(&bytes, *keeps, |_, row| Some(row), has), Ok(sent.to_vec()));
            let lost = Cell::new(None);
            let some = |place: usize, row: &Row| {
                let is_there = !(place + usize::from(*lacks)).is_multiple_of(3);
                lost.set(lost.get().or_else(|| (!is_there).then_some(row.reference)));
                is_there.then(|| row.clone())
            };
            let outcome = read(&bytes, *keeps, |place, row| some(place, &row), has);
            match (outcome, lost.get()) {
                (Ok(received), None) => assert_eq!(received, sent),
                (Err(Error::Shallow { subject, .. }), Some(lost)) => {
                    assert_eq!(subject, Some(lost.to_string()));
                }
                (other, lost) => panic!("{other:?}, without {lost:?}"),
            }
        });
}

/// The stream of rows, every third of which is stored as a change of its last ancestor.
fn written(mut encoder: Encoder, all: &[Row], sent: &[Row]) -> Vec<u8> {
    for (number, Row { reference, ancestors, text }) in sent.iter().enumerate() {
        let name = Name::Ref(*reference);
        let sent = Sent { name: &name, told: false, kind: Kind::Bytes, payload: text, meta: None };
        let mut before = Before(all, ancestors.clone());
        let names = || ancestors.iter().copied().map(Name::Ref);
        let base = ancestors.last().filter(|_| number % 3 == 1);
        if let Some(base) = base.and_then(|base| found(all, base)) {
            let list = internals::find_hunks(&base.text, text, usize::MAX).expect("no bound");
            let base = Name::Ref(base.reference);
            let unmade = Unmade { base: &base, list: &list, length: text.len() };
            let sent = Sent { payload: &[], ..sent };
            if encoder.add_unmade(sent, names(), unmade).unwrap() {
                continue;
            }
        }
        encoder.add_to(sent, names(), Some(&mut before)).unwrap();
    }
    encoder.finish().unwrap();
    let mut out = Vec::new();
    while !encoder.ready().is_empty() {
        out.extend_from_slice(encoder.ready());
        encoder.advance(encoder.ready().len());
    }
    out
}

fn cut(bytes: &[u8]) -> Result<Vec<Frame>> {
    let mut framer = Framer::new(LIMITS);
    let mut frames = Vec::new();
    for mut piece in bytes.chunks(997) {
        while let Some(frame) = framer.handle(&mut piece)? {
            frames.push(frame);
        }
    }
    framer.finish()?;
    Ok(frames)
}

/// What a reader makes from a stream; `look` returns what it has of the bases.
fn read(
    bytes: &[u8],
    keeps: bool,
    look: impl Fn(usize, Row) -> Option<Row>,
    has: &[Row],
) -> Result<Vec<Row>> {
    let mut opener = Opener::new(LIMITS).keeping_texts(keeps);
    let mut lookup = |reference: &Ref, most: usize| {
        let place = has.iter().position(|row| row.reference == *reference);
        let row = place.and_then(|place| look(place, has[place].clone()));
        Ok(row.map(|row| row.text).filter(|text| text.len() <= most))
    };
    let mut rows = Vec::new();
    for frame in cut(bytes)? {
        rows.extend(opener.open_to(frame, Some(&mut lookup))?.into_iter().map(row));
    }
    Ok(rows)
}

fn row(received: Received) -> Row {
    let arrival = received.arrival().unwrap();
    Row::new(arrival.ancestors, arrival.payload)
}

#[test]
fn what_anybody_wrote_is_read_as_the_protocol_says_or_refused() {
    let [read_so, refused, of_outside] = [0; 3].map(AtomicUsize::new);
    bolero::check!()
        .with_type::<(Vec<Item>, Vec<Forged>, u8, u8)>()
        .with_iterations(SHORT)
        .for_each(|(outside, forged, units, keeps)| {
            let outside = rows(outside);
            // The reader does not have the last one.
            let has = &outside[..outside.len().saturating_sub(1)];
            let keeps = !keeps.is_multiple_of(8);
            let mut model = Model { outside: &outside, has, keeps, rows: Vec::new(), based: 0 };
            let mut content = Vec::new();
            let units = u16::from(units % 4);
            let mut left = Some(usize::from(units) << 16);
            for forged in forged.iter().take(6) {
                let made = model.add(forged, &mut content);
                left = left.zip(made).and_then(|(left, made)| left.checked_sub(made));
            }
            let bytes = stream(&model.rows, content, units);
            match read(&bytes, keeps, |_, row| Some(row), has) {
                Ok(received) => {
                    assert!(left.is_some(), "read what makes no sense");
                    assert_eq!(received, model.rows);
                    read_so.fetch_add(1, Relaxed);
                    of_outside.fetch_add(model.based, Relaxed);
                }
                Err(error) => {
                    let is_none = model.rows.is_empty();
                    assert!(left.is_none() || is_none, "refused what makes sense: {error}");
                    let known = ["HISTO_PROTOCOL", "HISTO_CORRUPT", "HISTO_SHALLOW"];
                    assert!(error.code().is_some_and(|code| known.contains(&code)), "{error:?}");
                    refused.fetch_add(1, Relaxed);
                }
            }
        });
    let counts = [read_so, refused, of_outside].map(AtomicUsize::into_inner);
    assert!(counts.iter().all(|&count| count > SHORT / 20), "{counts:?}");
}
