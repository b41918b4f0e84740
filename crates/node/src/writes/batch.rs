//! The batch of writes that one tick of JavaScript passes, read from one flat array.
//!
//! Each write is a number (below), the expected head if there is a condition, and its operands; twin of
//! `ts/embedded/batch.ts`. One array and one call a tick: 0.15 us a put.

use std::sync::Arc;

use histo_core::sync::Batch;
use histo_core::write::{Cause, Chain, Logging, Previous, Pruning, Way};
use histo_core::{Error, Result, grow};
use napi::bindgen_prelude::{Array, External, FromNapiValue, Null, Uint8ArraySlice};

use crate::convert::guard::from_napi;
use crate::convert::values::{RefText, Text};
use crate::database::{Database, Stream};
use crate::exports::json::MergedText;
use crate::exports::wire::{SharedTaking, WireFrame};
use crate::writes::request::{Item, Items, Named, Raw, Request, Wish};

/// Bits 0-3: the kind of write.
const PUT: u32 = 0;
const PUT_MANY: u32 = 1;
const SET_HEAD: u32 = 2;
const DELETE_BRANCH: u32 = 3;
const SET_REMOTE_HEAD: u32 = 4;
const DELETE_REMOTE: u32 = 5;
const ARRIVALS: u32 = 6;
const BATCH: u32 = 7;
const FINISH: u32 = 8;
const PART: u32 = 9;
const DROP_PART: u32 = 10;
const DEED: u32 = 11;
const TRAVEL: u32 = 12;
/// Not a write: gives the cause of the next one for the log, and the remote database that asked for it.
const CAUSE: u32 = 13;
const FRAME: u32 = 14;
const FINISH_FRAMES: u32 = 15;
/// The number after `DEED`.
const ERASE: u32 = 0;
const PRUNE: u32 = 1;
const SWEEP: u32 = 2;
const COMPACT: u32 = 3;
/// Bit 4: this write is chained on an earlier one of the branch.
const FOLLOWS: u32 = 1 << 4;
/// Bit 5: later writes of the branch are chained on this one.
const LEADS: u32 = 1 << 5;
/// Bit 6: the expected head comes next.
const PREVIOUS: u32 = 1 << 6;
/// Bit 7: the head moves.
const MOVE_HEAD: u32 = 1 << 7;
/// Bit 8 of a write or bit 0 of an item: ancestors come after the data.
const ANCESTORS: u32 = 1;
/// Bit 9 of a write or bit 1 of an item: the data is no string, but bytes, or a text that a merge made.
const BYTES: u32 = 2;
/// Bit 11 of a write or bit 3 of an item: the JSON of the meta comes after the ancestors.
const META: u32 = 8;
/// Bits 8 and 9 of the end of a binary stream: its last batch comes next, then a count, and the names and heads of as
/// many remotes.
const LAST: u32 = 1 << 8;
const REMOTES: u32 = 1 << 9;
/// Bit 8 of a `TRAVEL`: a redo.
const FORWARD: u32 = 1 << 8;
/// Bit 2 of an item: the ref under which it came is last.
const CLAIMED: u32 = 4;
const ITEM_SHIFT: u32 = 8;
/// From bit 12: the number of the branch.
const BRANCH_SHIFT: u32 = 12;
/// Bit 31 of a count of items: the array of their data follows, as one text.
const ARRAY: u32 = 1 << 31;

/// Reads a batch that was passed at the time `now`, in ms since 1970.
///
/// # Errors
/// `Internal` for anything that `ts/embedded/batch.ts` never writes.
pub(crate) fn read(db: &Database, batch: &Array<'_>, now: f64) -> Result<Vec<Request>> {
    let mut reader = Reader { batch, at: 0, now: whole(now) };
    let mut requests = Vec::with_capacity((batch.len() / 2) as usize);
    while reader.at < batch.len() {
        requests.push(reader.request(db)?);
    }
    Ok(requests)
}

/// Reads a batch of one write.
///
/// # Errors
/// As `read`.
pub(crate) fn read_one(db: &Database, batch: &Array<'_>, now: f64) -> Result<Request> {
    Reader { batch, at: 0, now: whole(now) }.request(db)
}

