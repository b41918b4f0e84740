//! The writer of a stream: choosing the text that another one is sent as a change of, and making the change.

use std::borrow::Cow;

use super::outside::{claim, largest_base};
use super::texts::Texts;
use super::window::Finder;
use super::{KEPT, Name};
use crate::delta::diff::{Differ, common_prefix, common_suffix};
use crate::delta::short::SHORT;
use crate::delta::{LARGEST, list, makes};
use crate::varint;
use crate::{Ref, Result};

/// At most this many direct ancestors are candidates for a base.
const DIRECT: usize = 2;
/// At most this many ancestors below the first one are candidates, if the direct ones are of another kind.
const FURTHER: usize = 4;

/// After this many texts in a row that had too little in common with an ancestor's, only texts that begin and
/// end alike are compared further: a complete comparison of unlike texts takes some 10 ns a byte.
const MOST_MISSES: u32 = 8;

/// The history before the next revision that the writer has, in the stream or outside of it.
pub trait Ancestry {
    /// Returns the refs of possible bases: its first two ancestors, then first ancestors below the first,
    /// nearest first.
    fn candidates(&mut self) -> Vec<Ref>;

    /// Returns the text of one of them, by its index; `None` if it does not exist or has more than `most`
    /// bytes.
    ///
    /// # Errors
    /// Any error of reading the store.
    fn text(&mut self, nth: usize, most: usize) -> Result<Option<Vec<u8>>>;
}

/// Finds changes.
#[derive(Debug)]
pub(super) struct Changes {
    texts: Texts,
    differ: Differ,
    /// Number of texts in a row that had too little in common with an ancestor's.
    misses: u32,
    /// Whether the other side accepts changes of texts outside of the stream.
    pub(super) takes_bases: bool,
}

/// An ancestor that is a candidate for a base.
struct Candidate {
    place: Place,
    /// Its index among the candidates given.
    nth: Option<usize>,
}

/// The place of a base.
enum Place {
    /// In the stream, this many revisions back.
    Inside(u64),
    /// Outside of it: the number of the ancestor, from 1, or 0; and its ref.
    Outside(u32, Ref),
}

/// A text that is stored as a change.
#[derive(Debug, Clone, Copy)]
pub struct Unmade<'a> {
    /// The revision that it is a change of.
    pub base: &'a Name,
    /// Hunks.
    pub list: &'a [u8],
    /// Bytes of the text.
    pub length: usize,
}

impl Changes {
    /// Keeps the latest texts as bases if `keeps`.
    pub(super) fn new(keeps: bool) -> Self {
        let differ = Differ::default();
        Self { texts: Texts::new(keeps), differ, misses: 0, takes_bases: false }
    }

    /// As `Texts::push`.
    pub(super) fn push(&mut self, text: Option<&[u8]>, parent: Option<u32>) -> Result<()> {
        self.texts.push(text, parent)
    }

    /// As `Texts::push_unmade`.
    pub(super) fn push_unmade(&mut self, length: usize, parent: Option<u32>) {
        self.texts.push_unmade(length, parent);
    }

    /// Writes a stored change into `out`, which it clears; returns whether it can be sent as it is.
    pub(super) fn copy(&self, unmade: Unmade<'_>, finder: &Finder, out: &mut Vec<u8>) -> bool {
        out.clear();
        let Unmade { base, list, length } = unmade;
        let back = finder.distance(base).filter(|&back| self.texts.back(u64::from(back)).is_some());
        let (Some(back), Ok(bytes)) = (back, u32::try_from(length)) else { return false };
        if !may_change(length) {
            return false;
        }
        varint::put(back, out);
        varint::put(bytes, out);
        out.extend_from_slice(list);
        out.len() <= length / 4
    }

