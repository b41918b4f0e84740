//! Writing: what a caller asks for, and what a group of it comes to before it is committed.
//!
//! Holds no store: `group` decides over a graph and a view of the store, `engine` commits.

mod draft;
mod group;
mod op;
mod staged;

pub use draft::{Arrival, Draft, Erasure, MetaLeft, check_size};
pub use group::{Chains, Group, head_key, remote_key};
pub use op::{Action, Chain, Deed, Op, Outcome, Previous, Pruned, Pruning, Refused, Swept};
pub use staged::{Changes, Data, Staged, Stored};
