//! The base of a text: at first the text before it (a link), then the last snapshot (a snapshot), then none (a
//! whole text).
//!
//! So a read needs one whole text, the snapshots on it and the links on the last of these: at most 96 records.

use std::sync::Arc;

use super::diff::Differ;
use super::{Piece, fold, list, makes};

/// At most this many records in a chain, including the whole text.
pub(crate) const MOST_RECORDS: usize = 96;
/// Texts with fewer bytes are whole.
pub(crate) const SHORTEST: usize = 128;
/// At most this many links on a whole text or a snapshot.
const LINKS: usize = 32;

/// A text that others may be based on, with its chain.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) text: Arc<[u8]>,
    /// The last record of the chain that is a snapshot or whole.
    anchor: u32,
    /// Bytes of the anchor's text.
    anchor_length: u32,
    /// The changes from the anchor's text to this one.
    links: Vec<Link>,
    /// Number of records of the chain up to the anchor.
    records: usize,
    /// Bytes stored for the snapshots from the whole text to the anchor, including it; and for the whole text.
    weight: usize,
    whole: usize,
}

/// A record of a chain that is not whole.
#[derive(Debug, Clone)]
pub(crate) struct Link {
    pub(crate) at: u32,
    /// Hunks on the record before.
    pub(crate) list: Arc<[u8]>,
    /// Bytes of the text.
    pub(crate) length: u32,
    /// Bytes stored.
    pub(crate) stored: usize,
    pub(crate) is_snapshot: bool,
}

/// How to store a text.
#[derive(Debug)]
pub(crate) enum Plan {
    /// As hunks.
    Based(Based),
    /// Whole, since the chain is full.
    Whole,
    /// On another base, since the texts have little in common.
    Unlike,
}

/// A text stored as a change.
#[derive(Debug)]
pub(crate) struct Based {
    /// Position of the base.
    pub(crate) base: u32,
    /// Hunks on the base.
    pub(crate) list: Vec<u8>,
    pub(crate) is_snapshot: bool,
}

impl Known {
    /// A text stored whole at `at`, in `stored` bytes.
    pub(crate) fn whole(at: u32, text: Arc<[u8]>, stored: usize) -> Self {
        let anchor_length = length(&text);
        let links = Vec::new();
        Self { text, anchor: at, anchor_length, links, records: 1, weight: 0, whole: stored }
    }

    /// Returns the same for `text`, which the next record of the chain makes from this one.
    pub(crate) fn with(mut self, text: Arc<[u8]>, link: Link) -> Self {
        if link.is_snapshot {
            self.records += self.links.len() + 1;
            self.weight += self.links.iter().map(|link| link.stored).sum::<usize>() + link.stored;
            self.links.clear();
            (self.anchor, self.anchor_length) = (link.at, link.length);
        } else {
            self.links.push(link);
        }
        self.text = text;
        self
    }

    /// Returns the last record of the chain that is a snapshot or whole.
    pub(crate) const fn anchor(&self) -> u32 {
        self.anchor
    }

    /// Number of records of its chain.
    pub(crate) const fn records(&self) -> usize {
        self.records + self.links.len()
    }

    /// Bytes that it takes in memory.
    pub(crate) fn size(&self) -> usize {
        let links: usize = self.links.iter().map(|link| link.list.len() + size_of::<Link>()).sum();
        self.text.len() + links + size_of::<Self>()
    }

    /// Plans how to store `text`, based on this one at `at`, or on its anchor if `may_anchor`.
    pub(crate) fn plan(&self, at: u32, text: &[u8], may_anchor: bool, differ: &mut Differ) -> Plan {
        let quarter = text.len() / 4;
        let Some(pieces) = differ.diff(&self.text, text, quarter) else { return Plan::Unlike };
        if !makes(&self.text, &pieces, text) {
            return Plan::Unlike;
        }
        let is_snapshot = self.links.len() >= LINKS;
        let records = if is_snapshot { self.records } else { self.records() } + 1;
        if records > MOST_RECORDS || (is_snapshot && !may_anchor) {
            return Plan::Whole;
        }
        let mut list = Vec::new();
        list::encode(length(&self.text), &pieces, &mut list);
        if !is_snapshot {
            let based = Based { base: at, list, is_snapshot };
            return if based.list.len() > quarter { Plan::Unlike } else { Plan::Based(based) };
        }
        match self.on_anchor(&list, length(text)) {
            Some(list) if list.len() <= quarter && 2 * (self.weight + list.len()) <= self.whole => {
                Plan::Based(Based { base: self.anchor, list, is_snapshot })
            }
            _ => Plan::Whole,
        }
    }

    /// Returns the same for `text`, which was stored based on this one.
    pub(crate) fn followed_by(&self, text: Arc<[u8]>, link: Link) -> Self {
        let links = if link.is_snapshot { Vec::new() } else { self.links.clone() };
        Self { text: Arc::clone(&self.text), links, ..*self }.with(text, link)
    }

    /// Joins the hunks of the links and `last`, which makes a text of `text` bytes, into one list on the
    /// anchor.
    fn on_anchor(&self, last: &[u8], text: u32) -> Option<Vec<u8>> {
        let lists = self.links.iter().map(|link| (&*link.list, link.length));
        as_one(self.anchor_length, lists.chain([(last, text)]))
    }
}

/// Joins lists of hunks, each with the length of the text that it makes, into one on a text of `base` bytes.
/// `None` if one is damaged, or they are too large to fold.
pub(crate) fn folded<'a>(
    base: u32,
    lists: impl Iterator<Item = (&'a [u8], u32)>,
) -> Option<Vec<Piece<'a>>> {
    let mut base = base;
    let mut chain = Vec::new();
    for (bytes, text) in lists {
        chain.push(list::decode(base, text, bytes)?);
        base = text;
    }
    fold::fold_all(chain)
}

/// As `folded`, written as a list.
pub(crate) fn as_one<'a>(
    base: u32,
    lists: impl Iterator<Item = (&'a [u8], u32)>,
) -> Option<Vec<u8>> {
    let mut list = Vec::new();
    list::encode(base, &folded(base, lists)?, &mut list);
    Some(list)
}

/// Texts too long for `u32` have no deltas.
fn length(text: &[u8]) -> u32 {
    u32::try_from(text.len()).unwrap_or(u32::MAX)
}
