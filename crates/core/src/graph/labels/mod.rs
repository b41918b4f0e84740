//! Labels: they say of most pairs at once whether one revision reaches the other.
//!
//! Holds what all snapshots of an index share: the labels, and when it is worth making more. They are
//! never stored. Long walks pay for them: once walks have visited as many positions without labels as
//! there are positions, the one under way makes labels, in the steps of its budget. So labels never
//! cost more than what was done without them.

mod build;
mod guide;
mod label;
mod labelling;
mod shared;

pub use build::label;
pub(in crate::graph) use guide::Guide;
pub(in crate::graph) use label::{Label, Labels, Verdict};
pub(in crate::graph) use shared::Reach;
