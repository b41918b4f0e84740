//! The one test binary of the core: a module for each subject.

mod engine_space;
mod engine_store;
mod engine_support;
mod engine_upkeep;
mod graph_histories;
mod graph_index;
mod graph_labels;
mod graph_linear;
mod graph_named;
mod graph_properties;
mod graph_recent;
mod graph_support;
mod json_plain;
mod json_properties;
mod json_refusals;
mod json_vectors;
mod revision_texts;
mod revision_vectors;
mod walk_histories;
mod walk_lies;
mod walk_lineage;
mod walk_properties;
mod walk_reads;
mod walk_rounds;
mod walk_shapes;
mod walk_support;
