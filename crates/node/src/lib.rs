//! The Node-API boundary: what `ts/embedded/engine.ts` calls.
//!
//! Converts values, guards every export against panics, and owns the writer thread of each open
//! database and the walkers. Holds no algorithm: those are in `histo-core`.

#![expect(
    clippy::missing_errors_doc,
    reason = "every export throws the codes of `histo-core`'s error, named at its twin in TypeScript"
)]

mod ack;
mod batch;
mod chore;
pub mod database;
mod demand;
pub mod exports;
pub mod given;
pub mod guard;
mod here;
mod lane;
mod prepare;
mod question;
mod registry;
mod request;
mod slot;
mod sync;
pub mod values;
pub mod walkers;
mod writer;
