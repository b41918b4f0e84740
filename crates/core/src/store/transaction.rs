//! The operations that the engine needs of a store, on disk or in memory, so that its algorithms stand once.

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
    /// The number of the last commit that it sees; of one that writes, the number that it gets.
    fn id(&self) -> usize;

    /// The position that the next revision gets.
    fn next(&self) -> Result<u32>;

    /// Takes some of the revisions below `next` into an index that lacks them.
    fn load_some(&self, next: u32, index: &mut Index) -> Result<()>;

    /// The meta of the revision at a position, which is not deleted; an error where it, or what says where it is,
    /// is damaged. Reads no data.
    fn meta(&self, pos: Pos, reference: &Ref) -> Result<StoredMeta<'_>>;

    /// How the data at a position is made of that of another one, where it is stored so and is no snapshot; `None` where it is stored in another way, deleted or damaged. Reads no data.
    fn change(&self, pos: Pos, reference: &Ref) -> Result<Option<StoredChange<'_>>>;

    /// Bytes of the data at a position, damaged or not.
    fn data_len(&self, pos: Pos) -> Result<usize>;

    /// Bytes of the data at a position, and of what is stored for it.
    fn sizes(&self, pos: Pos) -> Result<(usize, usize)>;

    /// How many branches and remotes have a head.
    fn count_heads(&self) -> Result<(u64, u64)>;

    /// The heads of `heads/` or `remotes/` whose names are in a range, in its order.
    fn heads(&self, space: &str, range: &NameRange<'_>) -> Result<Vec<(String, Ref)>>;

    /// The tombstone at a position.
    fn tombstone(&self, pos: Pos) -> Result<Option<Remains>>;

    /// When revisions were found to be reached by nothing.
    fn marks(&self) -> Result<Marks>;

    /// The number of the last deletion, and how many records of dead revisions are still there.
    fn deletions(&self) -> Result<(u64, u32)>;

    /// The blocks that a deletion after `generation` changed, by their first positions.
    fn dead_since(&self, generation: u64) -> Result<Vec<(Pos, DeadBlock)>>;

    /// Shows the records of the log below `before`, newest first, until `show` returns `false`.
    fn log_back(&self, before: u64, show: ShowRecord<'_>) -> Result<()>;

    /// Shows the records of the log, oldest first, until `show` returns `false`.
    fn log_forward(&self, show: ShowRecord<'_>) -> Result<()>;

    /// Shows the value of a name in the log; `None` where the number is free.
    fn log_name(&self, number: u32, show: ShowName<'_>) -> Result<Option<ControlFlow<u32>>>;

    /// Shows the names in the log from a number on, until `show` returns `false`.
    fn log_names(&self, first: u32, show: &mut dyn FnMut(u32, &[u8]) -> bool) -> Result<()>;
}

/// What makes a text of that of its base.
pub(crate) struct StoredChange<'a> {
    pub(crate) kind: Kind,
    pub(crate) meta: Option<&'a [u8]>,
    pub(crate) base: Pos,
    /// Hunks.
    pub(crate) list: Cow<'a, [u8]>,
    /// Bytes of the text.
    pub(crate) length: usize,
}

/// Takes a record of the log, by number; returns whether another one is wanted.
pub(crate) type ShowRecord<'s> = &'s mut dyn FnMut(u64, &[u8]) -> Result<bool>;

/// Takes the value of a name; breaks with its day where it is the one that was looked for.
pub(crate) type ShowName<'s> = &'s mut dyn FnMut(&[u8]) -> ControlFlow<u32>;

/// Revisions that a transaction is to delete.
#[derive(Default)]
pub(crate) struct Doomed<'a> {
    /// Revisions that keep their places.
    pub(crate) tombstones: Vec<(Pos, Remains)>,
    /// Revisions of which nothing is left.
    pub(crate) deleted: Vec<Pos>,
    /// Revisions that must not be written again while something is left that descends from them.
    pub(crate) cut: Vec<&'a Ref>,
    /// Whether the data of the tombstones is removed at once, and not by `sweep`.
    pub(crate) at_once: bool,
}

/// The result of a deletion.
#[derive(Default)]
pub(crate) struct Dead {
    /// The number of the deletion; 0 where there was none.
    pub(crate) generation: u64,
    /// The blocks that it changed, by their first positions.
    pub(crate) blocks: Vec<(Pos, DeadBlock)>,
    /// Records that are to be swept.
    pub(crate) unswept: u32,
    /// Bytes of data that were removed at once.
    pub(crate) bytes: u64,
}

/// A transaction that writes. On disk its writes count once the closure has returned `Ok`; in memory at once, so
/// the closure must fail before its first write, or not at all.
pub(crate) trait Txn: View {
    /// Appends revisions behind those of `graph`, and fills in damaged and deleted ones in their places.
    fn append(&mut self, graph: &Graph, changes: &Changes<'_>) -> Result<Dead, Fault>;

    /// Writes or removes a head.
    fn put_head(&mut self, key: &str, head: Option<Ref>) -> Result<(), Fault>;

    /// Deletes revisions.
    fn delete(&mut self, doomed: &Doomed<'_>) -> Result<Dead, Fault>;

    /// Removes some records of dead positions from `start` on.
    fn sweep(&mut self, start: u32) -> Result<Swept, Fault>;

    /// Replaces the marks, which were `old`.
    fn put_marks(&mut self, old: &Marks, new: &Marks) -> Result<(), Fault>;

    /// Writes a record of the log, or with `None` removes it.
    fn put_log(&mut self, number: u64, value: Option<Vec<u8>>) -> Result<(), Fault>;

    /// Writes a name in the log, or with `None` removes it.
    fn put_log_name(&mut self, number: u32, value: Option<Vec<u8>>) -> Result<(), Fault>;

    /// Forgets what was cut away.
    fn clear_cuts(&mut self) -> Result<(), Fault>;

    /// Notes that something was written, or is to be.
    fn stamp(&mut self) -> Result<(), Fault>;
}
