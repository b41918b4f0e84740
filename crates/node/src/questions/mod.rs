//! Long questions: asked once, worked on by the walkers, answered in parts.

pub(crate) mod demand;
pub(crate) mod maintenance;
pub(crate) mod question;
