//! Which revisions changed the value at a place.
//!
//! A text that is stored as a change of another one has that one's value if the change keeps every byte that the
//! value depends on. Such a text is not made: its record says enough. Others are made one from another, in the
//! order of their bases, and looked into.

use std::borrow::Cow;

use hashbrown::HashMap;

use super::Engine;
use crate::Result;
use crate::delta::chain::MOST_RECORDS;
use crate::delta::{Piece, list};
use crate::graph::{Graph, Pos};
use crate::json::{LookedUp, look_up};
use crate::revision::{Kind, digest};
use crate::store::{StoredChange, View, made};

/// The revisions of a list that changed a value.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Changed {
    /// Their indices in the list, ascending.
    pub at: Vec<usize>,
    /// How many of the list were examined.
    pub looked: usize,
}

impl Engine {
    /// Finds those of `at` whose value at the path `steps` differs from that in each direct ancestor, at most
    /// `limit`; a root counts if it has a value. Binary data is one value, at the empty path. Costs least if
    /// ancestors come after their descendants. An error after the first revision ends the search: it is
    /// returned when that revision comes first.
    ///
    /// # Errors
    /// As `payload`, for a revision or a direct ancestor of it.
    pub fn changed_at<S: AsRef<str>>(
        &self,
        at: &[Pos],
        steps: &[S],
        limit: usize,
    ) -> Result<Changed> {
        let graph = self.graph();
        let (changed, absent) = self.medium.read(|view| {
            let mut values = Values { graph: &graph, view, steps, seen: HashMap::new() };
            let mut changed = Changed::default();
            for (index, &pos) in at.iter().enumerate() {
                match values.is_changed(pos) {
                    Ok(Ok(is_changed)) => changed.at.extend(is_changed.then_some(index)),
                    Ok(Err(absent)) => return Ok((changed, Some(absent))),
                    Err(error) if index == 0 => return Err(error),
                    Err(_) => break,
                }
                changed.looked = index + 1;
                if changed.at.len() >= limit {
                    break;
                }
            }
            Ok((changed, None))
        })?;
        match absent {
            Some(pos) if changed.looked == 0 => Err(self.noted_absence(&graph, pos)),
            _ => Ok(changed),
        }
    }
}

/// What is known of the value in a text.
#[derive(Debug, Clone, Copy)]
struct Seen {
    /// Kind and hash; `None` if there is no value.
    print: Option<(Kind, [u8; 32])>,
    /// The kind of the text, and its bytes.
    kind: Kind,
    length: usize,
    /// How many of these, from the first one on, the value depends on: `LookedUp::reach`.
    reach: usize,
}

/// Changes, each with the position of the text that it makes, the last one first.
type Way<'a> = Vec<(Pos, StoredChange<'a>)>;

/// What is known of a text, and the text if it was read.
type Looked<'a> = (Seen, Option<Cow<'a, [u8]>>);

/// The values at one path, as of one transaction.
struct Values<'a, S> {
    graph: &'a Graph,
    view: &'a dyn View,
    steps: &'a [S],
    seen: HashMap<Pos, Seen>,
}

impl<'a, S: AsRef<str>> Values<'a, S> {
    /// Whether the value differs from that in each direct ancestor; the position of a text that is missing or
    /// damaged as an error.
    fn is_changed(&mut self, pos: Pos) -> Result<Result<bool, Pos>> {
        let Some(own) = self.seen(pos)? else { return Ok(Err(pos)) };
        let mut is_root = true;
        for parent in self.graph.parents(pos) {
            let Some(before) = self.seen(parent)? else { return Ok(Err(parent)) };
            if before.print == own.print {
                return Ok(Ok(false));
            }
            is_root = false;
        }
        Ok(Ok(own.print.is_some() || !is_root))
    }

