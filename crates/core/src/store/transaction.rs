//! The operations that the engine needs from a store, on disk or in memory, so that its algorithms exist once.

use std::borrow::Cow;
use std::ops::ControlFlow;

use super::files::fault::Fault;
use super::format::gc_marks::Marks;
use super::format::tombstone::Remains;
use super::name_range::NameRange;
use crate::graph::{DeadBlock, Graph, Index, Pos};
use crate::revision::{Kind, StoredMeta};
use crate::write::{Changes, Stored, Swept};
use crate::{Ref, Result};

/// A store as one transaction sees it.
pub(crate) trait View: Stored {
    /// The number of the last commit that it sees; of a write transaction, the number that it gets.
    fn id(&self) -> usize;

    /// The position that the next revision gets.
    fn next(&self) -> Result<u32>;

    /// Loads some of the revisions below `next` into an index that lacks them.
    fn load_some(&self, next: u32, index: &mut Index) -> Result<()>;

    /// Shows the metas of revisions at positions, none of them deleted, in order, until `show` returns `false`: an error
    /// where one, or what says where it is, is damaged. Reads no data. Costs least where each position is just below the
    /// one before. Returns whether more are wanted.
    fn metas(&self, at: &[Pos], graph: &Graph, show: ShowMeta<'_>) -> Result<bool>;

    /// Returns how the data at a position is made from that of another one, if it is stored so. `None` if it is
    /// stored in another way, deleted or damaged. Reads no data.
    fn change(&self, pos: Pos, reference: &Ref) -> Result<Option<StoredChange<'_>>>;

    /// Bytes of the data at a position, damaged or not.
    fn data_len(&self, pos: Pos) -> Result<usize>;

    /// Bytes of the data at a position, and bytes stored for it.
    fn sizes(&self, pos: Pos) -> Result<(usize, usize)>;

    /// Number of branches and of remotes that have a head.
    fn count_heads(&self) -> Result<(u64, u64)>;

    /// Returns the heads of `heads/` or `remotes/` whose names are in a range, in order.
    fn heads(&self, space: &str, range: &NameRange<'_>) -> Result<Vec<(String, Ref)>>;

    /// The tombstone at a position.
    fn tombstone(&self, pos: Pos) -> Result<Option<Remains>>;

    /// When revisions were first found unreachable.
    fn marks(&self) -> Result<Marks>;

    /// Returns the number of the last deletion, and how many records of dead revisions still exist.
    fn deletions(&self) -> Result<(u64, u32)>;

    /// Returns the blocks that deletions after `generation` changed, by their first positions.
    fn dead_since(&self, generation: u64) -> Result<Vec<(Pos, DeadBlock)>>;

    /// Shows the records of the log below `before`, newest first, until `show` returns `false`.
    fn log_back(&self, before: u64, show: ShowRecord<'_>) -> Result<()>;

    /// Shows the records of the log, oldest first, until `show` returns `false`.
    fn log_forward(&self, show: ShowRecord<'_>) -> Result<()>;

    /// Shows the value of the name with a number in the log; `None` if the number is free.
    fn log_name(&self, number: u32, show: ShowName<'_>) -> Result<Option<ControlFlow<u32>>>;

    /// Shows the names in the log from a number on, until `show` returns `false`.
    fn log_names(&self, first: u32, show: &mut dyn FnMut(u32, &[u8]) -> bool) -> Result<()>;
}

/// The change that makes a text from that of its base.
pub(crate) struct StoredChange<'a> {
    pub(crate) kind: Kind,
    pub(crate) meta: Option<&'a [u8]>,
    pub(crate) base: Pos,
    /// Hunks.
    pub(crate) list: Cow<'a, [u8]>,
    /// Whether the base is further away than it could be, so that others can have the text as their base.
    pub(crate) is_snapshot: bool,
    /// Bytes of the text, and their CRC-32C.
    pub(crate) length: usize,
    pub(crate) sum: u32,
}

impl StoredChange<'_> {
    /// Whether a text is the one that the change makes.
    pub(crate) fn is_of(&self, text: &[u8]) -> bool {
        text.len() == self.length && crc32c::crc32c(text) == self.sum
    }
}

/// Takes the meta of the revision at a position; returns whether to continue.
pub(crate) type ShowMeta<'s> = &'s mut dyn FnMut(Pos, StoredMeta<'_>) -> bool;

/// Takes a record of the log, by number; returns whether to continue.
pub(crate) type ShowRecord<'s> = &'s mut dyn FnMut(u64, &[u8]) -> Result<bool>;

/// Takes the value of a name; breaks with its day if it is the one looked for.
pub(crate) type ShowName<'s> = &'s mut dyn FnMut(&[u8]) -> ControlFlow<u32>;

/// Revisions to delete in a transaction.
#[derive(Default)]
pub(crate) struct Doomed<'a> {
    /// Revisions that keep their places.
    pub(crate) tombstones: Vec<(Pos, Remains)>,
    /// Revisions of which nothing is left.
    pub(crate) deleted: Vec<Pos>,
    /// Revisions that must not be written again as long as a descendant exists.
    pub(crate) cut: Vec<&'a Ref>,
    /// Whether the data of the tombstones is removed at once, rather than by `sweep`.
    pub(crate) at_once: bool,
}

/// The result of a deletion.
#[derive(Default)]
pub(crate) struct Dead {
    /// The number of the deletion; 0 if there was none.
    pub(crate) generation: u64,
    /// The blocks that it changed, by their first positions.
    pub(crate) blocks: Vec<(Pos, DeadBlock)>,
    /// Number of records to sweep.
    pub(crate) unswept: u32,
    /// Bytes of data removed at once.
    pub(crate) bytes: u64,
}

/// A write transaction. On disk its writes count once the closure has returned `Ok`. In memory they count at
/// once, so the closure must fail before its first write, or not at all.
pub(crate) trait Txn: View {
    /// Appends revisions after those of `graph`, and writes damaged and deleted ones again in their places.
    fn append(&mut self, graph: &Graph, changes: &Changes<'_>) -> Result<Dead, Fault>;

    /// Writes or removes a head.
    fn put_head(&mut self, key: &str, head: Option<Ref>) -> Result<(), Fault>;

    /// Deletes revisions.
    fn delete(&mut self, doomed: &Doomed<'_>) -> Result<Dead, Fault>;

    /// Removes some records of dead positions, starting at `start`.
    fn sweep(&mut self, start: u32) -> Result<Swept, Fault>;

    /// Replaces the marks, which were `old`.
    fn put_marks(&mut self, old: &Marks, new: &Marks) -> Result<(), Fault>;

    /// Writes a record of the log, or removes it with `None`.
    fn put_log(&mut self, number: u64, value: Option<&[u8]>) -> Result<(), Fault>;

    /// Writes a name in the log, or removes it with `None`.
    fn put_log_name(&mut self, number: u32, value: Option<Vec<u8>>) -> Result<(), Fault>;

    /// Forgets which revisions were cut away.
    fn clear_cuts(&mut self) -> Result<(), Fault>;

    /// Records that something was written, or is about to be.
    fn stamp(&mut self) -> Result<(), Fault>;
}
