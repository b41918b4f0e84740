//! Walks over users' stores: refs are arbitrary strings, and ancestors are known once they were read.
//!
//! A `LazyWalk` asks for what it must read (`poll`), takes what was read (`learn`) and never reads itself. It
//! keeps all that it read for as long as it runs. In addition, an `AncestorCache` remembers a bounded number of
//! revisions for all walks of a database, and may forget any of them at any time.
//!
//! There are no generations, so a path may lead from anywhere to anywhere, with one exception: no revision
//! reaches one that reaches it. A walk paints what it knows from both sides and stops as soon as nothing unread
//! could change its answer. Until then it asks for all unread revisions at once. So no exact walk needs fewer
//! rounds (beyond 1,024 revisions: fewer than 16 of our 17). It reads at most as many revisions as rounds times
//! the width of both histories. On one line, a difference of 1,000 reads these and 1,000 below the lower tip,
//! which might have been the upper one.
//!
//! A cycle that a walk meets is `HISTO_CORRUPT`, and every walk over a finite store ends: it reads nothing
//! twice. Source: git, `commit-reach.c`, without its generations.

mod ancestor_cache;
mod certain;
mod demand;
mod difference;
mod is_ancestor;
mod known;
mod merge_bases;
mod postorder;

pub use ancestor_cache::AncestorCache;
pub use demand::{LazyWalk, Poll};
