//! The walks over the graph: each is a value that stops when its budget is used up and can continue later.

pub(in crate::graph) mod descent;
pub(in crate::graph) mod difference;
pub(in crate::graph) mod frontier;
pub(in crate::graph) mod guided_bases;
pub(in crate::graph) mod guided_difference;
pub(in crate::graph) mod is_ancestor;
pub(in crate::graph) mod merge_bases;
pub(in crate::graph) mod missing;
pub(in crate::graph) mod own_refs;
pub(in crate::graph) mod reached_by;
pub(in crate::graph) mod recent;
pub(in crate::graph) mod reclaim;
pub(in crate::graph) mod search;
pub(in crate::graph) mod seen;
pub(in crate::graph) mod step;
pub(in crate::graph) mod turns;
