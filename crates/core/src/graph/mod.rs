//! The graph index: refs, generations and parents in memory, and the walks over them.
//!
//! `Index` appends revisions and finds refs, `Graph` is what a walk sees, and each walk has a file of its own.
//! `NamedGraph` is an index by itself, for revisions named by arbitrary strings. Every walk is a value that
//! stops when its budget of visits is used up and can continue later, on any thread. Nothing here reads a store
//! or a clock, recurses, or knows payloads.

mod index;
mod labels;
mod named;
mod walks;

pub use index::Index;
pub(crate) use index::block::BLOCK;
pub use index::block::Parents;
pub use index::columns::Graph;
pub use index::dead::{Dead, DeadBlock, Loss, Tombstone};
pub use index::pos::Pos;
pub use labels::label;
pub use named::NamedGraph;
pub use named::batch::Batch;
pub use walks::difference::{Difference, difference};
pub use walks::is_ancestor::{IsAncestor, is_ancestor};
pub use walks::merge_bases::{MergeBases, merge_bases};
pub use walks::missing::{Missing, missing};
pub use walks::own_refs::own_refs;
pub use walks::reached_by::{Reached, ReachedBy, Reaches};
pub use walks::recent::RecentTips;
pub use walks::reclaim::{Edge, Horizon, Reclaim, Reclaimed, reclaim};
pub use walks::step::Step;