struct Reader<'b, 'env> {
    batch: &'b Array<'env>,
    at: u32,
    now: u64,
}

impl Reader<'_, '_> {
    fn next<T: FromNapiValue>(&mut self) -> Result<T> {
        let value = self.batch.get(self.at).map_err(from_napi)?;
        self.at += 1;
        value.ok_or_else(|| Error::Internal("a batch of writes ends too early".into()))
    }

    fn request(&mut self, db: &Database) -> Result<Request> {
        let mut head: u32 = self.next()?;
        let (mut cause, mut remote) = (None, None);
        if head == CAUSE {
            let number: u32 = self.next()?;
            cause = Cause::ALL.get(number as usize).copied();
            let name: napi::Either<String, Null> = self.next()?;
            if let napi::Either::A(name) = name {
                remote = Some(Arc::from(name));
            }
            head = self.next()?;
        }
        let previous = if head & PREVIOUS == 0 { Previous::Any } else { self.previous()? };
        let follows = head & FOLLOWS != 0;
        let chain = Chain { caller: db.id(), follows, leads: head & LEADS != 0 };
        let branch = db.branch(head >> BRANCH_SHIFT)?;
        let wish = self.wish(db, head, previous)?;
        let log = db.log_days().map(|days| Logging { time: self.now, days, cause, remote });
        Ok(Request { branch, chain, wish, log })
    }

    /// Reads the parts of a batch, each as a write of its own.
    fn parts(&mut self, db: &Database) -> Result<Vec<Request>> {
        let count: u32 = self.next()?;
        (0..count).map(|_| self.request(db)).collect()
    }

    fn wish(&mut self, db: &Database, head: u32, previous: Previous) -> Result<Wish> {
        let move_head = head & MOVE_HEAD != 0;
        Ok(match head & 15 {
            PUT => {
                let items = Items::Each(vec![self.item(head >> ITEM_SHIFT & 15)?]);
                Wish::Put { items, previous, move_head, many: false, part: 0 }
            }
            PUT_MANY => {
                let part = self.next()?;
                Wish::Put { items: self.items()?, previous, move_head, many: true, part }
            }
            PART => Wish::Part { number: self.next()?, items: self.items()? },
            DROP_PART => Wish::DropPart { number: self.next()? },
            SET_HEAD => Wish::SetHead { reference: self.named()?, previous },
            DELETE_BRANCH => Wish::DeleteBranch { previous },
            TRAVEL => {
                let way = if head & FORWARD == 0 { Way::Undo } else { Way::Redo };
                Wish::Travel { way, steps: self.next()?, previous }
            }
            BATCH => Wish::Batch(self.parts(db)?),
            SET_REMOTE_HEAD => Wish::SetRemoteHead { name: self.next()?, reference: self.named()? },
            DELETE_REMOTE => Wish::DeleteRemote { name: self.next()? },
            ARRIVALS => {
                Wish::Arrivals { reorder_buffer: self.reorder_buffer()?, items: self.each()? }
            }
            FINISH => Wish::Finish { reorder_buffer: self.reorder_buffer()? },
            FRAME => Wish::Frame { taking: self.taking()?, frame: self.frame()? },
            FINISH_FRAMES => self.finish_frames(head)?,
            DEED => self.deed()?,
            other => return Err(Error::Internal(format!("no write has the number {other}"))),
        })
    }

    fn finish_frames(&mut self, head: u32) -> Result<Wish> {
        let taking = self.taking()?;
        let last = (head & LAST != 0).then(|| self.frame()).transpose()?;
        let count: u32 = if head & REMOTES == 0 { 0 } else { self.next()? };
        let remotes = (0..count).map(|_| Ok((self.next()?, self.named()?)));
        let remotes = remotes.collect::<Result<_>>()?;
        Ok(Wish::FinishFrames { taking, last, remotes })
    }

    fn deed(&mut self) -> Result<Wish> {
        Ok(match self.next()? {
            ERASE => Wish::Erase { references: self.refs()?, meta: self.next()? },
            PRUNE => self.prune()?,
            SWEEP => Wish::Sweep { start: self.next()? },
            COMPACT => Wish::Compact,
            other => return Err(Error::Internal(format!("no deed has the number {other}"))),
        })
    }

