//! The Node-API boundary: what `ts/embedded.ts` calls.
//!
//! Converts values, guards every export against panics, and owns the writer thread of each open
//! database. Holds no algorithm: those are in `histo-core`.

#![expect(
    clippy::missing_errors_doc,
    reason = "every export throws the codes of `histo-core`'s error, named at its twin in TypeScript"
)]

mod ack;
mod batch;
pub mod database;
pub mod exports;
pub mod guard;
mod prepare;
mod registry;
mod request;
pub mod values;
mod writer;
