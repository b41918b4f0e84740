//! Rescue: the revisions in a file that does not open.
//!
//! Trusts nothing. Looks for records and chunks with the right checksum at every place where a node could be,
//! on every page of the file, whether a tree leads to the page or not. A revision is returned only if its ref
//! is the hash of its payload and of the refs of all its ancestors. Positions say which records belong
//! together. Only reads. Pages that LMDB has freed hold older copies of records, which are as good. A record on
//! a page that is marked as a leaf takes precedence, and pages of large values, which could contain anything,
//! are not searched.
//!
//! One thing in a table is trusted: its deletions (`deaths`), so that nothing that was erased or pruned comes
//! back from freed pages.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::File;
use std::path::Path;

use crate::graph::{Pos, Step};
use crate::revision::{Kind, ref_of_content};
use crate::store::chain::Remaker;
use crate::store::files::{DATA_FILE, fault, regular};
use crate::store::format::chunk::{self, CHUNK};
use crate::store::format::record;
use crate::store::raw::deaths::{Deaths, position};
use crate::store::raw::inspect::page::{LEAF, Meta, Node, OVERFLOW, Page};
use crate::store::raw::inspect::tree::Walker;
use crate::{Ref, Result};

/// Pages searched at a time: about 1 ms.
const PAGE_BATCH: u64 = 256;
/// Bytes of a page if no meta page says it.
const USUAL_PAGE: u32 = 4096;
/// Bytes of a page before its nodes.
const HEADER: usize = 16;

/// A rescue in progress: first all pages are searched, then revisions are taken.
#[derive(Debug)]
pub struct Rescue {
    file: File,
    page_size: u32,
    next_page: u64,
    pages: u64,
    /// Pages before this one belong, or belonged, to a large value, unless they are marked as leaves.
    large_until: u64,
    /// Where each whole record is, by position.
    records: BTreeMap<u32, Standing>,
    /// Refs by position, also of records with a damaged payload.
    refs: HashMap<u32, Ref>,
    /// The refs of chunks, by first position.
    chunks: HashMap<u32, Vec<Ref>>,
    /// Deleted revisions; `None` before the first step.
    deaths: Option<Deaths>,
    /// The position to take next.
    next: u32,
    /// Positions that were returned with all their ancestors; present if only such revisions are wanted.
    complete: Option<HashSet<u32>>,
    remaker: Remaker,
}

/// Where a record is.
#[derive(Debug, Clone, Copy)]
struct Standing {
    page: u64,
    /// Bytes from the start of the page to the node.
    offset: usize,
    /// Whether the page is marked as a leaf.
    on_leaf: bool,
}

/// A rescued revision.
#[derive(Debug)]
pub struct Rescued {
    /// Its ref, computed again.
    pub reference: Ref,
    /// The refs of its direct ancestors, in order.
    pub ancestors: Vec<Ref>,
    /// How to read the payload.
    pub kind: Kind,
    /// Canonical JSON, or the bytes themselves.
    pub payload: Vec<u8>,
    /// The canonical JSON of its meta, if it has one.
    pub meta: Option<Vec<u8>>,
}

impl Rescue {
    /// Opens a data file, or the one in a folder. `dangling`: whether to return revisions whose ancestors
    /// cannot all be rescued.
    ///
    /// # Errors
    /// `Store` if the file cannot be read.
    pub fn open(path: &Path, dangling: bool) -> Result<Self> {
        let path = if path.is_dir() { path.join(DATA_FILE) } else { path.to_path_buf() };
        let failed = |error: std::io::Error| fault::from_io("read", &path, &error);
        let file = regular::open(&path, File::options().read(true)).map_err(failed)?;
        let length = file.metadata().map_err(failed)?.len();
        let page_size = page_size(&file);
        Ok(Self {
            file,
            page_size,
            next_page: 0,
            large_until: 0,
            pages: length.div_ceil(page_size.into()),
            records: BTreeMap::new(),
            refs: HashMap::new(),
            chunks: HashMap::new(),
            deaths: None,
            next: 0,
            complete: (!dangling).then(HashSet::new),
            remaker: Remaker::default(),
        })
    }

    /// Returns the number of pages searched, and their total.
    pub fn progress(&self) -> (u64, u64) {
        (self.next_page, self.pages)
    }

    /// Reads the deletions first, then searches some more pages. A page that cannot be read counts as empty.
    pub fn step(&mut self) -> Step<()> {
        if self.deaths.is_none() {
            self.deaths = Some(Deaths::read(&self.file, self.page_size));
        }
        let end = self.pages.min(self.next_page.saturating_add(PAGE_BATCH));
        let mut buffer = vec![0; self.page_size as usize];
        while self.next_page < end {
            let number = self.next_page;
            buffer.fill(0); // the last page may be cut short; the rest is zeros
            let read = self.walker().is_some_and(|walker| walker.read(number, &mut buffer).is_ok());
            let page = Page(&buffer);
            let kind = page.flags().filter(|_| page.number() == Some(number));
            if kind == Some(OVERFLOW) {
                let count = page.overflow_pages().map_or(1, |count| count.max(1));
                self.large_until = self.large_until.max(number.saturating_add(count.into()));
            }
            let on_leaf = kind == Some(LEAF);
            if read && (on_leaf || number >= self.large_until) {
                self.search(number, &buffer, on_leaf);
            }
            self.next_page = number.saturating_add(1);
        }
        if self.next_page == self.pages { Step::Done(()) } else { Step::Pending }
    }

