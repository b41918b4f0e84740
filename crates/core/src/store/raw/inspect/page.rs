//! Pages of an LMDB file, read field by field from untrusted bytes.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::fs::File;
use std::io;

use super::wrong::Wrong;
use crate::store::format::stamp;

/// Bytes of a meta page that are read.
const META_LEN: usize = stamp::GIVEN_UP_AT + stamp::GIVEN_UP_LEN;
const HEADER: usize = 16;
const MAGIC: u32 = 0xBEEF_C0DE;
pub(super) const DATA_VERSION: u32 = 1;
const META_FLAG: u16 = 0x08;
const NO_PAGE: u64 = u64::MAX;

/// Flags of a leaf's node: its value is in place, on overflow pages, or a table.
const IN_PLACE: u16 = 0;
const BIG: u16 = 1;
const TABLE: u16 = 2;

/// Kinds of pages.
pub(super) const BRANCH: u16 = 0x01;
pub(in crate::store) const LEAF: u16 = 0x02;
pub(in crate::store) const OVERFLOW: u16 = 0x04;

/// A table: its root page and its counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) struct Tree {
    /// `None`: the table is empty.
    pub(super) root: Option<u64>,
    pub(super) flags: u16,
    pub(super) depth: u16,
    pub(super) branches: u64,
    pub(super) leaves: u64,
    pub(super) overflow: u64,
    pub(super) entries: u64,
}

impl Tree {
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let root = u64_at(bytes, 40)?;
        Some(Self {
            root: (root != NO_PAGE).then_some(root),
            flags: u16_at(bytes, 4)?,
            depth: u16_at(bytes, 6)?,
            branches: u64_at(bytes, 8)?,
            leaves: u64_at(bytes, 16)?,
            overflow: u64_at(bytes, 24)?,
            entries: u64_at(bytes, 32)?,
        })
    }
}

/// A meta page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) struct Meta {
    /// Its own number: 0 or 1.
    pub(super) number: u64,
    pub(super) version: u32,
    pub(in crate::store) page_size: u32,
    pub(super) map_size: u64,
    pub(super) free: Tree,
    pub(super) main: Tree,
    /// Number of the last page in use, now or before.
    pub(in crate::store) last_page: u64,
    pub(in crate::store) txn: u64,
    /// The transaction that this page was meant for, if writing it failed.
    pub(super) given_up: Option<u64>,
}

impl Meta {
    pub(in crate::store) fn read(file: &File, offset: u64) -> Result<Self, Wrong> {
        let meta = Self::read_any(file, offset)?;
        if meta.version == DATA_VERSION { Ok(meta) } else { Err(meta.newer()) }
    }

    /// Reads a meta page of any version of LMDB.
    pub(super) fn read_any(file: &File, offset: u64) -> Result<Self, Wrong> {
        let mut bytes = [0; META_LEN];
        match read_at(file, offset, &mut bytes) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                return Err(Wrong::Damaged("it is cut short"));
            }
            other => other?,
        }
        if u16_at(&bytes, 10) != Some(META_FLAG) || u32_at(&bytes, 16) != Some(MAGIC) {
            return Err(Wrong::Foreign("it is not an LMDB file"));
        }
        Self::parse(&bytes).ok_or(Wrong::Damaged("a meta page makes no sense"))
    }

    pub(super) fn newer(&self) -> Wrong {
        Wrong::Newer(format!("of LMDB itself, {}", self.version))
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let page_size = u32_at(bytes, 40)?;
        if !page_size.is_power_of_two() || !(512..=65_536).contains(&page_size) {
            return None;
        }
        Some(Self {
            number: u64_at(bytes, 0)?,
            version: u32_at(bytes, 20)?,
            page_size,
            map_size: u64_at(bytes, 32)?,
            free: Tree::parse(bytes.get(40..88)?)?,
            main: Tree::parse(bytes.get(88..136)?)?,
            last_page: u64_at(bytes, 136)?,
            txn: u64_at(bytes, 144)?,
            given_up: stamp::decode_given_up(bytes.get(stamp::GIVEN_UP_AT..)?),
        })
    }
}

/// A page of a tree.
pub(in crate::store) struct Page<'a>(pub(in crate::store) &'a [u8]);

impl<'a> Page<'a> {
    pub(in crate::store) fn number(&self) -> Option<u64> {
        u64_at(self.0, 0)
    }

    pub(in crate::store) fn flags(&self) -> Option<u16> {
        u16_at(self.0, 10)
    }

    /// Number of pages that the value of an overflow page takes.
    pub(in crate::store) fn overflow_pages(&self) -> Option<u32> {
        u32_at(self.0, 12)
    }

