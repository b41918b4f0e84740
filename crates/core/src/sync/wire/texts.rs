//! The latest texts of a stream, which later ones may come as changes of.
//!
//! Both ends keep the same ones, by the same rule: `KEPT` bytes of texts of a size that is worth it.

use std::collections::VecDeque;

use super::head::broken;
use super::outside::{Claim, Lookup, OUTSIDE};
use super::{KEPT, Name};
use crate::delta::short::SHORT;
use crate::delta::{apply, list};
use crate::varint;
use crate::{Result, grow};

/// Texts by the number of their revision in the stream.
#[derive(Debug)]
pub(super) struct Texts {
    /// Whether any texts are kept: not if only texts outside of the stream are bases.
    keeps: bool,
    kept: VecDeque<Kept>,
    bytes: usize,
    /// The number of the next revision.
    next: u64,
}

/// A text that is kept.
#[derive(Debug)]
pub(super) struct Kept {
    number: u64,
    length: usize,
    /// Only the writing side may lack it.
    pub(super) text: Option<Box<[u8]>>,
    /// The distance of its first ancestor, if that is in the stream.
    pub(super) parent: Option<u64>,
}

impl Texts {
    pub(super) fn new(keeps: bool) -> Self {
        Self { keeps, kept: VecDeque::new(), bytes: 0, next: 0 }
    }

    /// Counts the next revision, and keeps its text if it is given and of a size that is worth it. `parent` is
    /// the distance of its first ancestor, which only the writing side needs.
    ///
    /// # Errors
    /// `TooLarge` if the process has no memory for it.
    pub(super) fn push(&mut self, text: Option<&[u8]>, parent: Option<u32>) -> Result<()> {
        let Some(text) = text.filter(|text| self.keeps && is_worth(text.len())) else {
            self.next = self.next.saturating_add(1);
            return Ok(());
        };
        let mut copy = Vec::new();
        grow(&mut copy, text.len())?;
        copy.extend_from_slice(text);
        self.count(text.len(), Some(copy.into_boxed_slice()), parent);
        Ok(())
    }

    /// As `push`, for a text of `length` bytes that the writer has not made.
    pub(super) fn push_unmade(&mut self, length: usize, parent: Option<u32>) {
        self.count(length, None, parent);
    }

    fn count(&mut self, length: usize, text: Option<Box<[u8]>>, parent: Option<u32>) {
        let number = self.next;
        self.next = number.saturating_add(1);
        if !(self.keeps && is_worth(length)) {
            return;
        }
        self.bytes = self.bytes.saturating_add(length);
        self.kept.push_back(Kept { number, length, text, parent: parent.map(u64::from) });
        while self.bytes > KEPT
            && let Some(oldest) = self.kept.pop_front()
        {
            self.bytes = self.bytes.saturating_sub(oldest.length);
        }
    }

    /// Returns the text of the revision at a distance; 1 is the last one.
    pub(super) fn back(&self, distance: u64) -> Option<&Kept> {
        let number = self.next.checked_sub(distance)?;
        let place = self.kept.binary_search_by_key(&number, |kept| kept.number).ok()?;
        self.kept.get(place)
    }

    /// Returns the text, of at most `most` bytes, that a change makes, for a revision with these ancestors.
    /// `lookup` finds bases outside of the stream; without it there are none.
    ///
    /// # Errors
    /// `Protocol` if it is no change of a text that is kept, or makes more; `Shallow` for a base outside that
    /// is not available; `TooLarge` if the process has no memory for it.
    pub(super) fn made(
        &self,
        change: &[u8],
        most: usize,
        ancestors: &[Name],
        lookup: Option<Lookup<'_>>,
    ) -> Result<Vec<u8>> {
        let mut rest = change;
        let lost = || broken("a change is of a text that is not kept");
        let back = varint::take(&mut rest).ok_or_else(lost)?;
        let claim = match &lookup {
            Some(_) if back == OUTSIDE => Some(Claim::read(&mut rest, ancestors)?),
            _ => None,
        };
        let proven = rest;
        let length = varint::take(&mut rest).ok_or_else(lost)?;
        if length as usize > most {
            return Err(broken("the changes of a batch make more than it declares"));
        }
        if let Some((claim, lookup)) = claim.zip(lookup) {
            return made_of(&claim.base(proven, length, lookup)?, length, rest);
        }
        let kept = self.back(u64::from(back)).and_then(|kept| kept.text.as_deref());
        made_of(kept.ok_or_else(lost)?, length, rest)
    }
}

/// Whether a text of this many bytes is worth keeping.
fn is_worth(length: usize) -> bool {
    (SHORT..=KEPT).contains(&length)
}

/// Returns the text of `length` bytes that hunks make from a base.
fn made_of(base: &[u8], length: u32, hunks: &[u8]) -> Result<Vec<u8>> {
    let wrong = || broken("a change does not fit the text that it is of");
    let bytes = u32::try_from(base.len()).map_err(|_| wrong())?;
    let pieces = list::decode(bytes, length, hunks).ok_or_else(wrong)?;
    let mut text = Vec::new();
    grow(&mut text, length as usize)?;
    apply(base, &pieces, &mut text).ok_or_else(wrong)?;
    Ok(text)
}
