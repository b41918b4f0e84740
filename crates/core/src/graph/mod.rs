//! The graph index: refs, generations and parents in memory, and the walks over them.
//!
//! `Index` takes revisions in and finds refs, `Graph` is what a walk sees, one file holds one walk.
//! `NamedGraph` is an index by itself, for revisions known by any strings. Every walk is a value that stops at a budget of visits and goes on later, on any thread. Nothing
//! here reads a store or a clock, recurses, or knows payloads.

mod batch;
mod beyond;
mod block;
mod columns;
mod dead;
mod descent;
mod difference;
mod frontier;
mod guided_bases;
mod guided_difference;
mod index;
mod is_ancestor;
mod merge_bases;
mod missing;
mod named;
mod names;
mod pos;
mod reach;
mod reached_by;
mod recent;
mod reclaim;
mod search;
mod seen;
mod step;
mod table;
mod turns;
mod window;

pub use batch::Batch;
pub use beyond::beyond;
pub use block::Parents;
pub use columns::Graph;
pub use dead::{Dead, DeadBlock, Loss, Stub};
pub use difference::{Difference, difference};
pub use index::Index;
pub use is_ancestor::{IsAncestor, is_ancestor};
pub use merge_bases::{MergeBases, merge_bases};
pub use missing::{Missing, missing};
pub use named::NamedGraph;
pub use pos::Pos;
pub use reach::{label, rank};
pub use reached_by::{Reached, ReachedBy, Reaches};
pub use recent::RecentTips;
pub use reclaim::{Edge, Horizon, Reclaim, Reclaimed, reclaim};
pub use step::Step;
