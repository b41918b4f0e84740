//! Writes on their way from a call to the writer.

pub(crate) mod batch;
pub(crate) mod drafts;
pub(crate) mod prepare;
pub(crate) mod request;
