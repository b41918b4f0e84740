//! Long questions: started on the calling thread, continued by the walkers, and answered by a promise.

pub mod ask;
pub(crate) mod found;
pub mod held;
pub mod history;
pub mod maintenance;
pub(crate) mod stored_walk;
