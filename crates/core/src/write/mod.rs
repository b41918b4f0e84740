//! Writing: what a caller asks for, and what a group of it comes to before it is committed.
//!
//! Holds no store: `group` decides over a graph and the heads that it is told, `engine` commits.

mod draft;
mod group;
mod op;

pub use draft::{Arrival, Draft, check_size};
pub use group::{Chains, Changes, Group, Staged, Stored, head_key, remote_key};
pub use op::{Action, Chain, Op, Outcome, Previous, Refused};
