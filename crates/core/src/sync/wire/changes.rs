//! The side that writes a stream: which text one is sent as a change of, and the change.

use super::outside::{Outside, claim, largest_base};
use super::texts::Texts;
use super::window::Finder;
use super::{KEPT, Name};
use crate::delta::diff::{Differ, common_prefix, common_suffix};
use crate::delta::{LARGEST, SMALLEST_DELTA, list, makes};
use crate::varint;
use crate::{Ref, Result};

/// Ancestors that are looked at for a base.
const DIRECT: usize = 2;
/// Ancestors below the first one that are, where the direct ones are of another kind.
const FURTHER: usize = 4;

/// After so many texts in a row that had too little in common with an ancestor's, only those are compared further that
/// begin and end alike: a whole comparison of unlike texts takes some 10 ns a byte.
const MOST_MISSES: u32 = 8;

/// Finds changes.
#[derive(Debug)]
pub(super) struct Changes {
    texts: Texts,
    differ: Differ,
    /// Texts in a row that had too little in common with an ancestor's.
    misses: u32,
}

/// A text outside of the stream.
struct Base {
    /// Which ancestor it is, from 1 on; 0: none of them.
    nth_ancestor: u32,
    reference: Ref,
    text: Vec<u8>,
}

impl Changes {
    /// Keeps the latest texts as bases if `keeps`.
    pub(super) fn new(keeps: bool) -> Self {
        Self { texts: Texts::new(keeps), differ: Differ::default(), misses: 0 }
    }

    /// As `Texts::push`.
    pub(super) fn push(&mut self, text: Option<&[u8]>, parent: Option<u32>) -> Result<()> {
        self.texts.push(text, parent)
    }

    /// Writes into `out`, which it clears, how a text is made of that of an ancestor; returns whether that is much
    /// shorter. Those outside of the stream are asked for where none in it begins and ends alike.
    ///
    /// # Errors
    /// Those of `outside`.
    pub(super) fn find(
        &mut self,
        (ancestors, finder): (&[Name], &Finder),
        text: &[u8],
        outside: Option<&mut dyn Outside>,
        out: &mut Vec<u8>,
    ) -> Result<bool> {
        out.clear();
        if !(SMALLEST_DELTA..=KEPT.min(LARGEST)).contains(&text.len()) {
            return Ok(false);
        }
        let inside = self.inside(ancestors, finder);
        let alike =
            |back: &&u64| self.texts.back(**back).is_some_and(|base| is_like(&base.text, text));
        // Where none begins and ends alike the nearest is as good as any.
        let nearest = inside.first().filter(|_| self.misses < MOST_MISSES).copied();
        let like = inside.iter().find(alike).copied();
        let base = match (like, outside) {
            (None, Some(outside)) => {
                self.outside((ancestors, finder), text, outside, nearest.is_none())?
            }
            _ => None,
        };
        let found = match (&base, like.or(nearest)) {
            (Some(base), _) => self.outer_change(base, text, out),
            (None, Some(back)) => self.inner_change(back, text, out),
            (None, None) => return Ok(false),
        };
        self.misses = if found.is_some() { 0 } else { self.misses.saturating_add(1) };
        Ok(found.is_some())
    }

    /// How far back the ancestors in the stream stand that are looked at: direct ones, then those below the first.
    fn inside(&self, ancestors: &[Name], finder: &Finder) -> Vec<u64> {
        let distance = |name: &Name| finder.distance(name).map(u64::from);
        let mut inside: Vec<u64> = ancestors.iter().take(DIRECT).filter_map(distance).collect();
        let mut below = ancestors.first().and_then(distance);
        for _ in 0..FURTHER {
            below = below.and_then(|back| {
                let parent = self.texts.back(back)?.parent?;
                back.checked_add(parent)
            });
            inside.extend(below);
        }
        inside
    }

    /// The first ancestor outside of the stream whose text begins and ends alike, else, if `takes_any`, the nearest.
    fn outside(
        &self,
        (ancestors, finder): (&[Name], &Finder),
        text: &[u8],
        outside: &mut dyn Outside,
        takes_any: bool,
    ) -> Result<Option<Base>> {
        let has_missed = self.misses >= MOST_MISSES;
        let direct = ancestors.len().min(DIRECT);
        let most = if has_missed { direct } else { direct.saturating_add(FURTHER) };
        let mut nearest = None;
        for (nth, reference) in outside.candidates().into_iter().enumerate().take(most) {
            if finder.distance(&Name::Ref(reference)).is_some() {
                continue;
            }
            let Some(base) = outside.text(nth, largest_base(text.len()))? else { continue };
            let is_alike = is_like(&base, text);
            if base.len() < SMALLEST_DELTA || (!is_alike && nearest.is_some()) {
                continue;
            }
            let nth_ancestor = if nth < direct { nth.saturating_add(1) } else { 0 };
            let nth_ancestor = u32::try_from(nth_ancestor).unwrap_or(0);
            let found = Base { nth_ancestor, reference, text: base };
            if is_alike {
                return Ok(Some(found));
            }
            nearest = Some(found);
        }
        Ok(nearest.filter(|_| takes_any && !has_missed))
    }

    fn inner_change(&mut self, back: u64, text: &[u8], out: &mut Vec<u8>) -> Option<()> {
        let base = self.texts.back(back)?;
        varint::put(u32::try_from(back).ok()?, out);
        put_hunks(&mut self.differ, &base.text, text, out)
    }

    fn outer_change(&mut self, base: &Base, text: &[u8], out: &mut Vec<u8>) -> Option<()> {
        put_hunks(&mut self.differ, &base.text, text, out)?;
        claim(base.nth_ancestor, &base.reference, &base.text, out);
        Some(())
    }
}

/// Appends the length of a text and the hunks that make it of a base, where these are much shorter.
fn put_hunks(differ: &mut Differ, base: &[u8], text: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let quarter = text.len() / 4;
    let pieces = differ.diff(base, text, quarter)?;
    if !makes(base, &pieces, text) {
        return None;
    }
    varint::put(u32::try_from(text.len()).ok()?, out);
    list::encode(u32::try_from(base.len()).ok()?, &pieces, out);
    (out.len() <= quarter).then_some(())
}

/// Whether two texts have at least half of the new one in common where they begin and end.
fn is_like(old: &[u8], new: &[u8]) -> bool {
    let prefix = common_prefix(old, new);
    let (old, rest) = (old.get(prefix..), new.get(prefix..));
    let suffix = common_suffix(old.unwrap_or_default(), rest.unwrap_or_default());
    prefix.saturating_add(suffix) >= new.len() / 2
}