    /// Writes the change that makes a text from that of an ancestor into `out`, which it clears; returns
    /// whether that is much shorter. `before` has the ancestors; those in the stream come first.
    ///
    /// # Errors
    /// Those of `before`.
    pub(super) fn find(
        &mut self,
        (ancestors, finder): (&[Name], &Finder),
        text: &[u8],
        mut before: Option<&mut dyn Ancestry>,
        out: &mut Vec<u8>,
    ) -> Result<bool> {
        out.clear();
        if !may_change(text.len()) {
            return Ok(false);
        }
        let candidates = match &mut before {
            Some(before) => self.candidates((ancestors, finder), *before),
            None => self.inside(ancestors, finder),
        };
        let Self { texts, differ, misses, .. } = self;
        let mut nearest = None;
        for candidate in candidates {
            let held = match candidate.place {
                Place::Inside(back) => texts.back(back).and_then(|kept| kept.text.as_deref()),
                Place::Outside(..) => None,
            };
            let base = match (held, &mut before, candidate.nth) {
                (Some(held), _, _) => Cow::Borrowed(held),
                // Each must be read.
                (None, Some(before), Some(nth)) if nth < DIRECT || *misses < MOST_MISSES => {
                    let most = candidate.most(text.len());
                    let Some(text) = before.text(nth, most)? else { continue };
                    Cow::Owned(text)
                }
                _ => continue,
            };
            if base.len() < SHORT {
                continue;
            }
            let is_alike = is_like(&base, text);
            if is_alike || nearest.is_none() {
                nearest = Some((candidate, base, is_alike));
            }
            if is_alike {
                break;
            }
        }
        // If none begins and ends alike, the nearest is as good as any.
        let Some((candidate, base, _)) =
            nearest.filter(|(_, _, is_alike)| *is_alike || *misses < MOST_MISSES)
        else {
            return Ok(false);
        };
        let is_found = candidate.put(differ, &base, text, out).is_some();
        *misses = if is_found { 0 } else { misses.saturating_add(1) };
        Ok(is_found)
    }

    /// Returns the candidates given, with those in the stream first.
    fn candidates(
        &self,
        (ancestors, finder): (&[Name], &Finder),
        before: &mut dyn Ancestry,
    ) -> Vec<Candidate> {
        let direct = ancestors.len().min(DIRECT);
        let (mut all, mut outside) = (Vec::new(), Vec::new());
        for (nth, reference) in before.candidates().into_iter().enumerate() {
            let nth = Some(nth);
            match finder.distance(&Name::Ref(reference)).map(u64::from) {
                Some(back) if self.texts.back(back).is_some() => {
                    all.push(Candidate { place: Place::Inside(back), nth });
                }
                None if self.takes_bases => {
                    let nth_ancestor =
                        nth.filter(|&nth| nth < direct).map_or(0, |nth| nth.saturating_add(1));
                    let nth_ancestor = u32::try_from(nth_ancestor).unwrap_or(0);
                    outside.push(Candidate { place: Place::Outside(nth_ancestor, reference), nth });
                }
                _ => {}
            }
        }
        all.append(&mut outside);
        all
    }

    /// Returns the candidates in the stream: direct ancestors, then those below the first.
    fn inside(&self, ancestors: &[Name], finder: &Finder) -> Vec<Candidate> {
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
        let candidate = |back| Candidate { place: Place::Inside(back), nth: None };
        inside.into_iter().map(candidate).collect()
    }
}

impl Candidate {
    /// Returns the maximum of bytes that it may have as a base of a text.
    fn most(&self, text: usize) -> usize {
        match self.place {
            Place::Inside(_) => KEPT,
            Place::Outside(..) => largest_base(text),
        }
    }

    /// Writes the change that makes a text from this one's, if that is much shorter.
    fn put(&self, differ: &mut Differ, base: &[u8], text: &[u8], out: &mut Vec<u8>) -> Option<()> {
        match &self.place {
            Place::Inside(back) => {
                varint::put(u32::try_from(*back).ok()?, out);
                put_hunks(differ, base, text, out)
            }
            Place::Outside(nth_ancestor, reference) => {
                put_hunks(differ, base, text, out)?;
                claim(*nth_ancestor, reference, base, out);
                Some(())
            }
        }
    }
}

/// Whether a text of this many bytes may be sent as a change.
fn may_change(length: usize) -> bool {
    (SHORT..=KEPT.min(LARGEST)).contains(&length)
}

/// Appends the length of a text, and the hunks that make it from a base, if these are much shorter.
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

/// Whether the common beginning and end of two texts are at least half of the new one.
fn is_like(old: &[u8], new: &[u8]) -> bool {
    let prefix = common_prefix(old, new);
    let (old, rest) = (old.get(prefix..), new.get(prefix..));
    let suffix = common_suffix(old.unwrap_or_default(), rest.unwrap_or_default());
    prefix.saturating_add(suffix) >= new.len() / 2
}