    fn prune(&mut self) -> Result<Wish> {
        let (now, grace) = (self.time()?, self.time()?);
        let (dry_run, names, force) = (self.next()?, self.next()?, self.next()?);
        let depth: napi::Either<u32, Null> = self.next()?;
        let depth = match depth {
            napi::Either::A(depth) => Some(depth),
            napi::Either::B(_) => None,
        };
        let keep = self.refs()?;
        let before: napi::Either<Vec<RefText>, Null> = self.next()?;
        let before = match before {
            napi::Either::A(refs) => Some(refs.into_iter().map(|named| named.0).collect()),
            napi::Either::B(_) => None,
        };
        let pruning = Pruning { now, grace, dry_run, names, depth, force, ..Pruning::default() };
        Ok(Wish::Prune { pruning, keep, before })
    }

    /// Reads milliseconds, which a number of 32 bits cannot express.
    fn time(&mut self) -> Result<u64> {
        self.next().map(whole)
    }

    /// Items of JSON alone come as one text: to read an element and a string of each would take three times as long.
    fn items(&mut self) -> Result<Items> {
        let count: u32 = self.next()?;
        if count & ARRAY == 0 {
            return Ok(Items::Each(self.some(count)?));
        }
        let json = self.next::<Text>()?.0;
        Ok(Items::Array { json, count: (count & !ARRAY) as usize })
    }

    fn each(&mut self) -> Result<Vec<Item>> {
        let count: u32 = self.next()?;
        self.some(count)
    }

    fn some(&mut self, count: u32) -> Result<Vec<Item>> {
        (0..count)
            .map(|_| {
                let head = self.next()?;
                self.item(head)
            })
            .collect()
    }

    fn item(&mut self, head: u32) -> Result<Item> {
        let raw = if head & BYTES == 0 { Raw::Json(self.next::<Text>()?.0) } else { self.bytes()? };
        let ancestors = (head & ANCESTORS != 0).then(|| self.refs()).transpose()?;
        let meta = (head & META != 0).then(|| self.next::<Text>()).transpose()?.map(|text| text.0);
        let claimed = (head & CLAIMED != 0).then(|| self.named()).transpose()?;
        Ok(Item { raw, ancestors, meta, claimed })
    }

    fn named(&mut self) -> Result<Named> {
        Ok(self.next::<RefText>()?.0)
    }

    fn refs(&mut self) -> Result<Vec<Named>> {
        let refs: Vec<RefText> = self.next()?;
        Ok(refs.into_iter().map(|named| named.0).collect())
    }

    /// Reads bytes, or a text that a merge made.
    fn bytes(&mut self) -> Result<Raw> {
        match self.next::<napi::Either<Uint8ArraySlice<'_>, &External<MergedText>>>()? {
            napi::Either::A(given) => {
                let mut bytes = Vec::new();
                grow(&mut bytes, given.len())?;
                bytes.extend_from_slice(&given);
                Ok(Raw::Bytes(bytes))
            }
            napi::Either::B(text) => text.take().map(Raw::Canonical),
        }
    }

    fn reorder_buffer(&mut self) -> Result<Stream> {
        Ok(Arc::clone(self.next::<&External<Stream>>()?))
    }

    fn taking(&mut self) -> Result<SharedTaking> {
        Ok(Arc::clone(self.next::<&External<SharedTaking>>()?))
    }

    fn frame(&mut self) -> Result<Batch> {
        self.next::<&External<WireFrame>>()?.take()
    }

    /// Reads the expected head. A string that no revision can have is no head either, so that the comparison
    /// fails.
    fn previous(&mut self) -> Result<Previous> {
        let given: napi::Either<RefText, Null> = self.next()?;
        Ok(match given {
            napi::Either::A(RefText(Ok(reference))) => Previous::Exactly(Some(reference)),
            napi::Either::A(RefText(Err(_))) => Previous::Never,
            napi::Either::B(_) => Previous::Exactly(None),
        })
    }
}

fn whole(time: f64) -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "TypeScript lets only whole numbers from 0 on through"
    )]
    let time = time as u64;
    time
}
