//! Writing: the operations that a caller asks for, and deciding a group of them before it is committed.
//!
//! Holds no store: `group` decides, from a graph and a view of the store; `engine` commits.

mod batch;
mod draft;
mod group;
mod keys;
mod moved;
mod moving;
mod op;
mod putting;
mod staged;
mod travel;

pub use draft::{Arrival, Draft, Erasure, MetaLeft, check_size};
pub use group::{Chains, Group};
pub(crate) use keys::{HEADS, REMOTES};
pub use keys::{head_key, remote_key};
pub use moved::{Cause, Logging, Moved, Step};
pub use op::{Action, Chain, Deed, Op, Outcome, Previous, Pruned, Pruning, Refused, Swept};
pub use staged::{Changes, Data, Moves, Staged, Stored};
pub use travel::{Travel, Way};
