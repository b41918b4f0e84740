//! The exports, by topic: each converts, calls the engine inside `guard`, and converts back.

pub mod changes;
pub mod commit_graph;
pub mod discovery;
pub mod failure;
pub mod graph;
pub mod heads;
pub mod json;
pub mod keys;
pub mod lifecycle;
pub mod log;
pub mod maintenance;
pub mod outline;
pub mod payload;
pub mod question;
pub mod read;
pub mod rows;
pub mod text;
pub mod walk;
pub mod wire;
pub mod wire_values;
pub mod write;