    /// Returns the nodes; `None` if the page is inconsistent.
    pub(super) fn nodes(&self) -> Option<Vec<Node<'a>>> {
        let (lower, upper) = (u16_at(self.0, 12)?, u16_at(self.0, 14)?);
        let pointers = self.0.get(HEADER..usize::from(lower))?;
        if lower > upper || pointers.len() % 2 != 0 {
            return None;
        }
        let mut nodes = Vec::with_capacity(pointers.len() / 2);
        for pointer in pointers.chunks_exact(2) {
            let at = u16_at(pointer, 0).filter(|&at| at >= upper)?;
            nodes.push(Node::parse(self.0.get(usize::from(at)..)?)?);
        }
        Some(nodes)
    }
}

impl<'a> Page<'a> {
    /// Returns the nodes of a page in which each bit is consistent: they fill it to its end, side by side.
    pub(super) fn whole_nodes(&self, kind: u16) -> Option<Vec<Node<'a>>> {
        let (lower, upper) = (u16_at(self.0, 12)?, u16_at(self.0, 14)?);
        let nodes = self.nodes().filter(|nodes| !nodes.is_empty())?;
        let mut spans = Vec::with_capacity(nodes.len());
        let pointers = self.0.get(HEADER..usize::from(lower))?.chunks_exact(2);
        for (pointer, node) in pointers.zip(&nodes) {
            let start = usize::from(u16_at(pointer, 0)?);
            let end = start.checked_add(node.room(kind)?)?;
            spans.push((start, end.checked_add(end & 1)?));
        }
        spans.sort_unstable();
        let mut next = usize::from(upper);
        for (start, end) in spans {
            if start != next {
                return None;
            }
            next = end;
        }
        (next == self.0.len()).then_some(nodes)
    }
}

/// A node: a key with a child or a value.
pub(in crate::store) struct Node<'a> {
    size: u32,
    flags: u16,
    pub(in crate::store) key: &'a [u8],
    rest: &'a [u8],
}

impl<'a> Node<'a> {
    pub(in crate::store) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let size = u32::from(u16_at(bytes, 0)?) | u32::from(u16_at(bytes, 2)?) << 16;
        let (key, rest) = bytes.get(8..)?.split_at_checked(usize::from(u16_at(bytes, 6)?))?;
        Some(Self { size, flags: u16_at(bytes, 4)?, key, rest })
    }

    /// Returns the bytes that it takes on a page of a kind; `None` if it has impossible flags.
    fn room(&self, kind: u16) -> Option<usize> {
        let value = match (kind, self.flags) {
            (BRANCH, _) => 0,
            (_, IN_PLACE | TABLE) => self.size as usize,
            (_, BIG) => 8,
            _ => return None,
        };
        self.key.len().checked_add(8)?.checked_add(value)
    }

    /// Whether it is the record of a table.
    pub(super) const fn is_table(&self) -> bool {
        self.flags == TABLE
    }

    /// The child that a branch node points at.
    pub(super) fn child(&self) -> u64 {
        u64::from(self.size) | u64::from(self.flags) << 32
    }

    /// Returns the overflow page where a large value starts, and the value's size.
    pub(super) fn overflow(&self) -> Option<(Option<u64>, u32)> {
        (self.flags & 0x01 != 0).then(|| (u64_at(self.rest, 0), self.size))
    }

    /// Returns the value in the page; empty if it does not fit.
    pub(super) fn inline(&self) -> &'a [u8] {
        self.rest.get(..self.size as usize).unwrap_or_default()
    }

    /// Whether the value fits on its page.
    pub(super) fn fits(&self) -> bool {
        self.flags & 0x01 != 0 || self.size as usize <= self.rest.len()
    }

    /// Returns the table that the value describes, if it does.
    pub(in crate::store) fn table(&self) -> Option<Tree> {
        if self.flags & 0x02 == 0 || self.size != 48 {
            return None;
        }
        Tree::parse(self.rest)
    }
}

/// Reads `bytes.len()` bytes from `offset`.
pub(in crate::store) fn read_at(file: &File, offset: u64, bytes: &mut [u8]) -> io::Result<()> {
    let read = read_up_to(file, offset, bytes)?;
    if read == bytes.len() { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

/// Reads from `offset` until `bytes` are full or the file ends; returns the number of bytes read. Reads by
/// offset, since others read the same file meanwhile.
pub(in crate::store) fn read_up_to(
    file: &File,
    offset: u64,
    mut bytes: &mut [u8],
) -> io::Result<usize> {
    #[cfg(unix)]
    let read_some = std::os::unix::fs::FileExt::read_at;
    #[cfg(windows)]
    let read_some = std::os::windows::fs::FileExt::seek_read;
    let whole = bytes.len();
    while !bytes.is_empty() {
        let done = whole.saturating_sub(bytes.len()) as u64;
        match read_some(file, bytes, offset.saturating_add(done)) {
            Ok(0) => break,
            Ok(count) => bytes = bytes.get_mut(count..).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(whole.saturating_sub(bytes.len()))
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|field| u16::from_le_bytes(*field))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|field| u32::from_le_bytes(*field))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().map(|field| u64::from_le_bytes(*field))
}