    /// Returns what is known of the value in the text at a position; `None` if the text is missing or damaged.
    fn seen(&mut self, pos: Pos) -> Result<Option<Seen>> {
        if let Some(seen) = self.seen.get(&pos) {
            return Ok(Some(*seen));
        }
        let Some((at, above)) = self.way_to(pos)? else { return Ok(None) };
        let known = self.seen.get(&at).map(|seen| (*seen, None));
        let Some(begin) = known.map_or_else(|| self.read_text(at), |known| Ok(Some(known)))? else {
            return Ok(None);
        };
        self.follow(begin, above)
    }

    /// Returns where the changes that make the text at a position begin, at a text that is known or is to be read,
    /// and these changes, the last one first; `None` if the text does not exist.
    fn way_to(&self, pos: Pos) -> Result<Option<(Pos, Way<'a>)>> {
        let (mut at, mut above) = (pos, Vec::new());
        while !self.seen.contains_key(&at) {
            if !self.is_there(at) {
                let Some((last, _)) = above.pop() else { return Ok(None) };
                return Ok(Some((last, above)));
            }
            match self.view.change(at, self.graph.ref_at(at))? {
                Some(change) if above.len() < MOST_RECORDS => {
                    let base = change.base;
                    above.push((at, change));
                    at = base;
                }
                _ => break,
            }
        }
        Ok(Some((at, above)))
    }

    /// Follows changes from a text, which is there if it was read; `None` if one is damaged.
    fn follow(&mut self, (mut seen, mut text): Looked<'a>, above: Way<'a>) -> Result<Option<Seen>> {
        // The changes since `text`.
        let mut lists = Vec::new();
        for (pos, mut change) in above.into_iter().rev() {
            let Some(kept) = kept(seen.length, change.length, &change.list) else {
                return Ok(None);
            };
            lists.push((std::mem::take(&mut change.list), change.length));
            let is_same = kept == seen.length && kept == change.length;
            if change.kind == seen.kind && (is_same || seen.reach <= kept) {
                seen.length = change.length;
                self.seen.insert(pos, seen);
                continue;
            }
            let next = match &text {
                None => self.read_text(pos)?,
                Some(base) => made(base, &lists)?
                    .filter(|text| change.is_of(text))
                    .map(|text| (self.look(pos, change.kind, &text), Some(Cow::Owned(text)))),
            };
            let Some(made) = next else { return Ok(None) };
            (seen, text) = made;
            lists.clear();
        }
        Ok(Some(seen))
    }

    /// Whether the data at a position exists.
    fn is_there(&self, pos: Pos) -> bool {
        self.graph.loss(pos).is_none() && !self.graph.dead().is_deleted(pos)
    }

    /// Reads the text at a position, and looks into it.
    fn read_text(&mut self, pos: Pos) -> Result<Option<Looked<'a>>> {
        let Some(data) = self.view.data(pos, self.graph.ref_at(pos))? else { return Ok(None) };
        Ok(Some((self.look(pos, data.kind, &data.payload), Some(data.payload))))
    }

    /// Looks into the text at a position.
    fn look(&mut self, pos: Pos, kind: Kind, text: &[u8]) -> Seen {
        let LookedUp { value, reach } = match kind {
            Kind::Json => look_up(text, self.steps),
            Kind::Bytes if self.steps.is_empty() => {
                LookedUp { value: Some(text), reach: text.len().saturating_add(1) }
            }
            Kind::Bytes => LookedUp { value: None, reach: 0 },
        };
        let print = value.map(|value| (kind, digest(value)));
        let seen = Seen { print, kind, length: text.len(), reach };
        self.seen.insert(pos, seen);
        seen
    }
}

/// Returns how many bytes at the beginning of a text are those of its base, at least; `None` if the hunks are
/// damaged.
fn kept(base: usize, text: usize, hunks: &[u8]) -> Option<usize> {
    let number = |length: usize| u32::try_from(length).ok();
    let pieces = list::decode(number(base)?, number(text)?, hunks)?;
    Some(match pieces.first() {
        Some(Piece::Copy { start: 0, len }) => *len as usize,
        _ => 0,
    })
}
