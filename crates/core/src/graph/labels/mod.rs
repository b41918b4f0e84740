//! Labels: they decide for most pairs at once whether one revision reaches the other.
//!
//! Holds what all snapshots of an index share: the labels, and the count that says when it is worth making
//! more. Labels are never stored. Long walks pay for them: once walks have visited as many positions without
//! labels as there are positions, the current walk makes labels, within its budget. So labels never cost more
//! than the visits made without them.

mod build;
mod guide;
mod label;
mod labelling;
mod shared;

pub use build::label;
pub(in crate::graph) use guide::Guide;
pub(in crate::graph) use label::{Label, Labels, Verdict};
pub(in crate::graph) use shared::Reach;
