//! Long questions: worked on for a while where they are asked, then by the walkers, and answered by a promise.

pub mod ask;
pub(crate) mod found;
pub mod held;
pub mod history;
pub mod maintenance;
pub(crate) mod stored_walk;
