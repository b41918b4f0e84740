//! The latest texts of a stream, which later ones may come as changes of.
//!
//! Both ends keep the same ones, by the same rule: `KEPT` bytes of texts of a size that is worth it.

use std::collections::VecDeque;

use super::head::broken;
use crate::delta::diff::{Differ, common_prefix, common_suffix};
use crate::delta::{LARGEST, SMALLEST_DELTA, apply, list, makes};
use crate::varint;
use crate::{Result, grow};

/// Most bytes of the texts that are kept.
const KEPT: usize = 8 << 20;
/// Ancestors below the first one that are looked at for a base, where the direct ones are of another kind.
const FURTHER: usize = 4;

/// After so many texts in a row that had too little in common with an ancestor's, only those are compared further that
/// begin and end alike: a whole comparison of unlike texts takes some 10 ns a byte.
const MOST_MISSES: u32 = 8;

/// Texts by the number of their revision in the stream.
#[derive(Debug, Default)]
pub(super) struct Texts {
    kept: VecDeque<Kept>,
    bytes: usize,
    /// The number of the next revision.
    next: u64,
    differ: Differ,
    /// Texts in a row that had too little in common with an ancestor's.
    misses: u32,
}

#[derive(Debug)]
struct Kept {
    number: u64,
    text: Box<[u8]>,
    /// How far back its first ancestor stands, where that is in the stream.
    parent: Option<u64>,
}

impl Texts {
    /// Counts the next revision, and keeps its text where it is there and of a size that is worth it. `parent`: how
    /// far back its first ancestor stands, which only the side that writes asks for.
    ///
    /// # Errors
    /// `TooLarge` where the process has no memory for it.
    pub(super) fn push(&mut self, text: Option<&[u8]>, parent: Option<u32>) -> Result<()> {
        let number = self.next;
        self.next = number.saturating_add(1);
        let Some(text) = text.filter(|text| (SMALLEST_DELTA..=KEPT).contains(&text.len())) else {
            return Ok(());
        };
        let mut copy = Vec::new();
        grow(&mut copy, text.len())?;
        copy.extend_from_slice(text);
        self.bytes = self.bytes.saturating_add(copy.len());
        let parent = parent.map(u64::from);
        self.kept.push_back(Kept { number, text: copy.into_boxed_slice(), parent });
        while self.bytes > KEPT
            && let Some(oldest) = self.kept.pop_front()
        {
            self.bytes = self.bytes.saturating_sub(oldest.text.len());
        }
        Ok(())
    }

    /// The text of the revision so far back; 1 is the last one.
    fn back(&self, distance: u64) -> Option<&Kept> {
        let number = self.next.checked_sub(distance)?;
        let place = self.kept.binary_search_by_key(&number, |kept| kept.number).ok()?;
        self.kept.get(place)
    }

    /// Writes into `out`, which it clears, how a text is made of that of an ancestor; returns whether that is much
    /// shorter. `ancestors`: how far back they stand, the first first.
    pub(super) fn change(&mut self, ancestors: &[u32], text: &[u8], out: &mut Vec<u8>) -> bool {
        out.clear();
        if !(SMALLEST_DELTA..=KEPT.min(LARGEST)).contains(&text.len()) {
            return false;
        }
        let mut tried = ancestors.iter().take(2).map(|&back| u64::from(back)).collect::<Vec<_>>();
        let mut below = ancestors.first().map(|&back| u64::from(back));
        for _ in 0..FURTHER {
            below = below.and_then(|back| {
                let parent = self.back(back)?.parent?;
                back.checked_add(parent)
            });
            tried.extend(below);
        }
        let is_like = |back: &&u64| {
            self.back(**back).is_some_and(|base| shared(&base.text, text) >= text.len() / 2)
        };
        // Where none begins and ends alike the nearest is as good as any.
        let nearest = tried.first().filter(|_| self.misses < MOST_MISSES);
        let Some(&base) = tried.iter().find(is_like).or(nearest) else { return false };
        let is_found = self.change_of(base, text, out);
        self.misses = if is_found { 0 } else { self.misses.saturating_add(1) };
        is_found
    }

    fn change_of(&mut self, back: u64, text: &[u8], out: &mut Vec<u8>) -> bool {
        let quarter = text.len() / 4;
        let mut differ = std::mem::take(&mut self.differ);
        let found = self.back(back).and_then(|base| {
            let pieces = differ.diff(&base.text, text, quarter)?;
            if !makes(&base.text, &pieces, text) {
                return None;
            }
            out.clear();
            varint::put(u32::try_from(back).ok()?, out);
            varint::put(u32::try_from(text.len()).ok()?, out);
            list::encode(u32::try_from(base.text.len()).ok()?, &pieces, out);
            (out.len() <= quarter).then_some(())
        });
        self.differ = differ;
        found.is_some()
    }

    /// The text that a change makes, of at most `most` bytes.
    ///
    /// # Errors
    /// `Protocol` for what is no change of a text that is kept, or makes more; `TooLarge` where the process has no
    /// memory for it.
    pub(super) fn made(&self, change: &[u8], most: usize) -> Result<Vec<u8>> {
        let mut rest = change;
        let lost = || broken("a change is of a text that is not kept");
        let back = varint::take(&mut rest).ok_or_else(lost)?;
        let length = varint::take(&mut rest).ok_or_else(lost)?;
        let base = self.back(u64::from(back)).ok_or_else(lost)?;
        if length as usize > most {
            return Err(broken("the changes of a batch make more than it says"));
        }
        let bytes = u32::try_from(base.text.len()).map_err(|_| lost())?;
        let wrong = || broken("a change does not fit the text that it is of");
        let pieces = list::decode(bytes, length, rest).ok_or_else(wrong)?;
        let mut text = Vec::new();
        grow(&mut text, length as usize)?;
        apply(&base.text, &pieces, &mut text).ok_or_else(wrong)?;
        Ok(text)
    }
}

/// Bytes that both texts begin and end with.
fn shared(old: &[u8], new: &[u8]) -> usize {
    let prefix = common_prefix(old, new);
    let (old, new) = (old.get(prefix..), new.get(prefix..));
    prefix.saturating_add(common_suffix(old.unwrap_or_default(), new.unwrap_or_default()))
}