    /// Searches every place of a page where a node could be: each even offset.
    fn search(&mut self, number: u64, bytes: &[u8], on_leaf: bool) {
        for offset in (HEADER..bytes.len()).step_by(2) {
            let Some(node) = bytes.get(offset..).and_then(Node::parse) else { continue };
            let Some(pos) = position(&node).map(Pos::get) else { continue };
            let value = self.walker().and_then(|walker| walker.value_of(&node));
            if let Some(value) = value {
                self.note(pos, &value, Standing { page: number, offset, on_leaf });
            }
        }
    }

    /// Keeps a value under the key of a position, if it is a record or a chunk.
    fn note(&mut self, pos: u32, value: &[u8], at: Standing) {
        if let Some(record) = record::decode(Pos::new(pos), value) {
            if at.on_leaf {
                self.refs.insert(pos, record.reference);
            } else {
                self.refs.entry(pos).or_insert(record.reference);
            }
            let known = self.records.get(&pos).is_some_and(|known| known.on_leaf);
            if record.is_whole() && (at.on_leaf || !known) {
                self.records.insert(pos, at);
            }
        } else if let Some(refs) = refs_of_chunk(pos, value) {
            self.chunks.insert(pos, refs);
        }
    }

    fn walker(&self) -> Option<Walker<'_>> {
        Walker::new(&self.file, self.page_size).ok()
    }

    /// Takes the next revision, ancestors before descendants; `None` at the end.
    pub fn take(&mut self) -> Option<Rescued> {
        loop {
            let (&pos, &at) = self.records.range(self.next..).next()?;
            self.next = pos.checked_add(1)?;
            if let Some(rescued) = self.whole(pos, at) {
                return Some(rescued);
            }
        }
    }

    /// Returns the revision at a position, if everything is right.
    fn whole(&mut self, pos: u32, at: Standing) -> Option<Rescued> {
        if self.deaths.as_ref().is_some_and(|deaths| deaths.has_taken(pos)) {
            return None;
        }
        let value = self.read(at)?;
        let record = record::decode(Pos::new(pos), &value)?;
        let parents: Vec<_> = record.parents().map(Pos::get).collect();
        let ancestors: Option<Vec<_>> = parents.iter().map(|&parent| self.ref_at(parent)).collect();
        let ancestors = ancestors?;
        let kind = record.kind;
        let mut remaker = std::mem::take(&mut self.remaker);
        // The texts between are not returned: they may have been deleted since.
        let payload = remaker.text(Pos::new(pos), &value, &|base| self.value_at(base));
        self.remaker = remaker;
        let payload = payload.ok()??.into_owned();
        let meta = record.meta().ok()?;
        let reference = ref_of_content(&ancestors, kind, &payload, meta);
        if reference != record.reference {
            return None;
        }
        if let Some(complete) = &mut self.complete {
            if !parents.iter().all(|parent| complete.contains(parent)) {
                return None;
            }
            complete.insert(pos);
        }
        Some(Rescued { reference, ancestors, kind, payload, meta: meta.map(<[u8]>::to_vec) })
    }

    fn value_at(&self, pos: Pos) -> Option<Vec<u8>> {
        self.read(*self.records.get(&pos.get())?)
    }

    fn read(&self, at: Standing) -> Option<Vec<u8>> {
        let walker = self.walker()?;
        let mut buffer = vec![0; self.page_size as usize];
        walker.read(at.page, &mut buffer).ok()?;
        let node = Node::parse(buffer.get(at.offset..)?)?;
        walker.value_of(&node).map(Cow::into_owned)
    }

    fn ref_at(&self, pos: u32) -> Option<Ref> {
        let known = self.deaths.as_ref().and_then(|deaths| deaths.ref_at(pos));
        known.or_else(|| self.refs.get(&pos).copied()).or_else(|| {
            let slot = pos.checked_rem(CHUNK)?;
            let refs = self.chunks.get(&pos.checked_sub(slot)?)?;
            refs.get(slot as usize).copied()
        })
    }
}

fn refs_of_chunk(first: u32, value: &[u8]) -> Option<Vec<Ref>> {
    if !first.is_multiple_of(CHUNK) {
        return None;
    }
    let mut decoder = chunk::decode(Pos::new(first), value)?;
    let mut parents = Vec::new();
    Some(std::iter::from_fn(|| decoder.next(&mut parents)).collect())
}

/// Returns the page size of the first meta page, or else of the second, which is at the first offset that
/// matches its own page size.
fn page_size(file: &File) -> u32 {
    if let Ok(meta) = Meta::read(file, 0) {
        return meta.page_size;
    }
    let sizes = (9..=16).map(|power| 1_u32 << power);
    let mut metas = sizes.filter_map(|size| Some((size, Meta::read(file, size.into()).ok()?)));
    metas.find(|(size, meta)| meta.page_size == *size).map_or(USUAL_PAGE, |(size, _)| size)
}
